"""Hinge-loss SGD with ridge on the simple CNNs, all seeds at once, until the solution of minimal norm (App. B.2)."""

from collections.abc import Callable

import numpy as np

from nets.simple.descent import outputs
from nets.simple.epochs import take_epoch
from nets.simple.idle_epochs import SeedMargins, may_pass, pass_epochs, pays
from nets.simple.images import Split, split_images
from nets.simple.minimal_norm import minimal_norm
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.patches import Patches, distinct_patches, plan_batches
from nets.simple.progress import TrainingProgress, progress_at
from nets.simple.seed_result import SeedResult, record
from nets.simple.settings import Training
from nets.simple.state import State, begin, join, trained
from nets.simple.training_images import training_images
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

__all__ = ["State", "Training", "TrainingProgress", "begin", "train", "trained"]


def train(
    task: ScaleDetection,
    architecture: Architecture,
    training: Training,
    device: str = "cpu",
    report: Callable[[TrainingProgress], None] = lambda progress: None,
    state: State | None = None,
    keep: Callable[[State], None] = lambda state: None,
    pass_idle: bool | None = None,
) -> tuple[SimpleCNNs, SimpleCNNs, list[SeedResult]]:
    """Train one network per seed: (networks before, networks after, seed_results), in the order of the seeds.

    A seed leaves the batch when its stop rule is met or its loss is not finite; the others go on unchanged. Once a seed
    has interpolated, idle steps are passed over (`idle_steps`) if `pass_idle`; None: where that pays. `keep` is called
    with the state after every epoch, or every evaluation where idle steps are passed over, and training goes on from
    `state` as if it had never stopped, bit for bit on the same machine.
    Raises ValueError where the task has too few images or the architecture does not fit them.
    """
    splits = [split_images(task, training.images, training.validation, seed) for seed in training.seeds]
    images = training_images(task, architecture, splits)
    state = state or begin(task, architecture, training, device)
    seed_margins: dict[int, SeedMargins] = {}
    pass_idle = pays(state, training, images) if pass_idle is None else pass_idle
    while state.running and state.epoch != training.epochs:
        start = state.epoch
        if pass_idle and may_pass(state, training):
            pass_epochs(state, training, images, seed_margins)
        else:
            take_epoch(state, training, images)
        for epoch in range(start + 1, state.epoch + 1):
            report(progress_at(epoch, state, training))
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
            network, solution = minimal_norm(
                network, patches, task.amplitude, task.labels[train_set], training.minimal_norm
            )
            seed_result.norm, seed_result.norm_gain = solution.norm, solution.gain
            for name in ("train", "validation"):
                images = getattr(splits[seed], name)
                patches = distinct_patches(architecture, task.active(task.pairs[images]), task.dim)
                output = _outputs(network, patches, np.arange(len(images)), task.amplitude)
                record(seed_result, name, output, task.labels[images], state.epoch)
        final.append(network)
    if final:
        state.networks = join(final).to(device)
    for seed in state.running:
        state.scales[seed] = 1.0
    state.velocity, state.searched = None, True


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
            margins = _outputs(networks.select([n]), patches, split.test, task.amplitude) * task.labels[split.test]
            seed_result.test_error = float((margins <= 0).mean())


def _outputs(network: SimpleCNNs, patches: Patches, images: np.ndarray, amplitude: float) -> np.ndarray:
    """(n,) outputs of one network, on the CPU, to these images of `patches`."""
    (plan,) = plan_batches(patches, images[None, None], amplitude, "cpu", network.offset.dtype)
    return np.asarray(outputs(network, plan)[0][0].numpy())
