"""Classification of real images as a task: what the images are, how they are varied in training, with what noise."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from nets.deep.task import Split
from nets.images.image_set import ImageSet
from nets.images.registry import Source, data_set, read_images
from theory.definitions.ranges import require_real, require_whole

# random numbers are seeded by the network's seed and one of these: 1 to 3 are the split's, the order's and dropout's
AUGMENTATION, NOISE_ONCE, NOISE_EVALUATED = 4, 5, 6


@dataclass(frozen=True)
class Augmentation:
    """How an image is varied anew each time that it is learned from (App. B.1).

    translation   the most pixels along either axis, all shifts equally likely; what comes in is black
    flips         whether it is mirrored, left and right, half of the times
    """

    translation: int = 0
    flips: bool = False

    def __post_init__(self) -> None:
        require_whole(self, translation=(0, 1024))


@dataclass(frozen=True)
class Noise:
    """White Gaussian noise η added to normalised images of N numbers: variance norm²/N each, E‖η‖² = norm² (Fig. 1).

    drawn    "once": an image has its noise for the whole training; "anew": another in each epoch
    errors   whether errors, those of early stopping as well, are counted on "clean" or "noisy" images
    """

    norm: float = 0
    drawn: Literal["once", "anew"] = "once"
    errors: Literal["clean", "noisy"] = "clean"

    def __post_init__(self) -> None:
        require_real(self, norm=(0, 1e30))
        if self.drawn not in ("once", "anew") or self.errors not in ("clean", "noisy"):
            raise ValueError(
                f"noise drawn {self.drawn!r}, errors on {self.errors!r} images, is unknown: use 'once' or 'anew', and "
                "'clean' or 'noisy'"
            )


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
    augmentation: Augmentation = Augmentation()
    noise: Noise = Noise()
    source: ClassVar[Source] = Source()

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

    def draw(self, train: int, validation: int, test: int, seed: int) -> "ImageSets":
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
        return ImageSets(self, images, Split(learned, stopping, tested[:test]), seed)


def image_task(
    data: str, source: Source, size: int | None = None, augmentation: Augmentation | None = None, noise: Noise = Noise()
) -> ImageTask:
    """The task of the images that are there now; by default they move by 3 pixels and are mirrored where they may be.

    Raises what `read_images` raises, and ValueError for flips of images that are others when mirrored.
    """
    known = data_set(data)
    augmentation = augmentation or Augmentation(3, known.flips)
    if augmentation.flips and not known.flips:
        raise ValueError(f"mirrored images of {data} are others: leave --flips out")
    images = read_images(data, source, size)
    task = ImageTask(data, images.digest, images.channels, images.size, images.classes, augmentation, noise)
    return task.at(source)


@dataclass(frozen=True)
class ImageSets:
    """Items are (n,) numbers of images. Values are normalised by mean and deviation of the training set, a colour at a
    time.
    """

    task: ImageTask
    data: ImageSet
    split: Split
    seed: int

    @cached_property
    def normalisation(self) -> tuple[np.ndarray, np.ndarray]:
        """(C, 1, 1) mean and standard deviation of values 0 … 1; 1 for a colour of one value."""
        values, trained = np.arange(256) / 255, self.data.pixels[self.split.train]
        counts = np.array([np.bincount(trained[:, c].ravel(), minlength=256) for c in range(self.data.channels)])
        shares = counts / counts.sum(1, keepdims=True)
        mean = shares @ values
        deviation = np.sqrt((shares * (values - mean[:, None]) ** 2).sum(1))
        return mean[:, None, None], np.where(deviation > 0, deviation, 1)[:, None, None]

    def images(self, items: np.ndarray) -> Tensor:
        """(n, C, L, L), normalised."""
        return self._normalised(self.data.pixels[items])

    def labels(self, items: np.ndarray) -> Tensor:
        """(n,) int64."""
        return torch.from_numpy(self.data.labels[items])

    def training_images(self, items: np.ndarray, epoch: int) -> Tensor:
        """Moved, mirrored, and with noise; what is drawn depends on seed, epoch and items alone."""
        draws = np.random.default_rng([self.seed, AUGMENTATION, epoch, int(items[0])])
        augmentation, noise = self.task.augmentation, self.task.noise
        images = self._normalised(augmented(self.data.pixels[items], augmentation, draws))
        if not noise.norm:
            return images
        if noise.drawn == "once":
            return images + self._own_noise(items, NOISE_ONCE)
        return images + self._scaled(draws.standard_normal(images.shape))

    def evaluated_images(self, items: np.ndarray) -> Tensor:
        """With noise, drawn once, or clean."""
        noise = self.task.noise
        images = self.images(items)
        return images + self._own_noise(items, NOISE_EVALUATED) if noise.norm and noise.errors == "noisy" else images

    def _normalised(self, pixels: np.ndarray) -> Tensor:
        mean, deviation = self.normalisation
        return torch.from_numpy(((pixels / 255 - mean) / deviation).astype(np.float32))

    def _own_noise(self, items: np.ndarray, kind: int) -> Tensor:
        """That of each image, however they are batched."""
        generators = (np.random.default_rng([self.seed, kind, int(item)]) for item in items)
        return self._scaled(np.stack([generator.standard_normal(self.task.shape) for generator in generators]))

    def _scaled(self, normal: np.ndarray) -> Tensor:
        return torch.from_numpy((normal * self.task.noise.norm / math.sqrt(normal[0].size)).astype(np.float32))


def augmented(pixels: np.ndarray, augmentation: Augmentation, draws: np.random.Generator) -> np.ndarray:
    """Copies of (n, C, L, L) bytes, each moved and mirrored by itself."""
    count, channels, size, _ = pixels.shape
    reach = augmentation.translation
    shift = draws.integers(-reach, reach + 1, size=(2, count))
    mirrored = np.less(draws.random(count), 0.5 if augmentation.flips else 0)
    framed = np.pad(pixels, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    places = np.arange(size)
    rows = places + (reach - shift[0])[:, None]
    columns = np.where(mirrored[:, None], np.flip(places), places) + (reach - shift[1])[:, None]
    image, channel = np.arange(count)[:, None, None, None], np.arange(channels)[None, :, None, None]
    return np.asarray(framed[image, channel, rows[:, None, :, None], columns[:, None, None, :]])


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
