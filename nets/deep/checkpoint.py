"""A deep network's training that survives being killed: its state on disk, bound to its settings."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from nets import archive
from nets.deep.training import DeepResult, DeepState, DeepTraining, begin
from theory.definitions.task import ScaleDetection


def settings_of(task: ScaleDetection, training: DeepTraining) -> dict[str, Any]:
    """What a checkpoint is bound to, as JSON has it."""
    return archive.plain({"task": asdict(task), "training": asdict(training)})


def write(path: Path, task: ScaleDetection, training: DeepTraining, state: DeepState) -> None:
    """Write the state into `path`, which the caller puts in place once it is whole. Raises OSError where there is no
    room.
    """
    record = {"epoch": state.epoch, "result": asdict(state.result)}
    tensors = {f"model {name}": tensor for name, tensor in state.model.state_dict().items()}
    tensors |= {f"best {name}": tensor for name, tensor in state.best.items()}
    momenta = state.optimizer.state_dict()["state"]
    tensors |= {f"momentum {n}": one["momentum_buffer"] for n, one in momenta.items() if "momentum_buffer" in one}
    archive.write(path, settings_of(task, training), record, tensors)


def read(path: Path, task: ScaleDetection, training: DeepTraining, device: str = "cpu") -> DeepState:
    """The state, to go on with under the same settings.

    Raises ValueError, one sentence, for a file that is missing, damaged, edited, foreign, or of other settings.
    """
    saved, record, tensors = archive.read(path)
    archive.require_same(path, saved, settings_of(task, training))
    state = begin(task, training, device)
    state.model.load_state_dict(_named("model ", tensors))
    momenta = {int(n): {"momentum_buffer": tensor} for n, tensor in _named("momentum ", tensors).items()}
    state.optimizer.load_state_dict({**state.optimizer.state_dict(), "state": momenta})
    state.epoch, state.result = record["epoch"], DeepResult(**record["result"])
    state.best = {name: tensor.to(device) for name, tensor in _named("best ", tensors).items()}
    return state


def read_network(path: Path, task: ScaleDetection, training: DeepTraining) -> nn.Module:
    """The network that was kept, in evaluation mode, on the CPU; raises what `read` raises."""
    state = read(path, task, training)
    if state.best:
        state.model.load_state_dict(state.best)
    return state.model.eval()


def _named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
