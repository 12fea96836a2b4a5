"""Scale detection in the plane as a task: pairs of pixels are drawn, and images made when needed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nets.deep.task import Split
from theory.definitions.task import ScaleDetection

# pairs that are drawn at once
CHUNK = 1 << 16


@dataclass(frozen=True)
class PlaneSets:
    """Items are (n, 2) flat positions i < j of active pixels; labels +1 and −1 take turns. Nothing is augmented."""

    detection: ScaleDetection
    split: Split

    def images(self, items: np.ndarray) -> Tensor:
        """(n, 1, width, width)."""
        pixels = (self.detection.amplitude * self.detection.active(items)).astype(np.float32)
        return torch.from_numpy(pixels).view(-1, 1, self.detection.width, self.detection.width)

    def training_images(self, items: np.ndarray, epoch: int) -> Tensor:
        """The same in every epoch."""
        return self.images(items)

    def evaluated_images(self, items: np.ndarray) -> Tensor:
        """The images."""
        return self.images(items)

    def labels(self, items: np.ndarray) -> Tensor:
        """(n,) ±1, float32."""
        return torch.as_tensor(self.detection.label(items), dtype=torch.float32)


@dataclass(frozen=True)
class PlaneTask:
    """Scale detection by the sign of one output f: y f > 0 is right, and f = 0 wrong.

    "hinge": max(0, 1 − y f); "cross-entropy": ln(1 + e^(−y f))
    """

    detection: ScaleDetection

    @property
    def shape(self) -> tuple[int, int, int]:
        """(1, width, width)."""
        return 1, self.detection.width, self.detection.width

    @property
    def outputs(self) -> int:
        """1."""
        return 1

    @property
    def losses(self) -> tuple[str, ...]:
        """Both."""
        return "hinge", "cross-entropy"

    @property
    def wrap(self) -> bool:
        """Whether the lattice has no border."""
        return self.detection.wrap

    @property
    def name(self) -> str:
        """Which of the tasks."""
        return f"task {self.detection.kind}"

    @property
    def summary(self) -> str:
        """Kind, sizes, border and how many images there are."""
        task, counts = self.detection, self.detection.counts
        border = "periodic" if task.wrap else "with a border"
        return (
            f"Task {task.kind} in the plane: L = {task.width}, xi = {task.scale}, gap {task.gap:g}, {border}; "
            f"{counts[1]} + {counts[-1]} images, classes equally often"
        )

    def loss(self, name: str, outputs: Tensor, labels: Tensor) -> Tensor:
        """Mean loss of (n, 1) outputs to images with labels ±1."""
        margins = outputs[:, 0] * labels
        return (1 - margins).relu().mean() if name == "hinge" else F.softplus(-margins).mean()

    def wrong(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """(n,) y f <= 0."""
        return outputs[:, 0] * labels <= 0

    def draw(self, train: int, validation: int, test: int, seed: int) -> PlaneSets:
        """Random disjoint sets of so many images, half of each class.

        Raises ValueError where a number is odd or below 2, or the task has too few pairs.
        """
        counts, needed = self.detection.counts, train + validation + test
        for name, number in (("training", train), ("validation", validation), ("test", test)):
            if number < 2 or number % 2:
                raise ValueError(
                    f"{number} {name} images cannot hold half of each class: use an even number, 2 or more"
                )
        if needed // 2 > min(counts.values()):
            raise ValueError(
                f"{needed} images, half of each class, cannot be drawn from {counts[1]} + {counts[-1]} pairs: "
                f"use at most {2 * min(counts.values())} for training, validation and test together"
            )
        # turns (+1, −1, +1, …), so that any beginning of a set has both classes
        classes = [_draw(self.detection, y, needed // 2, np.random.default_rng([seed, 1, y > 0])) for y in (1, -1)]
        drawn = np.stack(classes, axis=1).reshape(-1, 2)
        return PlaneSets(self.detection, Split(*np.split(drawn, [train, train + validation])))


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
