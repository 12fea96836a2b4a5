"""SGD with momentum, early stopping and a cosine schedule on a deep network, for scale detection (App. B.1, Fig. 8)."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.deep.architectures import build
from nets.deep.images import PlaneSplit, image_batch, split
from theory.definitions.task import ScaleDetection

# images that are answered at once
ANSWERED = 256


@dataclass(frozen=True)
class DeepTraining:
    """How one network is trained; the defaults are those of Fig. 8.

    architecture, width   as `nets.deep.architectures.build` has them
    seed                  fixes initialisation, images, their order, and dropout
    images, validation, test   how many of each, half of each class
    learning_rate         of the first step; it falls along a cosine to 0 after the last
    momentum, weight_decay     of SGD; only weights decay: parameters of two axes or more
    loss                  "hinge": max(0, 1 − y f); "cross-entropy": ln(1 + e^(−y f))
    evaluate_every            epochs between evaluations at the validation set; the network of the lowest error there is kept, of
                          those the one of the lowest loss
    precision             "float32", or "mixed": activations in bfloat16

    Raises ValueError, one sentence, for numbers that cannot be trained with.
    """

    architecture: str
    width: float = 1.0
    seed: int = 0
    images: int = 1024
    validation: int = 1024
    test: int = 8192
    epochs: int = 300
    batch: int = 128
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    loss: Literal["hinge", "cross-entropy"] = "hinge"
    evaluate_every: int = 1
    precision: Literal["float32", "mixed"] = "float32"

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("epochs between evaluations", self.evaluate_every)):
            if value < 1:
                raise ValueError(f"the number of {name} is {value} and must be at least 1: use 1 or more")
        if not 2 <= self.batch <= self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use 2 to {self.images}"
            )
        for name, rate in (("learning rate", self.learning_rate), ("weight decay", self.weight_decay)):
            if not 0 <= rate < math.inf:
                raise ValueError(f"the {name} is {rate:g} and must be a number of 0 or more: use 0.05 or 0.0005")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"the momentum is {self.momentum:g} and must be from 0 to below 1: use 0.9")
        if self.loss not in ("hinge", "cross-entropy") or self.precision not in ("float32", "mixed"):
            raise ValueError(
                f"loss {self.loss!r} in precision {self.precision!r} is unknown: use 'hinge' or 'cross-entropy', "
                "and 'float32' or 'mixed'"
            )

    @property
    def steps(self) -> int:
        """Steps of SGD in an epoch; a short rest is left out."""
        return self.images // self.batch


@dataclass
class DeepResult:
    """What became of a network. Errors are shares of wrong answers, and f = 0 is one; NaN: not measured.

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
    optimizer: torch.optim.SGD
    best: dict[str, Tensor]
    result: DeepResult

    @property
    def over(self) -> bool:
        """Whether the loss was not finite."""
        return self.result.status == "diverged"


def begin(task: ScaleDetection, training: DeepTraining, device: str = "cpu") -> DeepState:
    """The state before the first epoch."""
    model = build(training.architecture, size=task.width, width=training.width, seed=training.seed)
    # channels last would be a third faster on a CPU, but there PyTorch 2.13 and 2.14 write outside their memory in the
    # backward pass of convolutions of one pixel with stride 2 and 4 channels
    model = model.to(device)
    weights: dict[str, Any] = {
        "params": [p for p in model.parameters() if p.dim() > 1],
        "weight_decay": training.weight_decay,
    }
    others: dict[str, Any] = {"params": [p for p in model.parameters() if p.dim() <= 1]}
    optimizer = torch.optim.SGD([weights, others], lr=training.learning_rate, momentum=training.momentum)
    return DeepState(0, model, optimizer, {}, DeepResult())


