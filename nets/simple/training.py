"""Hinge-loss SGD with ridge on the simple CNNs, all seeds at once, until the solution of minimal norm (App. B.2)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nets.simple import idle_steps
from nets.simple.descent import Momentum, outputs, step
from nets.simple.images import Split, split_images
from nets.simple.minimal_norm import minimal_norm
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.patches import BatchPlan, Patches, distinct_patches, plan_batches
from nets.simple.seed_result import SeedResult, record
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

LEAST_PRODUCTS = (
    10**6
)  # in a forward pass; measured: no gain at 0.5·10⁶ (task 2, width 64), 3 times at 2·10⁶ (task 1, 32)


@dataclass(frozen=True)
class Training:
    """How networks are trained.

    channels       H, width of every layer
    seeds          one network each; a seed fixes initialisation, training images and their order
    images         P, training images, half of each class
    validation     images of the validation set (at most this many; all others are for the test)
    learning_rate  mean-field learning rate: the step on every parameter is learning_rate·H·gradient
    cooldown       share of `epochs` at the end over which the learning rate falls linearly to 0 (paper: 0)
    ridge          the loss carries ridge·Σ|w|²/(H·K) over the filters; biases and readout are free
    batch          images a step; None: all P at once
    epochs         the most epochs; None: until the stop rule alone ends it
    momentum       heavy-ball coefficient from epoch `momentum_from` on (paper: 0, plain descent); the effective step is
                   learning_rate/(1 − momentum)
    minimal_norm   rounds of the search for the solution of minimal norm after the last epoch (paper: 0, none)
    patience       stop rule: hinge loss exactly 0 on the training set, validation error 0, and epoch ≥ patience ×
                   the epoch at which the training loss first was 0; None: train all `epochs`
    evaluate_every     epochs between two looks at the whole training and validation set

    Raises ValueError, one sentence, for numbers that cannot be trained with.
    """

    channels: int
    seeds: tuple[int, ...]
    images: int
    validation: int = 128
    learning_rate: float = 0.01
    cooldown: float = 0.0
    ridge: float = 0.01
    batch: int | None = 8
    epochs: int | None = None
    patience: int | None = 500
    evaluate_every: int = 10
    momentum: float = 0.0
    momentum_from: int = 0
    minimal_norm: int = 0

    def __post_init__(self) -> None:
        at_least_one = {
            "width": self.channels,
            "number of seeds": len(self.seeds),
            "batch": self.batch,
            "number of epochs": self.epochs,
        }
        for name, value in at_least_one.items():
            if value is not None and value < 1:
                raise ValueError(f"the {name} is {value} and must be at least 1: use 1 or more")
        if self.batch is not None and self.batch > self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use at most {self.images}"
            )
        for name, rate in (("ridge", self.ridge), ("learning rate", self.learning_rate)):
            if not 0 <= rate < math.inf:
                raise ValueError(f"the {name} is {rate:g} and must be a number of 0 or more: use 0.01")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"the momentum is {self.momentum:g} and must be at least 0 and below 1: use 0.9")
        if self.minimal_norm < 0:
            raise ValueError(f"{self.minimal_norm} rounds towards minimal norm are too few: use 0 or more")
        if self.minimal_norm and (self.epochs is None or self.patience is not None):
            raise ValueError(
                "the search for minimal norm follows a fixed number of epochs: give --epochs, no stop rule"
            )
        if self.epochs is None and self.patience is None:
            raise ValueError("training has neither a number of epochs nor a stop rule: give one of them")

    def decay(self, learning_rate: Any, depth: int) -> Any:
        """2·learning rate·ridge/K, by which a step shrinks the filters of K = `depth` layers."""
        return 2 * learning_rate * self.ridge / depth


@dataclass(frozen=True)
class TrainingProgress:
    """What a progress report sees after every epoch.

    epoch    epochs done                                            steps    steps of SGD in an epoch
    end      epoch at which training will end as things stand; None: not every seed has interpolated yet
    seed_results    all seeds, as of the last look at the whole training set; running: places of those still training
    """

    epoch: int
    steps: int
    end: int | None
    seed_results: list[SeedResult]
    running: list[int]


@dataclass
class State:
    """Where training stands after an epoch: all that the rest of it depends on.

    networks   those still training, whose places are `running`        done     final networks, by place
    orders     each seed's random order of its images          velocity  of `networks`; None before momentum sets in
    searched   whether the search for minimal norm is done
    scales     by place: the filters are so many times those stored    speeds    by place: of `idle.Margins`
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


