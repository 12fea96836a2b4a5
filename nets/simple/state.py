"""Where the training of simple CNNs stands after an epoch, in memory and on disk."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nets import checkpoint
from nets.checkpoint import Settings
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.seed_result import SeedResult
from nets.simple.settings import Training
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection


@dataclass
class State:
    """Where training stands after an epoch: all that the rest of it depends on.

    networks   those still training, whose places are `running`        done     final networks, by place
    orders     each seed's random order of its images          velocity  of `networks`; None before momentum sets in
    searched   whether the search for minimal norm is done
    scales     by place: the filters are so many times those stored    speeds    by place: of `margins.Margins`
    """

    epoch: int
    networks: SimpleCNNs
    running: list[int]
    done: dict[int, SimpleCNNs]
    seed_results: list[SeedResult]
    orders: list[np.random.Generator]
    scales: list[float]
    speeds: list[float | None]
    velocity: SimpleCNNs | None = None
    searched: bool = False

    def network(self, seed: int) -> SimpleCNNs:
        """A copy of the network at this place, still training, on the CPU."""
        network = self.networks.select([self.running.index(seed)]).to("cpu")
        network.first.mul_(self.scales[seed])
        network.hidden.mul_(self.scales[seed])
        return network


def begin(task: ScaleDetection, architecture: Architecture, training: Training, device: str = "cpu") -> State:
    """The state before the first epoch."""
    return State(
        epoch=0,
        networks=initialize(architecture, training.channels, list(training.seeds), task.dim).to(device),
        running=list(range(len(training.seeds))),
        done={},
        seed_results=[SeedResult(seed) for seed in training.seeds],
        orders=[np.random.default_rng([seed, 2]) for seed in training.seeds],
        scales=[1.0] * len(training.seeds),
        speeds=[None] * len(training.seeds),
    )


def trained(state: State) -> SimpleCNNs:
    """All networks as they stand, in the order of the seeds, on the CPU."""
    final = {**state.done, **{seed: state.network(seed) for seed in state.running}}
    return join([final[n] for n in range(len(state.seed_results))])


def join(networks: list[SimpleCNNs]) -> SimpleCNNs:
    """These networks as one batch."""
    seed_axis = {"first": 0, "hidden": 1, "bias": 1, "readout": 0, "offset": 0}
    tensors = [network.tensors() for network in networks]
    return SimpleCNNs(**{name: torch.cat([t[name] for t in tensors], dim=axis) for name, axis in seed_axis.items()})


def write_state(path: Path, settings: Settings, state: State) -> None:
    """Write the state into `path`, as `nets.checkpoint.write` does."""
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
    batches = {"running": state.networks, **{f"done {seed}": network for seed, network in state.done.items()}}
    if state.velocity is not None:
        batches["velocity"] = state.velocity
    tensors = {f"{key} {name}": tensor for key, batch in batches.items() for name, tensor in batch.tensors().items()}
    checkpoint.write(path, settings, record, tensors)


def read_state(path: Path, settings: Settings, device: str = "cpu") -> State:
    """The state, to go on with under the same settings; raises what `nets.checkpoint.read` raises."""
    record, tensors = checkpoint.read(path, settings)
    orders = [np.random.default_rng() for _ in record["orders"]]
    for order, order_state in zip(orders, record["orders"], strict=True):
        order.bit_generator.state = order_state
    return State(
        epoch=record["epoch"],
        networks=_networks("running ", tensors).to(device),
        running=record["running"],
        done={seed: _networks(f"done {seed} ", tensors) for seed in record["done"]},
        seed_results=[SeedResult(**seed_result) for seed_result in record["seeds"]],
        orders=orders,
        scales=record["scales"],
        speeds=record["speeds"],
        velocity=_networks("velocity ", tensors).to(device) if "velocity bias" in tensors else None,
        searched=record["searched"],
    )


def _networks(prefix: str, tensors: dict[str, Tensor]) -> SimpleCNNs:
    return SimpleCNNs(**checkpoint.with_prefix(prefix, tensors))
