"""SGD or Adam, early stopping and a cosine schedule on a deep network, on any task (App. B.1, Fig. 8)."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from nets.deep.settings import DeepTraining
from nets.deep.state import DeepResult, DeepState, begin
from nets.deep.task import Sets, Task

__all__ = ["DeepResult", "DeepState", "DeepTraining", "begin", "train"]

# images whose outputs are computed at once
AT_ONCE = 256


def train(
    task: Task,
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
    sets = task.draw(training.images, training.validation, training.test, training.seed)
    state = state or begin(task, training, device)
    while state.epoch < training.epochs and not state.over:
        state.result.loss = _epoch(task, training, sets, state, device)
        state.epoch += 1
        if not math.isfinite(state.result.loss):
            state.result.status = "diverged"
        elif state.epoch % training.evaluate_every == 0 or state.epoch == training.epochs:
            _evaluate(task, training, sets, state)
        report(state)
        keep(state)
    if state.best:
        state.model.load_state_dict(state.best)
    for name in ("train", "test") if not state.over else ():
        items = getattr(sets.split, name)
        wrong = task.wrong(outputs(state.model, sets, items, device), sets.labels(items))
        setattr(state.result, f"{name}_error", float(wrong.double().mean()))
    return state.model.eval(), state.result


@torch.no_grad()
def outputs(model: nn.Module, sets: Sets, items: np.ndarray, device: str = "cpu") -> Tensor:
    """(n, outputs) of the network, in evaluation mode, to the images that errors are counted on."""
    model.eval()
    parts = [items[n : n + AT_ONCE] for n in range(0, len(items), AT_ONCE)]
    return torch.cat([model(sets.evaluated_images(part).to(device)).float().cpu() for part in parts])


def learning_rate(training: DeepTraining, step: int) -> float:
    """Of step 0, 1, …: η₀ (1 + cos(π t/T))/2, T steps in all; or η₀."""
    if training.schedule == "constant":
        return training.learning_rate
    return training.learning_rate * (1 + math.cos(math.pi * step / (training.epochs * training.steps))) / 2


def _epoch(task: Task, training: DeepTraining, sets: Sets, state: DeepState, device: str) -> float:
    """One epoch; the mean loss of its steps."""
    items = sets.split.train[np.random.default_rng([training.seed, 2, state.epoch]).permutation(len(sets.split.train))]
    total = torch.zeros((), device=device)
    state.model.train()
    with _own_randomness(training.seed, state.epoch, device):
        for n in range(training.steps):
            for group in state.optimizer.param_groups:
                group["lr"] = learning_rate(training, state.epoch * training.steps + n)
            batch = items[n * training.batch : (n + 1) * training.batch]
            images, labels = sets.training_images(batch, state.epoch).to(device), sets.labels(batch).to(device)
            with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=training.precision == "mixed"):
                f = state.model(images)
            loss = task.loss(training.loss, f.float(), labels)
            state.optimizer.zero_grad()
            torch.autograd.backward(loss)
            state.optimizer.step()
            total += loss.detach()
    return float(total) / training.steps


def _evaluate(task: Task, training: DeepTraining, sets: Sets, state: DeepState) -> None:
    """Keep the network if it is the best so far on the validation set."""
    items = sets.split.validation
    f, labels = outputs(state.model, sets, items, _device(state.model)), sets.labels(items)
    error, loss = float(task.wrong(f, labels).double().mean()), float(task.loss(training.loss, f, labels))
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


def _device(model: nn.Module) -> str:
    return next(model.parameters()).device.type