def train(
    task: ScaleDetection,
    architecture: Architecture,
    training: Training,
    device: str = "cpu",
    report: Callable[[TrainingProgress], None] = lambda look: None,
    state: State | None = None,
    keep: Callable[[State], None] = lambda state: None,
    pass_idle: bool | None = None,
) -> tuple[SimpleCNNs, SimpleCNNs, list[SeedResult]]:
    """Train one network per seed: (networks before, networks after, seed_results), in the order of the seeds.

    A seed leaves the batch when its stop rule is met or its loss is not finite; the others go on unchanged. Once a seed
    has interpolated, idle steps are passed over (`idle_steps`) if `pass_idle`; None: where that pays. `keep` is called
    with the state after every epoch, or every look where idle steps are passed over, and training goes on from `state`
    as if it had never stopped, bit for bit on the same machine.
    Raises ValueError where the task has too few images or the architecture does not fit them.
    """
    splits = [split_images(task, training.images, training.validation, seed) for seed in training.seeds]
    images = _images(task, architecture, splits)
    state = state or begin(task, architecture, training, device)
    passing: dict[int, _Passing] = {}
    pass_idle = _pays(state, training, images) if pass_idle is None else pass_idle
    while state.running and state.epoch != training.epochs:
        start = state.epoch
        if pass_idle and _may_pass(state, training):
            _pass_window(state, training, images, passing)
        else:
            _plain_epoch(state, training, images)
        for epoch in range(start + 1, state.epoch + 1):
            steps = training.images // (training.batch or training.images)
            report(TrainingProgress(epoch, steps, _expected_end(training, state), state.seed_results, state.running))
        keep(state)
    if training.minimal_norm and not state.searched:
        _search(state, training, task, architecture, splits)
        keep(state)
    after = trained(state)
    _test(after, state.seed_results, splits, task, architecture)
    return initialize(architecture, training.channels, list(training.seeds), task.dim), after, state.seed_results


def _search(
    state: State, training: Training, task: ScaleDetection, architecture: Architecture, splits: list[Split]
) -> None:
    """Move every network that learned the task to its solution of minimal norm."""
    final, device = [], state.networks.offset.device
    for seed in state.running:
        seed_result, train_set, network = state.seed_results[seed], splits[seed].train, state.network(seed)
        if seed_result.learned:
            patches = distinct_patches(architecture, task.active(task.pairs[train_set]), task.dim)
            network, found = minimal_norm(
                network, patches, task.amplitude, task.labels[train_set], training.minimal_norm
            )
            seed_result.norm, seed_result.norm_gain = found.norm, found.gain
            for name in ("train", "validation"):
                images = getattr(splits[seed], name)
                some = distinct_patches(architecture, task.active(task.pairs[images]), task.dim)
                (plan,) = plan_batches(some, np.arange(len(images))[None, None], task.amplitude)
                record(seed_result, name, outputs(network, plan)[0][0].numpy(), task.labels[images], state.epoch)
        final.append(network)
    if final:
        state.networks = _join(final).to(device)
    for seed in state.running:
        state.scales[seed] = 1.0
    state.velocity, state.searched = None, True


def trained(state: State) -> SimpleCNNs:
    """All networks as they stand, in the order of the seeds, on the CPU."""
    final = {**state.done, **{seed: state.network(seed) for seed in state.running}}
    return _join([final[n] for n in range(len(state.seed_results))])


@dataclass
class _Images:
    """The images of all seeds: places in `patches` with (P,) labels; (S, n) places by seed; plans of whole sets."""

    patches: Patches
    amplitude: float
    labels: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    plans: dict[tuple[str, tuple[int, ...]], BatchPlan] = field(default_factory=dict)

    def plan(self, batches: np.ndarray, like: Tensor) -> list[BatchPlan]:
        return plan_batches(self.patches, batches, self.amplitude, like.device, like.dtype)

    def whole(self, name: str, running: list[int], like: Tensor) -> BatchPlan:
        """The plan of all images of a set, planned once for the seeds still running."""
        key = (name, tuple(running))
        if key not in self.plans:
            self.plans = {kept: plan for kept, plan in self.plans.items() if kept[1] == key[1]}
            (self.plans[key],) = self.plan(getattr(self, name)[running][None], like)
        return self.plans[key]


