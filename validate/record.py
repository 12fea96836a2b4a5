"""The comparison as JSON, and files that are written whole or not at all."""

import json
import math
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nets.sensitivity import Measured
from nets.training import Training
from validate.comparison import QUANTITIES, Comparison
from validate.exponents import interval
from validate.verdict import DISTANCE_TOLERANCE, EXPONENT_TOLERANCE


def as_dict(
    comparison: Comparison, preset: str, training: Training | None, device: str, seconds: float
) -> dict[str, Any]:
    """Everything that was asked, measured and judged; undefined numbers are None."""
    networks = comparison.networks
    definitions = {
        "task": asdict(comparison.task),
        "architecture": asdict(comparison.architecture),
        "conventions": asdict(comparison.conventions),
        "training": asdict(training) if training else None,
        "tolerances": {"exponent": EXPONENT_TOLERANCE, "distance": DISTANCE_TOLERANCE},
        "window": comparison.exact.layer[comparison.window].tolist(),
    }
    answer = {
        "task": comparison.task.kind,
        "preset": preset,
        "definitions": definitions,
        "exponents": {q: _exponents(comparison, q) for q in QUANTITIES},
        "controls": [
            dict(zip(("rival", "quantity", "off", "accepted"), row, strict=True)) for row in comparison.controls()
        ],
        "layers": [_layer(comparison, n) for n in range(comparison.architecture.depth)],
        "seeds": [asdict(fate) for fate in networks.fates] if networks else [],
        "provenance": _provenance(device, seconds),
    }
    return _without_nan(answer)  # type: ignore[no-any-return]


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path`, then put it in place: `path` is never half-written."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write `record` to `path`, atomically."""
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    write_whole(path, lambda part: part.write_text(text))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _exponents(comparison: Comparison, quantity: Any) -> dict[str, Any]:
    fitted = comparison.simulated[quantity]
    answer: dict[str, Any] = {
        "predicted": comparison.predicted[quantity],
        "simulated": asdict(fitted),
        "exact_at_size": {"value": comparison.exact_slope(quantity)},
        "trained": None,
        "untrained": None,
        "distance": None,
        "distance_from_own_filters": None,
        "verdict": "agree" if comparison.agrees(quantity) else "disagree",
    }
    if comparison.networks is not None:
        slopes = comparison.slopes(quantity, comparison.networks.trained)
        untrained = comparison.slopes(quantity, comparison.networks.untrained)
        answer["trained"] = {"value": _mean(slopes), "ci95": list(interval(slopes)), "per_seed": slopes.tolist()}
        answer["untrained"] = {"value": _mean(untrained)}
        answer["distance"] = asdict(comparison.distance_of(quantity, comparison.networks.trained))
        answer["distance_from_own_filters"] = asdict(comparison.distance_of_own_filters(quantity))
    return answer


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _layer(comparison: Comparison, n: int) -> dict[str, Any]:
    exact, networks = comparison.exact, comparison.networks
    answer: dict[str, Any] = {
        "k": int(exact.layer[n]),
        "A": float(exact.receptive_field[n]),
        "exact": {q: float(getattr(exact, q)[n]) for q in QUANTITIES},
    }
    if networks is not None:
        answer["homogeneity"] = networks.homogeneity[:, n].tolist()
        answer["mean_filter"] = networks.mean_filters[:, n].tolist()
        for name in ("trained", "mean_channel", "untrained"):
            measured: Measured = getattr(networks, name)
            answer[name] = {q: getattr(measured, q)[:, n].tolist() for q in QUANTITIES}
        answer["own_filters"] = {q: [float(getattr(own, q)[n]) for own in networks.own_filters] for q in QUANTITIES}
        answer["trained"]["G_error"] = networks.trained.G_error[:, n].tolist()
    return answer


def _provenance(device: str, seconds: float) -> dict[str, Any]:
    packages = ("spatial-pooling", "sympy", "numpy", "scipy", "torch", "matplotlib")
    return {
        "versions": {name: version(name) for name in packages},
        "git_commit": _git_commit(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
    }


def _git_commit() -> str | None:
    """Commit of the sources, with "+" where they were changed since; None outside a checkout."""

    def git(*words: str) -> str:
        call = ("git", "-C", str(Path(__file__).parent), *words)
        return subprocess.run(call, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _without_nan(value: Any) -> Any:
    """The same structure with None for numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
