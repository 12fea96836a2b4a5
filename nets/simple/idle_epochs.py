"""All epochs until the next evaluation, seed by seed, with idle steps passed over (`nets.simple.idle_steps`)."""

from dataclasses import dataclass, replace

import numpy as np

from nets.simple import idle_steps
from nets.simple.epochs import epoch_batches, learning_rate
from nets.simple.image_sets import ImageSets, image_sets
from nets.simple.margins import Margins, evaluate_margins, unknown
from nets.simple.network import SimpleCNNs
from nets.simple.progress import drop_finished_seeds
from nets.simple.seed_result import record
from nets.simple.settings import Training
from nets.simple.state import State
from nets.simple.training_images import TrainingImages

# products in a forward pass of a batch; measured: no gain at 0.5·10⁶ (task 2, width 64), 3 times at 2·10⁶ (task 1, 32)
LEAST_PRODUCTS = 10**6
# of the filters over those stored, long before it could underflow
SMALLEST_SCALE = 0.5


@dataclass
class SeedMargins:
    """The images of a seed and its margins as of the last evaluation."""

    sets: ImageSets
    margins: Margins


def pays(state: State, training: Training, images: TrainingImages) -> bool:
    """Whether the forward pass of a batch takes longer than finding out that its step is idle."""
    (plan,) = images.plan(images.train[None, :1, : training.batch], state.networks.offset)
    rows = sum(len(table) for table in plan.tables)
    return rows * training.channels**2 > LEAST_PRODUCTS


def may_pass(state: State, training: Training) -> bool:
    """Whether there are idle steps to pass over: seeds have interpolated, and idle steps only shrink the filters."""
    interpolated = any(state.seed_results[n].interpolated is not None for n in state.running)
    return interpolated and not training.momentum and training.decay(training.learning_rate, state.networks.depth) < 1


def pass_epochs(state: State, training: Training, images: TrainingImages, seed_margins: dict[int, SeedMargins]) -> None:
    """All epochs until the next evaluation, and the evaluation; `seed_margins` is kept up to date."""
    end = state.epoch + training.evaluate_every - state.epoch % training.evaluate_every
    epochs = range(state.epoch, min(end, training.epochs or end))
    for place, seed in enumerate(state.running):
        network = state.networks.view(place)
        if seed not in seed_margins:
            seed_margins[seed] = _first_margins(state, network, images, seed)
        _pass_seed(state, network, training, images, seed, epochs, seed_margins[seed])
    state.epoch = epochs[-1] + 1
    drop_finished_seeds(state, training)


def _first_margins(state: State, network: SimpleCNNs, images: TrainingImages, seed: int) -> SeedMargins:
    sets = image_sets(
        images.patches, images.amplitude, images.labels, images.train[seed], images.validation[seed], network.offset
    )
    margins = unknown(sets, state.speeds[seed])
    return SeedMargins(sets, evaluate_margins(network, sets, sets.evaluated, state.scales[seed], margins))


def _pass_seed(
    state: State,
    network: SimpleCNNs,
    training: Training,
    images: TrainingImages,
    seed: int,
    epochs: range,
    passing: SeedMargins,
) -> None:
    """Take the steps of one seed in these epochs and record its evaluation after them."""
    if state.scales[seed] < SMALLEST_SCALE:
        network.first.mul_(state.scales[seed])
        network.hidden.mul_(state.scales[seed])
        state.scales[seed] = 1.0
        passing.margins = replace(passing.margins, norms=None)
    window = _window(state, training, images, seed, epochs)
    passing.margins, active = idle_steps.advance(network, passing.sets, window, passing.margins)
    state.scales[seed], state.speeds[seed] = float(window.scales[-1]), passing.margins.speed
    seed_result = state.seed_results[seed]
    seed_result.active += active
    for name in ("train", "validation"):
        places = getattr(images, name)[seed]
        values, labels = passing.margins.values[passing.sets.kinds[places]], images.labels[places]
        record(seed_result, name, values * labels, labels, epochs[-1] + 1)


def _window(state: State, training: Training, images: TrainingImages, seed: int, epochs: range) -> idle_steps.Window:
    """The steps of one seed in these epochs."""
    batch = training.batch or training.images
    batches = [epoch_batches(images.train[[seed]], [state.orders[seed]], batch)[:, 0] for _ in epochs]
    rates = np.repeat([learning_rate(training, epoch) for epoch in epochs], len(batches[0]))
    shrinks = 1 - training.decay(rates, state.networks.depth)
    scales = state.scales[seed] * np.cumprod(np.concatenate([[1.0], shrinks]))
    return idle_steps.Window(np.concatenate(batches), rates, scales)
