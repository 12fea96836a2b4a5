"""Training, validation and test images of each seed, as places in `task.pairs`."""

from dataclasses import dataclass

import numpy as np

from theory.definitions.task import ScaleDetection


@dataclass(frozen=True)
class Split:
    """Disjoint sets of images; (n,) places in `task.pairs` each."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_images(task: ScaleDetection, train: int, validation: int, seed: int) -> Split:
    """Random disjoint sets: `train` images, half of each class, then at most `validation`, and the rest for the test,
    both with the classes as they come.

    Raises ValueError where the task has too few pairs.
    """
    labels = task.labels
    counts = {y: int((labels == y).sum()) for y in (1, -1)}
    most = 2 * min(min(counts.values()), (len(labels) - 1) // 2)  # one must be left to validate with
    if train < 2 or train % 2 or train > most:
        raise ValueError(
            f"{train} training images, half of each class, cannot be drawn from {counts[1]} + {counts[-1]} pairs: "
            f"use an even number from 2 to {most}"
        )
    generator = np.random.default_rng([seed, 1])
    order = generator.permutation(len(labels))
    chosen = np.concatenate([order[labels[order] == y][: train // 2] for y in (1, -1)])
    # drawn anew: of what `order` leaves, the first are all of the class that was not yet complete
    rest = generator.permutation(np.setdiff1d(order, chosen))
    return Split(chosen, rest[:validation], rest[validation:])
