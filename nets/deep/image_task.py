"""Classification of real images as a task."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from nets.deep.image_sets import Augmentation, ImageSets, Noise
from nets.deep.task import Split
from nets.images.registry import Source, data_set, read_images


@dataclass(frozen=True)
class ImageTask:
    """The classes of a data set. `digest` names its content; where the files lie travels with the value, and is not
    part of what it is.
    """

    data: str
    digest: str
    channels: int
    size: int
    classes: int
    augmentation: Augmentation = field(default_factory=Augmentation)
    noise: Noise = field(default_factory=Noise)
    source: ClassVar[Source] = Source()

    def __post_init__(self) -> None:
        if self.augmentation.translation >= self.size:
            raise ValueError(
                f"translations by {self.augmentation.translation} pixels leave nothing of an image of {self.size}: use "
                f"--translation {self.size - 1} or less"
            )

    def at(self, source: Source) -> "ImageTask":
        """The same task, its files there."""
        located = replace(self)
        object.__setattr__(located, "source", source)
        return located

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, size, size)."""
        return self.channels, self.size, self.size

    @property
    def outputs(self) -> int:
        """One for each class."""
        return self.classes

    @property
    def losses(self) -> tuple[str, ...]:
        """That of softmax."""
        return ("cross-entropy",)

    @property
    def wrap(self) -> bool:
        """Photographs have borders."""
        return False

    @property
    def name(self) -> str:
        """That of the data."""
        return self.data

    @property
    def summary(self) -> str:
        """Data, its digest, sizes, augmentation and noise."""
        flips = ", flips" if self.augmentation.flips else ""
        noise = (
            f"; noise of norm {self.noise.norm:g} drawn {self.noise.drawn}, errors on {self.noise.errors} images"
            if self.noise.norm
            else ""
        )
        return (
            f"Data {self.data} (digest {self.digest}): {self.classes} classes, {self.channels} × {self.size} × "
            f"{self.size}; translations by ±{self.augmentation.translation} pixels{flips}{noise}"
        )

    def loss(self, name: str, outputs: Tensor, labels: Tensor) -> Tensor:
        """Mean of −ln softmax(f)_y over (n, classes) outputs."""
        return F.cross_entropy(outputs, labels)

    def wrong(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """(n,) whether another class has the largest output, or one as large."""
        own = outputs.gather(1, labels[:, None])
        return (outputs >= own).sum(1) > 1

    def draw(self, train: int, validation: int, test: int, seed: int) -> ImageSets:
        """Random disjoint sets, the test set from the data set's own where it has one.

        Raises ValueError, one sentence, where there are too few images, or the files hold other ones than the digest
        says.
        """
        images = read_images(self.data, self.source, self.size)
        if images.digest != self.digest:
            raise ValueError(
                f"the files of {self.data} hold other images than this run's, digest {images.digest}, not "
                f"{self.digest}: put those back, or begin anew"
            )
        own_test = images.training < len(images.labels)
        order = np.random.default_rng([seed, 1])
        pool = order.permutation(images.training)
        rest = images.training + order.permutation(len(images.labels) - images.training)
        tested = rest if own_test else pool[train + validation :]
        _require_enough(self.data, train + validation, test, len(pool), len(rest) if own_test else None)
        learned, stopping = pool[:train], pool[train : train + validation]
        split = Split(learned, stopping, tested[:test])
        return ImageSets(images, split, self.augmentation, self.noise, seed)


def image_task(
    data: str,
    source: Source,
    size: int | None = None,
    augmentation: Augmentation | None = None,
    noise: Noise | None = None,
) -> ImageTask:
    """The task of the images that are there now; by default they move by 3 pixels and are mirrored where they may be.

    Raises what `read_images` raises, and ValueError for flips of images that are others when mirrored.
    """
    known = data_set(data)
    augmentation = augmentation or Augmentation(3, known.flips)
    if augmentation.flips and not known.flips:
        raise ValueError(f"mirrored images of {data} are others: leave --flips out")
    images = read_images(data, source, size)
    task = ImageTask(data, images.digest, images.channels, images.size, images.classes, augmentation, noise or Noise())
    return task.at(source)


def _require_enough(data: str, learned: int, tested: int, training: int, own_test: int | None) -> None:
    """Raises ValueError, one sentence, where the data set has fewer images than are needed."""
    if own_test is None and learned + tested > training:
        raise ValueError(
            f"{learned} images for training and validation and {tested} for the test cannot be drawn from {training} "
            f"of {data}: use fewer with --training-images, --validation-images or --test-images"
        )
    if own_test is not None and (learned > training or tested > own_test):
        raise ValueError(
            f"{learned} images for training and validation and {tested} for the test cannot be drawn from the "
            f"{training} and {own_test} of {data}: use fewer with --training-images, --validation-images or "
            "--test-images"
        )
