"""Training that survives being killed: its state on disk, bound to its settings."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from nets import archive
from nets.simple.network import SimpleCNNs, parameter_shapes
from nets.simple.seed_result import SeedResult
from nets.simple.training import State, Training
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection


def settings_of(task: ScaleDetection, architecture: Architecture, training: Training) -> dict[str, Any]:
    """What a checkpoint is bound to, as JSON has it."""
    return archive.plain({"task": asdict(task), "architecture": asdict(architecture), "training": asdict(training)})


def write(path: Path, settings: dict[str, Any], state: State) -> None:
    """Write the state into `path`, which the caller puts in place once it is whole. Raises OSError where there is no
    room.
    """
    record = {
        "epoch": state.epoch,
        "running": state.running,
        "searched": state.searched,
        "done": sorted(state.done),
        "seeds": [asdict(seed_result) for seed_result in state.seed_results],
        "orders": [order.bit_generator.state for order in state.orders],
        "scales": state.scales,
        "speeds": state.speeds,
    }
    tensors = _named("running", state.networks)
    if state.velocity is not None:
        tensors |= _named("velocity", state.velocity)
    for seed, networks in state.done.items():
        tensors |= _named(f"done {seed}", networks)
    archive.write(path, settings, record, tensors)


def read(path: Path, settings: dict[str, Any], device: str = "cpu") -> State:
    """The state, to go on with under the same settings.

    Raises ValueError, one sentence, for a file that is missing, damaged, edited, foreign, or of other settings.
    """
    saved, record, tensors = archive.read(path)
    archive.require_same(path, saved, settings)
    orders = [np.random.default_rng() for _ in record["orders"]]
    for order, state in zip(orders, record["orders"], strict=True):
        order.bit_generator.state = state
    running = len(record["running"])
    velocity = _networks("velocity", tensors, settings, running).to(device) if "velocity bias" in tensors else None
    return State(
        epoch=record["epoch"],
        networks=_networks("running", tensors, settings, running).to(device),
        running=record["running"],
        done={seed: _networks(f"done {seed}", tensors, settings, 1) for seed in record["done"]},
        seed_results=[SeedResult(**seed_result) for seed_result in record["seeds"]],
        orders=orders,
        scales=record.get("scales", [1.0] * len(orders)),
        speeds=record.get("speeds", [None] * len(orders)),
        velocity=velocity,
        searched=record["searched"],
    )


def _named(prefix: str, networks: SimpleCNNs) -> dict[str, Tensor]:
    return {f"{prefix} {name}": tensor for name, tensor in networks.tensors().items()}


def _networks(prefix: str, tensors: dict[str, Tensor], settings: dict[str, Any], seeds: int) -> SimpleCNNs:
    architecture, channels = Architecture(**settings["architecture"]), settings["training"]["channels"]
    shapes = parameter_shapes(architecture, channels, seeds, settings["task"]["dim"])
    return SimpleCNNs(**{name: tensors[f"{prefix} {name}"].view(shape) for name, shape in shapes.items()})
