"""Peak resident memory of `python -m validate.sensitivity --images FOLDER` against the number of images.

    python -m benchmarks.memory [--model resnet18] [--images 500 2000] [--side 64] [--crop 64]

Each folder holds 64 photographs of random pixels, side × side, shown as crop × crop, and hard links to them; each
command is a process of its own. "beside the model": above the peak of the same command on two images.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

# images at a time; photographs that differ
BATCH, DISTINCT = 16, 64


def folder_of(root: Path, count: int, side: int) -> Path:
    """A folder of so many photographs, each a file of its own by name."""
    folder = root / str(count)
    folder.mkdir()
    rng = np.random.default_rng(0)
    for n in range(count):
        path = folder / f"{n:06d}.jpg"
        if n < DISTINCT:
            Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)
        else:
            os.link(folder / f"{n % DISTINCT:06d}.jpg", path)
    return folder


def peak_memory(words: list[str]) -> tuple[float, float]:
    """(MiB of resident memory at most, seconds) of a command of Python; raises RuntimeError where it fails."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with status {os.waitstatus_to_exitcode(status)}")
    return _mebibytes(usage), time.monotonic() - started


def _mebibytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 2**20


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.splitlines()[0])
    p.add_argument("--model", default="resnet18")
    p.add_argument("--images", type=int, nargs="+", default=[500, 2000])
    p.add_argument("--side", type=int, default=64)
    p.add_argument("--crop", type=int, default=64)
    arguments = p.parse_args()
    table = Table(
        title=f"{arguments.model}, photographs of {arguments.side} × {arguments.side}, shown {arguments.crop}"
    )
    for heading in ("images", "peak memory", "beside the model", "time"):
        table.add_column(heading, justify="right")
    alone, console = 0.0, Console()
    with tempfile.TemporaryDirectory() as root:
        for count in (2, *arguments.images):
            words = [
                "-m",
                "validate.sensitivity",
                "--model",
                arguments.model,
                "--shuffles",
                "0",
                "--out",
                f"{root}/out",
            ]
            words += ["--images", str(folder_of(Path(root), count, arguments.side)), "--batch", str(min(BATCH, count))]
            words += ["--resize", str(arguments.crop), "--crop", str(arguments.crop)]
            peak, seconds = peak_memory(words)
            alone = alone or peak
            console.print(f"{count:,} images: {peak:,.0f} MiB, {seconds:.0f} s")
            table.add_row(f"{count:,}", f"{peak:,.0f} MiB", f"{peak - alone:,.0f} MiB", f"{seconds:.0f} s")
    console.print(table)


if __name__ == "__main__":
    main()