def _images(task: ScaleDetection, architecture: Architecture, splits: list[Split]) -> _Images:
    known = np.unique(np.concatenate([np.concatenate([split.train, split.validation]) for split in splits]))
    train, validation = (
        np.searchsorted(known, np.array([getattr(split, name) for split in splits])) for name in ("train", "validation")
    )
    patches = distinct_patches(architecture, task.active(task.pairs[known]), task.dim)
    return _Images(patches, task.amplitude, task.labels[known], train, validation)


def _plain_epoch(state: State, training: Training, images: _Images) -> None:
    """One epoch of all seeds together, step by step, and the look where one is due."""
    running, networks = state.running, state.networks
    like, batch = networks.offset, training.batch or training.images
    batches = _epoch_batches(images.train[running], [state.orders[n] for n in running], batch)
    whole = batch == training.images
    plans = [images.whole("train", running, like)] if whole else images.plan(batches, like)
    targets = torch.as_tensor(images.labels[batches]).to(like)
    rate, momentum = _learning_rate(training, state.epoch), _momentum(training, state)
    for plan, target in zip(plans, targets, strict=True):
        for place in step(networks, plan, target, rate, training.ridge, momentum):
            state.seed_results[running[place]].active += 1
    state.epoch += 1
    if _is_look(state.epoch, training):
        for name in ("train", "validation"):
            sets = getattr(images, name)[running]
            answers = outputs(networks, images.whole(name, running, like))[0].cpu().numpy()
            for seed, answer, y in zip(running, answers, images.labels[sets], strict=True):
                record(state.seed_results[seed], name, answer, y, state.epoch)
        _let_go(state, training)


@dataclass
class _Passing:
    """What `nets.simple.idle_steps` needs of a seed, and its margins as of the last look."""

    sets: idle_steps.ImageSets
    margins: idle_steps.Margins


def _pays(state: State, training: Training, images: _Images) -> bool:
    """Whether the forward pass of a batch takes longer than finding out that its step is idle."""
    (plan,) = images.plan(images.train[None, :1, : training.batch], state.networks.offset)
    rows = sum(len(table) for table in plan.tables)
    return rows * training.channels**2 > LEAST_PRODUCTS


def _may_pass(state: State, training: Training) -> bool:
    """Whether there are idle steps to pass over: seeds have interpolated, and idle steps only shrink the filters."""
    interpolated = any(state.seed_results[n].interpolated is not None for n in state.running)
    return interpolated and not training.momentum and training.decay(training.learning_rate, state.networks.depth) < 1


def _pass_window(state: State, training: Training, images: _Images, passing: dict[int, _Passing]) -> None:
    """All epochs until the next look, seed by seed, idle steps passed over; and the look."""
    end = state.epoch + training.evaluate_every - state.epoch % training.evaluate_every
    epochs = range(state.epoch, min(end, training.epochs or end))
    for place, seed in enumerate(state.running):
        network = state.networks.view(place)
        if seed not in passing:
            sets = idle_steps.image_sets(
                images.patches,
                images.amplitude,
                images.labels,
                images.train[seed],
                images.validation[seed],
                network.offset,
            )
            margins = idle_steps.look(
                network, sets, sets.looks, state.scales[seed], idle_steps.unknown(sets, state.speeds[seed])
            )
            passing[seed] = _Passing(sets, margins)
        if state.scales[seed] < 0.5:  # long before it could underflow
            network.first.mul_(state.scales[seed])
            network.hidden.mul_(state.scales[seed])
            state.scales[seed] = 1.0
            passing[seed].margins = replace(passing[seed].margins, norms=None)
        window = _window(state, training, images, seed, epochs)
        margins, active = idle_steps.advance(network, passing[seed].sets, window, passing[seed].margins)
        passing[seed].margins = margins
        state.scales[seed], state.speeds[seed] = float(window.scales[-1]), margins.speed
        seed_result = state.seed_results[seed]
        seed_result.active += active
        for name in ("train", "validation"):
            places = getattr(images, name)[seed]
            values, y = margins.values[passing[seed].sets.kinds[places]], images.labels[places]
            record(seed_result, name, values * y, y, epochs[-1] + 1)
    state.epoch = epochs[-1] + 1
    _let_go(state, training)


