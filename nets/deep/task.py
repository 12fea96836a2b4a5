"""What a deep network is trained on: a task, and the sets of images that are drawn of it for one network."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Disjoint sets of items, whatever a task names an image by: rows of integers, one for each image."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


class Sets(Protocol):
    """The images of one network's training. Images are (n, C, L, L) float32, labels (n,)."""

    @property
    def split(self) -> Split: ...

    def training_images(self, items: np.ndarray, epoch: int) -> Tensor:
        """What is learned from in this epoch: augmented, with noise."""

    def evaluated_images(self, items: np.ndarray) -> Tensor:
        """What errors of validation and test are counted on."""

    def images(self, items: np.ndarray) -> Tensor:
        """As they are: what Eq. 1 is measured on."""

    def labels(self, items: np.ndarray) -> Tensor: ...


class Task(Protocol):
    """A frozen dataclass whose fields, which JSON can hold, name what is learned, wherever its data lie.

    shape     (C, L, L) of an image         outputs   numbers f that a network gives for an image
    losses    those that suit it            wrap      whether moves in the image go around its border
    name      a word or two for titles          summary   a line for what is printed
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def shape(self) -> tuple[int, int, int]: ...

    @property
    def outputs(self) -> int: ...

    @property
    def losses(self) -> tuple[str, ...]: ...

    @property
    def wrap(self) -> bool: ...

    @property
    def name(self) -> str: ...

    @property
    def summary(self) -> str: ...

    def draw(self, train: int, validation: int, test: int, seed: int) -> Sets:
        """Disjoint sets of so many images; raises ValueError, one sentence, where there are too few."""

    def loss(self, name: str, outputs: Tensor, labels: Tensor) -> Tensor:
        """Mean loss of (n, outputs) outputs."""

    def wrong(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """(n,) whether the answer is wrong."""
