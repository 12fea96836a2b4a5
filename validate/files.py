"""How results are written, and what a result says about how it was made."""

import json
import math
import resource
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from rich.console import Console

from sweep.files import write_text_whole, write_whole
from validate.command import TEXT_WIDTH


def write_figure(path: Path, figure: Figure) -> None:
    """Write `figure` to `path`, atomically, and forget it."""
    write_whole(path, lambda part: figure.savefig(part, dpi=130))
    plt.close(figure)


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write `record` to `path`, atomically."""
    write_text_whole(path, json.dumps(record, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, parts: Sequence[object]) -> None:
    """Write what was printed to a text file, atomically; a name like [b] or :x: is printed as it is."""
    with StringIO() as text:
        Console(file=text, width=TEXT_WIDTH, markup=False, emoji=False).print(*parts, sep="\n")
        write_text_whole(path, text.getvalue())


def provenance(device: str, seconds: float, runs: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What a result was made by: versions, commit, command line, device, threads, time and memory.

    device   where this process computed, as PyTorch names it
    runs     the provenances of the runs whose results were used: "device" then names theirs, each once
    """
    packages = ("spatial-pooling", "sympy", "numpy", "scipy", "torch", "matplotlib")
    return {
        "versions": {name: version(name) for name in packages},
        **source_state(Path(__file__)),
        "command": command_line(sys.argv),
        "device": "; ".join(dict.fromkeys(run["device"] for run in runs)) or _device_name(device),
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
        "peak_memory_gib": round(_peak_memory(device), 2),
    }


def source_state(source: Path) -> dict[str, Any]:
    """{"git_commit": of the checkout that tracks the file `source`, "git_dirty": whether any tracked file was changed
    since}; "unknown: why" and None where there is none. The owner of the checkout does not matter: its code runs.
    """

    def git(*words: str) -> str:
        call = ("git", "-c", "safe.directory=*", "--no-optional-locks", "-C", str(source.parent), *words)
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "--", source.name)
        return {
            "git_commit": git("rev-parse", "HEAD"),
            "git_dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except subprocess.CalledProcessError as error:
        lines = str(error.stderr).splitlines()
        why = lines[0] if lines else f"git gives status {error.returncode}"
    except (OSError, subprocess.SubprocessError) as error:
        why = str(error)
    return {"git_commit": f"unknown: {why}", "git_dirty": None}


def command_line(words: Sequence[str]) -> str:
    """The command of these `sys.argv`, quoted for a shell; a module of ours is `python -m`, all else is as given."""
    package = Path(__file__).parent
    if package not in Path(words[0]).parents:
        return shlex.join(words)
    module = ".".join(Path(words[0]).relative_to(package.parent).with_suffix("").parts).removesuffix(".__main__")
    return shlex.join(["python", "-m", module, *words[1:]])


def _device_name(device: str) -> str:
    """The GPU's name; "cpu" and the processor's, where the system tells it."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return ", ".join(["cpu", *(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))][:2])


def _peak_memory(device: str) -> float:
    """The most memory that this process has held, in GiB; on a GPU, of tensors there."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in KiB on Linux


def without_nan(value: Any) -> Any:
    """The same structure with None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
