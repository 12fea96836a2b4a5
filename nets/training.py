"""Hinge-loss SGD with ridge on the simple CNNs, all seeds at once (App. B.2)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from nets.patches import BatchPlan, Patches, distinct_patches, plan_batches
from nets.simple import SimpleCNNs, initialize, layer
from theory.architecture import Architecture
from theory.task import ScaleDetection


@dataclass(frozen=True)
class Training:
    """How networks are trained.

    channels       H, width of every layer
    seeds          one network each; a seed fixes initialisation, training images and their order
    images         P, training images, half of each class, none twice
    validation     images of the validation set, disjoint from P (as many as there are, at most this)
    learning_rate  mean-field learning rate: the step on every parameter is learning_rate·H·gradient
    ridge          the loss carries ridge·Σ|w|²/(H·K) over the filters; biases and readout are free
    batch          images a step; P for full batches
    epochs         the most epochs; None: until the stop rule alone ends it
    patience       stop rule: hinge loss exactly 0 on the training set, validation error 0, and epoch ≥ patience ×
                   the epoch at which the training loss first was 0; None: train all `epochs`
    look_every     epochs between two looks at the whole training and validation set
    """

    channels: int
    seeds: tuple[int, ...]
    images: int
    validation: int = 128
    learning_rate: float = 0.01
    ridge: float = 0.01
    batch: int = 8
    epochs: int | None = None
    patience: int | None = 500
    look_every: int = 10


@dataclass
class Fate:
    """What became of one seed.

    interpolated  epoch of the first look with hinge loss exactly 0 on the training set, None: never
    epochs        epochs trained
    loss, train_error, validation_error, test_error   at the end, on all images of each set
    status        "interpolated", "not interpolated", "collapsed" or "diverged"
    """

    seed: int
    interpolated: int | None = None
    epochs: int = 0
    loss: float = math.nan
    train_error: float = math.nan
    validation_error: float = math.nan
    test_error: float = math.nan
    status: str = "not interpolated"


@dataclass
class Split:
    """Training, validation and test images of one seed, as places in `task.pairs`."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Look:
    """What the progress report sees at a look: epoch, of how many, and per seed the hinge loss and validation error."""

    epoch: int
    epochs: int | None
    running: list[int]
    loss: np.ndarray
    validation_error: np.ndarray
    fates: list[Fate] = field(default_factory=list)


def active_images(task: ScaleDetection, pairs: np.ndarray) -> np.ndarray:
    """(P, N) integer images: the number of active pixels at each place (x in units of `task.amplitude`)."""
    images = np.zeros((len(pairs), task.pixels), dtype=np.int64)
    for column in pairs.T:
        images[np.arange(len(pairs)), column] += 1
    return images


def split_images(task: ScaleDetection, training: Training, seed: int) -> Split:
    """Disjoint random sets: training half of each class, then validation, and the rest for the test.

    Raises ValueError where the task has too few pairs.
    """
    labels = task.labels
    half = training.images // 2
    counts = {y: int((labels == y).sum()) for y in (1, -1)}
    if training.images < 2 or training.images % 2 or half > min(counts.values()):
        raise ValueError(
            f"{training.images} training images cannot be drawn, half from each class, from {counts[1]} + {counts[-1]} "
            f"pairs: use an even number from 2 to {2 * min(counts.values())}"
        )
    order = np.random.default_rng([seed, 1]).permutation(len(labels))
    train = np.concatenate([order[labels[order] == y][:half] for y in (1, -1)])
    rest = order[~np.isin(order, train)]
    return Split(train, rest[: training.validation], rest[training.validation :])


def train(
    task: ScaleDetection,
    architecture: Architecture,
    training: Training,
    device: str = "cpu",
    report: Callable[[Look], None] = lambda look: None,
) -> tuple[SimpleCNNs, SimpleCNNs, list[Fate]]:
    """Train one network per seed: (networks before, networks after, fate of each), in the order of the seeds.

    A seed leaves the batch when its stop rule is met or its loss is not finite; the others go on unchanged.
    """
    splits = [split_images(task, training, seed) for seed in training.seeds]
    known = np.unique(np.concatenate([np.concatenate([s.train, s.validation]) for s in splits]))
    patches = distinct_patches(architecture, active_images(task, task.pairs[known]), task.dim)
    before = initialize(architecture, training.channels, list(training.seeds), task.dim)
    done: list[SimpleCNNs | None] = [None] * len(training.seeds)
    fates = [Fate(seed) for seed in training.seeds]
    running = list(range(len(fates)))
    networks = before.select(running).to(device)
    orders = [np.random.default_rng([seed, 2]) for seed in training.seeds]
    place = {image: n for n, image in enumerate(known)}
    train_sets = np.array([[place[i] for i in split.train] for split in splits])
    validation_sets = np.array([[place[i] for i in split.validation] for split in splits])
    labels = task.labels[known]
    examine = lambda sets: _outputs_of(networks, patches, sets[running], task, device)  # noqa: E731
    steps: list[tuple[BatchPlan, Tensor]] = []
    epoch = 0
    while running and (training.epochs is None or epoch < training.epochs):
        if not steps or training.batch < training.images:
            batches = _epoch_batches(train_sets[running], [orders[n] for n in running], training.batch)
            targets = torch.as_tensor(labels[batches], dtype=torch.float32, device=device)
            steps = list(zip(plan_batches(patches, batches, task.amplitude, device), targets, strict=True))
        for plan, y in steps:
            step(networks, plan, y, training.learning_rate, training.ridge)
        epoch += 1
        if epoch % training.look_every and epoch != training.epochs:
            continue
        margin = 1 - examine(train_sets) * labels[train_sets[running]]
        wrong = examine(validation_sets) * labels[validation_sets[running]] <= 0
        loss, validation_error = np.maximum(margin, 0).mean(1), wrong.mean(1)
        for n, fate in enumerate(fates[r] for r in running):
            fate.epochs, fate.loss = epoch, float(loss[n])
            fate.train_error, fate.validation_error = float((margin[n] >= 1).mean()), float(validation_error[n])
            if loss[n] == 0 and fate.interpolated is None:
                fate.interpolated, fate.status = epoch, "interpolated"
        report(Look(epoch, training.epochs, running, loss, validation_error, fates))
        leaving = [n for n, r in enumerate(running) if _leaves(fates[r], training)]
        if leaving:
            for n in leaving:
                done[running[n]] = networks.select([n]).to("cpu")
            staying = [n for n in range(len(running)) if n not in leaving]
            networks, running, steps = networks.select(staying), [running[n] for n in staying], []
    for n, r in enumerate(running):
        done[r] = networks.select([n]).to("cpu")
    after = _stack([network for network in done if network is not None])
    return before, after, fates


