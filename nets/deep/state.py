"""Where the training of a deep network stands after an epoch, in memory and on disk."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from nets import checkpoint
from nets.deep.architectures import build
from nets.deep.settings import DeepTraining
from nets.deep.task import Task

# before the names of the optimizer's tensors
MOMENT = "moment "


@dataclass
class DeepResult:
    """What became of a network. Errors are shares of wrong answers; NaN: not measured.

    status   "trained", or "diverged": its loss was not finite
    epoch    of the network that was kept                           loss   mean over the last epoch
    """

    status: Literal["trained", "diverged"] = "trained"
    epoch: int = 0
    loss: float = math.nan
    train_error: float = math.nan
    validation_error: float = math.nan
    validation_loss: float = math.nan
    test_error: float = math.nan


@dataclass
class DeepState:
    """Where training stands after an epoch: all that the rest of it depends on.

    model, optimizer   as they are        best   tensors of the network that is kept by now, by their names
    """

    epoch: int
    model: nn.Module
    optimizer: torch.optim.Optimizer
    best: dict[str, Tensor]
    result: DeepResult

    @property
    def over(self) -> bool:
        """Whether the loss was not finite."""
        return self.result.status == "diverged"


def begin(task: Task, training: DeepTraining, device: str = "cpu") -> DeepState:
    """The state before the first epoch."""
    model = untrained(task, training)
    # channels last would be a third faster on a CPU, but there PyTorch 2.13 and 2.14 write outside their memory in the
    # backward pass of convolutions of one pixel with stride 2 and 4 channels
    model = model.to(device)
    weights: dict[str, Any] = {
        "params": [p for p in model.parameters() if p.dim() > 1],
        "weight_decay": training.weight_decay,
    }
    others: dict[str, Any] = {"params": [p for p in model.parameters() if p.dim() <= 1]}
    optimizer: torch.optim.Optimizer
    if training.optimizer == "sgd":
        optimizer = torch.optim.SGD([weights, others], lr=training.learning_rate, momentum=training.momentum)
    else:
        optimizer = torch.optim.Adam([weights, others], lr=training.learning_rate)
    return DeepState(0, model, optimizer, {}, DeepResult())


def untrained(task: Task, training: DeepTraining) -> nn.Module:
    """The network before its first step, on the CPU."""
    channels, size, _ = task.shape
    return build(training.architecture, channels, size, task.outputs, training.width, training.seed)


def write_deep_state(path: Path, task: Task, training: DeepTraining, state: DeepState) -> None:
    """Write the state into `path`, as `nets.checkpoint.write` does."""
    moments = state.optimizer.state_dict()["state"]
    tensors = {f"model {name}": tensor for name, tensor in state.model.state_dict().items()}
    tensors |= {f"best {name}": tensor for name, tensor in state.best.items()}
    tensors |= {
        f"{MOMENT}{n} {name}": tensor
        for n, own in moments.items()
        for name, tensor in own.items()
        if isinstance(tensor, Tensor)
    }
    record = {"epoch": state.epoch, "result": asdict(state.result)}
    checkpoint.write(path, checkpoint.settings_of(task=task, training=training), record, tensors)


def read_deep_state(path: Path, task: Task, training: DeepTraining, device: str = "cpu") -> DeepState:
    """The state, to go on with under the same settings; raises what `nets.checkpoint.read` raises."""
    record, tensors = checkpoint.read(path, checkpoint.settings_of(task=task, training=training))
    state = begin(task, training, device)
    state.model.load_state_dict(checkpoint.with_prefix("model ", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in checkpoint.with_prefix(MOMENT, tensors).items():
        parameter, _, moment = name.partition(" ")
        moments.setdefault(int(parameter), {})[moment] = tensor
    state.optimizer.load_state_dict({**state.optimizer.state_dict(), "state": moments})
    state.epoch, state.result = record["epoch"], DeepResult(**record["result"])
    state.best = {name: tensor.to(device) for name, tensor in checkpoint.with_prefix("best ", tensors).items()}
    return state


def read_network(path: Path, task: Task, training: DeepTraining) -> nn.Module:
    """The network that was kept, in evaluation mode, on the CPU; raises what `read_deep_state` raises."""
    state = read_deep_state(path, task, training)
    if state.best:
        state.model.load_state_dict(state.best)
    return state.model.eval()
