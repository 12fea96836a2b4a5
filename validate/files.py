"""How results are written, and what a result says about how it was made."""

import json
import math
import resource
import subprocess
from collections.abc import Sequence
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

from sweep.files import write_whole
from validate.command import TEXT_WIDTH


def write_figure(path: Path, figure: Figure) -> None:
    """Write `figure` to `path`, atomically, and forget it."""
    write_whole(path, lambda part: figure.savefig(part, dpi=130))
    plt.close(figure)


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write `record` to `path`, atomically."""
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    write_whole(path, lambda part: part.write_text(text))


def write_text(path: Path, parts: Sequence[object]) -> None:
    """Write what was printed to a text file, atomically."""
    with StringIO() as text:
        Console(file=text, width=TEXT_WIDTH).print(*parts, sep="\n")
        whole = text.getvalue()
    write_whole(path, lambda part: part.write_text(whole, encoding="utf-8"))


def provenance(device: str, seconds: float) -> dict[str, Any]:
    """Versions, commit, device, threads, time and memory of a result."""
    packages = ("spatial-pooling", "sympy", "numpy", "scipy", "torch", "matplotlib")
    return {
        "versions": {name: version(name) for name in packages},
        "git_commit": _git_commit(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
        "peak_memory_gib": round(_peak_memory(device), 2),
    }


def _peak_memory(device: str) -> float:
    """The most memory that this process has held, in GiB; on a GPU, of tensors there."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in KiB on Linux


def _git_commit() -> str | None:
    """Commit of the sources, with "+" where they were changed since; None outside a checkout."""

    def git(*words: str) -> str:
        call = ("git", "-C", str(Path(__file__).parent), *words)
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def without_nan(value: Any) -> Any:
    """The same structure with None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