def _leaves(fate: Fate, training: Training) -> bool:
    if not math.isfinite(fate.loss):
        fate.status = "diverged"
        return True
    if training.patience is None or fate.interpolated is None:
        return False
    return fate.loss == 0 and fate.validation_error == 0 and fate.epochs >= training.patience * fate.interpolated


def _stack(networks: list[SimpleCNNs]) -> SimpleCNNs:
    axis = {"first": 0, "hidden": 1, "bias": 1, "readout": 0, "offset": 0}
    return SimpleCNNs(**{name: torch.cat([n.tensors()[name] for n in networks], a) for name, a in axis.items()})


def _epoch_batches(sets: np.ndarray, orders: list[np.random.Generator], batch: int) -> np.ndarray:
    """(T, S, B) images of the steps of one epoch, each seed in its own random order."""
    shuffled = np.stack([order.permutation(one) for order, one in zip(orders, sets, strict=True)])
    count = sets.shape[1] // batch
    return shuffled[:, : count * batch].reshape(len(sets), count, batch).transpose(1, 0, 2)


def _outputs_of(networks: SimpleCNNs, patches: Patches, sets: np.ndarray, task: ScaleDetection, device: str) -> np.ndarray:
    """(S, B) outputs for each seed's own images."""
    (plan,) = plan_batches(patches, sets[None], task.amplitude, device)
    return outputs(networks, plan)[0].cpu().numpy()


def outputs(networks: SimpleCNNs, plan: BatchPlan) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """(S, B) outputs of the plan's images, with the patches and the representations f_k of its rows, k = 1 … K."""
    seeds, channels = networks.readout.shape[:2]
    f, patches, rows = plan.values, [], []
    for k, table in enumerate(plan.tables, start=1):
        gathered = f.reshape(-1, f.shape[2]).index_select(0, table)
        gathered = gathered.view(seeds, -1, networks.weight(k).shape[1])
        f = layer(networks, k, gathered)
        patches.append(gathered)
        rows.append(f)
    answer = torch.bmm(f, networks.readout).squeeze(2) / channels
    images = answer.gather(1, plan.rows.view(seeds, -1)).view(plan.rows.shape).mean(2)
    return images + networks.offset.squeeze(2), patches, rows


def step(networks: SimpleCNNs, plan: BatchPlan, labels: Tensor, learning_rate: float, ridge: float) -> None:
    """One step of SGD on mean hinge + ridge·Σ|w|²/(H·K), in place; (S, B) labels ±1.

    A batch whose hinge loss is exactly 0 has no gradient but the ridge's: its backward pass is left out.
    """
    with torch.no_grad():
        output, patches, rows = outputs(networks, plan)
        violated = labels * output < 1
        if violated.any():
            _descend(networks, plan, torch.where(violated, -labels, 0.0) / labels.shape[1], patches, rows, learning_rate)
        shrink = 1 - 2 * learning_rate * ridge / networks.depth
        networks.first.mul_(shrink)
        networks.hidden.mul_(shrink)


def _descend(networks: SimpleCNNs, plan: BatchPlan, slope: Tensor, patches: list[Tensor], rows: list[Tensor], learning_rate: float) -> None:
    """Move every parameter by −learning_rate·H·gradient, given slope = ∂loss/∂output, (S, B)."""
    seeds, channels = networks.readout.shape[:2]
    rate = learning_rate * channels
    spread = (slope / plan.rows.shape[2]).unsqueeze(2).expand(plan.rows.shape).reshape(seeds, -1)
    answer = slope.new_zeros(rows[-1].shape[:2]).scatter_add_(1, plan.rows.view(seeds, -1), spread).unsqueeze(2)
    gradient = torch.bmm(answer, networks.readout.transpose(1, 2)) / channels
    networks.readout.baddbmm_(rows[-1].transpose(1, 2), answer, alpha=-rate / channels)
    networks.offset.sub_(slope.sum(1).view(seeds, 1, 1), alpha=rate)
    for k in range(networks.depth, 0, -1):
        weight = networks.weight(k)
        gradient.mul_(rows[k - 1] > 0).mul_(math.sqrt(networks.patch_size))
        scale = 1 / math.sqrt(weight.shape[1])
        if k > 1:
            back = torch.bmm(gradient, weight.transpose(1, 2)).mul_(scale).view(-1, channels)
        networks.bias[k - 1].sub_(gradient.sum(1, keepdim=True), alpha=rate)
        weight.baddbmm_(patches[k - 1].transpose(1, 2), gradient, alpha=-rate * scale)
        if k > 1:
            below = rows[k - 2]
            gradient = torch.zeros_like(below)
            gradient.view(-1, channels).index_add_(0, plan.tables[k - 1], back)
