"""Training that survives being killed: its state on disk, written whole, bound to its settings, loading no code."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from nets.fate import Fate
from nets.files import unfinished_parts, write_whole
from nets.simple import SimpleCNNs, parameter_shapes
from nets.training import State, Training
from theory.architecture import Architecture
from theory.task import ScaleDetection

FORMAT = 1


def settings_of(task: ScaleDetection, architecture: Architecture, training: Training) -> dict[str, Any]:
    """What a checkpoint is bound to, as JSON has it."""
    named = {"task": asdict(task), "architecture": asdict(architecture), "training": asdict(training)}
    answer: dict[str, Any] = json.loads(json.dumps(named))
    return answer


def write(path: Path, settings: dict[str, Any], state: State) -> None:
    """Write the state, atomically. Raises OSError, with the old file untouched, where there is no room."""
    record = {
        "epoch": state.epoch,
        "running": state.running,
        "done": sorted(state.done),
        "fates": [asdict(fate) for fate in state.fates],
        "orders": [order.bit_generator.state for order in state.orders],
    }
    content: dict[str, Any] = {"format": FORMAT, "settings": json.dumps(settings), "record": json.dumps(record)}
    content |= _named("running", state.networks)
    for seed, networks in state.done.items():
        content |= _named(f"done {seed}", networks)
    content["digest"] = _digest(content)
    write_whole(path, lambda part: torch.save(content, part))


def read(path: Path, settings: dict[str, Any], device: str = "cpu") -> State:
    """The state, to go on with under the same settings.

    Raises ValueError, one sentence, for a file that is missing, damaged, edited, foreign, or of other settings.
    """
    content = _content(path)
    difference = _difference(json.loads(content["settings"]), settings)
    if difference:
        raise ValueError(f"the checkpoint {path} is of other settings ({difference}): ask for the same, or start anew")
    record = json.loads(content["record"])
    orders = [np.random.default_rng() for _ in record["orders"]]
    for order, saved in zip(orders, record["orders"], strict=True):
        order.bit_generator.state = saved
    return State(
        epoch=record["epoch"],
        networks=_networks("running", content, settings, len(record["running"])).to(device),
        running=record["running"],
        done={seed: _networks(f"done {seed}", content, settings, 1) for seed in record["done"]},
        fates=[Fate(**fate) for fate in record["fates"]],
        orders=orders,
    )


def is_unfinished(path: Path) -> bool:
    """Whether a training could go on from this file."""
    try:
        content = _content(path)
    except ValueError:
        return False
    record, training = json.loads(content["record"]), json.loads(content["settings"])["training"]
    return bool(record["running"]) and record["epoch"] != training["epochs"]


def keep_every(
    path: Path, settings: dict[str, Any], seconds: float, say: Callable[[str], None]
) -> Callable[[State], None]:
    """A function for `train` that writes the state every so many seconds, and when training ends.

    Where it cannot be written it says so and training goes on: the last good checkpoint is still there. What a process
    that was killed while writing has left behind is removed.
    """
    for part in unfinished_parts(path):
        part.unlink(missing_ok=True)
    last = time.monotonic()

    def keep(state: State) -> None:
        nonlocal last
        ended = not state.running or state.epoch == settings["training"]["epochs"]
        if not ended and time.monotonic() - last < seconds:
            return
        try:
            write(path, settings, state)
        except OSError as error:
            say(f"no checkpoint at epoch {state.epoch} ({error.strerror}): make room; the last good one is kept")
        last = time.monotonic()

    return keep


def _content(path: Path) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            content = _load(file)
    except OSError as error:
        raise ValueError(f"the checkpoint {path} cannot be read ({error.strerror}): start without --resume") from None
    if content is None:
        raise ValueError(f"the file {path} is no checkpoint, or is damaged: start without --resume")
    if content["format"] != FORMAT:
        raise ValueError(f"the checkpoint {path} is of format {content['format']}, not {FORMAT}: start anew")
    if content.pop("digest", None) != _digest(content):
        raise ValueError(f"the checkpoint {path} was changed after it was written: start without --resume")
    return content


def _load(file: BinaryIO) -> dict[str, Any] | None:
    """What the file holds; None where that is no checkpoint."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # a damaged or foreign file may raise anything
        return None
    return content if isinstance(content, dict) and "format" in content else None


def _named(prefix: str, networks: SimpleCNNs) -> dict[str, Tensor]:
    return {f"{prefix} {name}": tensor.cpu() for name, tensor in networks.tensors().items()}


def _networks(prefix: str, content: dict[str, Any], settings: dict[str, Any], seeds: int) -> SimpleCNNs:
    architecture, channels = Architecture(**settings["architecture"]), settings["training"]["channels"]
    shapes = parameter_shapes(architecture, channels, seeds, settings["task"]["dim"])
    return SimpleCNNs(**{name: content[f"{prefix} {name}"].view(shape) for name, shape in shapes.items()})


def _digest(content: dict[str, Any]) -> str:
    """SHA-256 over everything."""
    found = hashlib.sha256()
    for name in sorted(content):
        value = content[name]
        found.update(name.encode())
        found.update(value.numpy().tobytes() if isinstance(value, Tensor) else str(value).encode())
    return found.hexdigest()


def _difference(saved: dict[str, Any], asked: dict[str, Any]) -> str:
    """The settings that differ, in words."""
    return "; ".join(
        f"{part} {name} {saved[part].get(name)}, asked {asked[part].get(name)}"
        for part in asked
        for name in sorted({*saved[part], *asked[part]})
        if saved[part].get(name) != asked[part].get(name)
    )
