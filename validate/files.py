"""How results are written, and what a result says about how it was made."""

import json
import resource
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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
from validate.terminal import TEXT_WIDTH


def write_figure(path: Path, figure: Figure) -> None:
    """Write `figure` to `path`, atomically, and forget it."""
    write_file(path, lambda part: figure.savefig(part, dpi=130))
    plt.close(figure)


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write `record` to `path`, atomically; of its "runs" what is equal for all stands once, as "all_runs"."""
    if "runs" in record:
        common = in_common(record["runs"])
        own = [{key: run[key] for key in run if key not in common} for run in record["runs"]]
        record = {**record, "all_runs": common, "runs": own}
    text = json_text(record) + "\n"
    write_file(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file that is put in place whole, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, write)


def in_common(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is the same in two or more records.

    >>> in_common([{"device": "cpu", "seconds": 1}, {"device": "cpu", "seconds": 2}])
    {'device': 'cpu'}
    """
    if len(records) < 2:
        return {}
    first, *others = records
    return {key: value for key, value in first.items() if all(key in other and other[key] == value for other in others)}


def json_text(value: Any, indent: str = "") -> str:
    """JSON with a line for each entry of an object, and for each item of a list unless it holds numbers alone."""
    if isinstance(value, dict) and value:
        lines = [f"{indent} {json.dumps(key)}: {json_text(item, indent + ' ')}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, list | dict) for item in value):
        return "[\n" + ",\n".join(f"{indent} {json_text(item, indent + ' ')}" for item in value) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


def write_text(path: Path, parts: Sequence[object]) -> None:
    """Write what was printed to a text file, atomically; a name like [b] or :x: is printed as it is."""
    with StringIO() as text:
        Console(file=text, width=TEXT_WIDTH, markup=False, emoji=False).print(*parts, sep="\n")
        whole = text.getvalue()
    write_file(path, lambda part: part.write_text(whole, encoding="utf-8"))


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
    since}; "unknown: why" and None where no checkout tracks it. Its owner does not matter: its code runs.
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
    """The GPU's name; "cpu" and the processor's, where the system names it."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return ", ".join(["cpu", *(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))][:2])


def _peak_memory(device: str) -> float:
    """The most memory that this process has held, in GiB; on a GPU, of its tensors."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # in KiB on Linux