def _window(state: State, training: Training, images: _Images, seed: int, epochs: range) -> idle_steps.Window:
    """The steps of one seed in these epochs."""
    batch = training.batch or training.images
    batches = [_epoch_batches(images.train[[seed]], [state.orders[seed]], batch)[:, 0] for _ in epochs]
    rates = np.repeat([_learning_rate(training, epoch) for epoch in epochs], len(batches[0]))
    shrinks = 1 - training.decay(rates, state.networks.depth)
    scales = state.scales[seed] * np.cumprod(np.concatenate([[1.0], shrinks]))
    return idle_steps.Window(np.concatenate(batches), rates, scales)


def _is_look(epoch: int, training: Training) -> bool:
    return not epoch % training.evaluate_every or epoch == training.epochs


def _let_go(state: State, training: Training) -> None:
    """Take the seeds that are finished out of the batch."""
    leaving = [seed for seed in state.running if _leaves(state.seed_results[seed], training)]
    if leaving:
        state.done.update({seed: state.network(seed) for seed in leaving})
        staying = [n for n, seed in enumerate(state.running) if seed not in leaving]
        state.networks, state.running = state.networks.select(staying), [state.running[n] for n in staying]
        state.velocity = state.velocity.select(staying) if state.velocity else None


def _epoch_batches(sets: np.ndarray, orders: list[np.random.Generator], batch: int) -> np.ndarray:
    """(T, S, B) images of the steps of one epoch, each seed in its own random order; a short rest is left out.

    A batch of all images needs no order, and so none that a resumed training would have to find again.
    """
    if batch == sets.shape[1]:
        return sets[None]
    shuffled = np.stack([order.permutation(one) for order, one in zip(orders, sets, strict=True)])
    count = sets.shape[1] // batch
    return shuffled[:, : count * batch].reshape(len(sets), count, batch).transpose(1, 0, 2)


def _learning_rate(training: Training, epoch: int) -> float:
    if training.epochs is None or not training.cooldown:
        return training.learning_rate
    return training.learning_rate * min(1.0, (1 - epoch / training.epochs) / training.cooldown)


def _momentum(training: Training, state: State) -> Momentum | None:
    if not training.momentum or state.epoch < training.momentum_from:
        return None
    state.velocity = state.velocity or state.networks.zeros()
    return Momentum(training.momentum, state.velocity)


def _expected_end(training: Training, state: State) -> int | None:
    first = [state.seed_results[n].interpolated for n in state.running]
    if training.patience is None or None in first:
        return training.epochs
    end = training.patience * max((epoch for epoch in first if epoch is not None), default=0) or state.epoch
    return min(end, training.epochs or end)


def _leaves(seed_result: SeedResult, training: Training) -> bool:
    if seed_result.status == "diverged":
        return True
    if training.patience is None or seed_result.interpolated is None:
        return False
    return (
        seed_result.loss == 0
        and seed_result.validation_error == 0
        and seed_result.epochs >= training.patience * seed_result.interpolated
    )


def _join(networks: list[SimpleCNNs]) -> SimpleCNNs:
    seed_axis = {"first": 0, "hidden": 1, "bias": 1, "readout": 0, "offset": 0}
    tensors = [n.tensors() for n in networks]
    return SimpleCNNs(**{name: torch.cat([t[name] for t in tensors], dim=axis) for name, axis in seed_axis.items()})


def _test(
    networks: SimpleCNNs,
    seed_results: list[SeedResult],
    splits: list[Split],
    task: ScaleDetection,
    architecture: Architecture,
) -> None:
    """Write the test errors, over all images that are neither for training nor for validation."""
    patches = distinct_patches(architecture, task.active(task.pairs), task.dim)
    for n, (seed_result, split) in enumerate(zip(seed_results, splits, strict=True)):
        if len(split.test):
            (plan,) = plan_batches(patches, split.test[None, None], task.amplitude, "cpu", networks.offset.dtype)
            wrong = outputs(networks.select([n]), plan)[0][0].numpy() * task.labels[split.test] <= 0
            seed_result.test_error = float(wrong.mean())
