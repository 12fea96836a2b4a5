"""Training, validation and test images of a network; their pairs of pixels are drawn, and images made when needed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from theory.definitions.task import ScaleDetection

# pairs that are drawn at once
CHUNK = 1 << 16


def image_batch(task: ScaleDetection, pairs: np.ndarray) -> Tensor:
    """(n, 1, width, width) images with these (n, 2) flat positions of active pixels."""
    images = (task.amplitude * task.active(pairs)).astype(np.float32)
    return torch.from_numpy(images).view(-1, 1, task.width, task.width)


@dataclass(frozen=True)
class PlaneSplit:
    """Disjoint sets of images: (n, 2) flat positions i < j of active pixels each; labels +1 and −1 take turns."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split(task: ScaleDetection, train: int, validation: int, test: int, seed: int) -> PlaneSplit:
    """Random disjoint sets of so many images, half of each class.

    Raises ValueError where a number is odd or below 2, or the task has too few pairs.
    """
    counts, needed = task.counts, train + validation + test
    for name, number in (("training", train), ("validation", validation), ("test", test)):
        if number < 2 or number % 2:
            raise ValueError(f"{number} {name} images cannot hold half of each class: use an even number, 2 or more")
    if needed // 2 > min(counts.values()):
        raise ValueError(
            f"{needed} images, half of each class, cannot be drawn from {counts[1]} + {counts[-1]} pairs: "
            f"use at most {2 * min(counts.values())} for training, validation and test together"
        )
    # turns (+1, −1, +1, …), so that any beginning of a set has both classes
    drawn = np.stack([_draw(task, y, needed // 2, np.random.default_rng([seed, 1, y > 0])) for y in (1, -1)], axis=1)
    return PlaneSplit(*np.split(drawn.reshape(-1, 2), [train, train + validation]))


def _draw(task: ScaleDetection, label: int, count: int, order: np.random.Generator) -> np.ndarray:
    """(count, 2) different pairs of this label, all equally likely.

    Draws ordered pairs of different pixels, sorts them, and rejects those of another label and those met before.
    """
    pixels, codes = task.pixels, np.empty(0, dtype=np.int64)
    while len(codes) < count:
        i, j = np.divmod(order.integers(pixels * (pixels - 1), size=CHUNK), pixels - 1)
        pairs = np.sort(np.stack([i, j + (j >= i)], axis=1), axis=1)
        pairs = pairs[task.label(pairs) == label]
        codes = np.concatenate([codes, pairs[:, 0] * pixels + pairs[:, 1]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]
    return np.stack(np.divmod(codes[:count], pixels), axis=1)