def train(
    task: ScaleDetection,
    training: DeepTraining,
    device: str = "cpu",
    report: Callable[[DeepState], None] = lambda state: None,
    state: DeepState | None = None,
    keep: Callable[[DeepState], None] = lambda state: None,
) -> tuple[nn.Module, DeepResult]:
    """Train a network: (the one that is kept, in evaluation mode; what became of it).

    `report` and `keep` are called with the state after every epoch, and training goes on from `state` as if it had
    never stopped, bit for bit on the same machine.
    Raises ValueError where the task has too few images, or the architecture does not exist.
    """
    sets = split(task, training.images, training.validation, training.test, training.seed)
    state = state or begin(task, training, device)
    while state.epoch < training.epochs and not state.over:
        state.result.loss = _epoch(task, training, sets.train, state, device)
        state.epoch += 1
        if not math.isfinite(state.result.loss):
            state.result.status = "diverged"
        elif state.epoch % training.evaluate_every == 0 or state.epoch == training.epochs:
            _look(task, training, sets, state)
        report(state)
        keep(state)
    if state.best:
        state.model.load_state_dict(state.best)
    for name in ("train", "test") if not state.over else ():
        pairs = getattr(sets, name)
        answers = outputs(state.model, task, pairs, device)
        setattr(state.result, f"{name}_error", float(np.mean(answers * task.label(pairs) <= 0)))
    return state.model.eval(), state.result


@torch.no_grad()
def outputs(model: nn.Module, task: ScaleDetection, pairs: np.ndarray, device: str = "cpu") -> np.ndarray:
    """(n,) answers f of the network, in evaluation mode, to images of these (n, 2) pixels."""
    model.eval()
    parts = [pairs[n : n + ANSWERED] for n in range(0, len(pairs), ANSWERED)]
    return np.concatenate([model(_images(task, part, device))[:, 0].float().cpu().numpy() for part in parts])


def loss_of(training: DeepTraining, answers: Tensor, labels: Tensor) -> Tensor:
    """Mean loss of (n,) answers to images with labels ±1."""
    margins = answers * labels
    return (1 - margins).relu().mean() if training.loss == "hinge" else F.softplus(-margins).mean()


def learning_rate(training: DeepTraining, step: int) -> float:
    """Of step 0, 1, …: η₀ (1 + cos(π t/T))/2, T steps in all."""
    return training.learning_rate * (1 + math.cos(math.pi * step / (training.epochs * training.steps))) / 2


def _epoch(task: ScaleDetection, training: DeepTraining, pairs: np.ndarray, state: DeepState, device: str) -> float:
    """One epoch; the mean loss of its steps."""
    order = np.random.default_rng([training.seed, 2, state.epoch]).permutation(len(pairs))
    total = torch.zeros((), device=device)
    state.model.train()
    with _own_randomness(training.seed, state.epoch, device):
        for n in range(training.steps):
            for group in state.optimizer.param_groups:
                group["lr"] = learning_rate(training, state.epoch * training.steps + n)
            batch = pairs[order[n * training.batch : (n + 1) * training.batch]]
            labels = torch.as_tensor(task.label(batch), dtype=torch.float32, device=device)
            with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=training.precision == "mixed"):
                answers = state.model(_images(task, batch, device))[:, 0]
            loss = loss_of(training, answers.float(), labels)
            state.optimizer.zero_grad()
            torch.autograd.backward(loss)
            state.optimizer.step()
            total += loss.detach()
    return float(total) / training.steps


def _look(task: ScaleDetection, training: DeepTraining, sets: PlaneSplit, state: DeepState) -> None:
    """Keep the network if it is the best so far on the validation set."""
    labels = task.label(sets.validation)
    answers = outputs(state.model, task, sets.validation, _device(state.model))
    error = float(np.mean(answers * labels <= 0))
    loss = float(loss_of(training, torch.from_numpy(answers), torch.from_numpy(labels)))
    result = state.result
    if not state.best or (error, loss) < (result.validation_error, result.validation_loss):
        result.epoch, result.validation_error, result.validation_loss = state.epoch, error, loss
        state.best = {name: tensor.clone() for name, tensor in state.model.state_dict().items()}


@contextmanager
def _own_randomness(seed: int, epoch: int, device: str) -> Iterator[None]:
    """Dropout draws from the seed and the epoch alone; the global random state is left as it was."""
    own = int(np.random.SeedSequence([seed, 3, epoch]).generate_state(1)[0])
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []):
        torch.manual_seed(own)
        yield


def _images(task: ScaleDetection, pairs: np.ndarray, device: str) -> Tensor:
    return image_batch(task, pairs).to(device)


def _device(model: nn.Module) -> str:
    return next(model.parameters()).device.type
