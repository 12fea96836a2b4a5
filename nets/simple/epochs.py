"""One epoch of all seeds together, step by step, and the evaluation where one is due."""

import numpy as np
import torch

from nets.simple.descent import Momentum, outputs, step
from nets.simple.progress import drop_finished_seeds
from nets.simple.seed_result import record
from nets.simple.settings import Training
from nets.simple.state import State
from nets.simple.training_images import TrainingImages


def take_epoch(state: State, training: Training, images: TrainingImages) -> None:
    """Every step of the next epoch; where it is due, the evaluation after it, and finished seeds leave."""
    running, networks = state.running, state.networks
    like, batch = networks.offset, training.batch or training.images
    batches = epoch_batches(images.train[running], [state.orders[n] for n in running], batch)
    whole = batch == training.images
    plans = [images.plan_of_set("train", running, like)] if whole else images.plan(batches, like)
    targets = torch.as_tensor(images.labels[batches]).to(like)
    rate, momentum = learning_rate(training, state.epoch), _momentum(training, state)
    for plan, target in zip(plans, targets, strict=True):
        for place in step(networks, plan, target, rate, training.ridge, momentum):
            state.seed_results[running[place]].active += 1
    state.epoch += 1
    if not state.epoch % training.evaluate_every or state.epoch == training.epochs:
        _evaluate(state, images)
        drop_finished_seeds(state, training)


def epoch_batches(sets: np.ndarray, orders: list[np.random.Generator], batch: int) -> np.ndarray:
    """(T, S, B) images of the steps of one epoch, each seed in its own random order; a short rest is left out.

    A batch of all images needs no order, and so none that a resumed training would have to find again.
    """
    if batch == sets.shape[1]:
        return sets[None]
    shuffled = np.stack([order.permutation(images) for order, images in zip(orders, sets, strict=True)])
    count = sets.shape[1] // batch
    return shuffled[:, : count * batch].reshape(len(sets), count, batch).transpose(1, 0, 2)


def learning_rate(training: Training, epoch: int) -> float:
    """Of the steps after this many epochs, with the cooldown."""
    if training.epochs is None or not training.cooldown:
        return training.learning_rate
    return training.learning_rate * min(1.0, (1 - epoch / training.epochs) / training.cooldown)


def _momentum(training: Training, state: State) -> Momentum | None:
    if not training.momentum or state.epoch < training.momentum_from:
        return None
    state.velocity = state.velocity or state.networks.zeros()
    return Momentum(training.momentum, state.velocity)


def _evaluate(state: State, images: TrainingImages) -> None:
    """Record what the networks make of their whole training and validation sets."""
    for name in ("train", "validation"):
        sets = getattr(images, name)[state.running]
        plan = images.plan_of_set(name, state.running, state.networks.offset)
        outputs_of_sets = outputs(state.networks, plan)[0].cpu().numpy()
        for seed, output, labels in zip(state.running, outputs_of_sets, images.labels[sets], strict=True):
            record(state.seed_results[seed], name, output, labels, state.epoch)
