"""When training ends: the stop rule of App. B.2, seed by seed, and how far off the end is."""

from dataclasses import dataclass

from nets.simple.seed_result import SeedResult
from nets.simple.settings import Training
from nets.simple.state import State


@dataclass(frozen=True)
class TrainingProgress:
    """What is reported after every epoch.

    epoch    epochs done                                            steps    steps of SGD in an epoch
    end      epoch at which training will end as things stand; None: not every seed has interpolated yet
    seed_results    all seeds, as of the last evaluation of the whole training set; running: places of those still
                    training
    """

    epoch: int
    steps: int
    end: int | None
    seed_results: list[SeedResult]
    running: list[int]


def progress_at(epoch: int, state: State, training: Training) -> TrainingProgress:
    """The report after this epoch."""
    steps = training.images // (training.batch or training.images)
    return TrainingProgress(epoch, steps, _expected_end(state, training), state.seed_results, state.running)


def drop_finished_seeds(state: State, training: Training) -> None:
    """Take the seeds that are finished out of the batch; the others go on unchanged."""
    leaving = [seed for seed in state.running if is_finished(state.seed_results[seed], training)]
    if leaving:
        state.done.update({seed: state.network(seed) for seed in leaving})
        staying = [n for n, seed in enumerate(state.running) if seed not in leaving]
        state.networks, state.running = state.networks.select(staying), [state.running[n] for n in staying]
        state.velocity = state.velocity.select(staying) if state.velocity else None


def is_finished(seed_result: SeedResult, training: Training) -> bool:
    """Whether the stop rule of `Training.patience` is met, or never will be: the loss is not finite, or the network has
    collapsed and gives one output for every image when the rule is due. One that never interpolated is given `patience`
    evaluations.
    """
    if seed_result.status == "diverged":
        return True
    if training.patience is None:
        return False
    due = seed_result.epochs >= training.patience * (seed_result.interpolated or training.evaluate_every)
    if seed_result.status == "collapsed":
        return due
    return due and seed_result.interpolated is not None and seed_result.loss == seed_result.validation_error == 0


def _expected_end(state: State, training: Training) -> int | None:
    first = [state.seed_results[n].interpolated for n in state.running]
    if training.patience is None or None in first:
        return training.epochs
    end = training.patience * max((epoch for epoch in first if epoch is not None), default=0) or state.epoch
    return min(end, training.epochs or end)
