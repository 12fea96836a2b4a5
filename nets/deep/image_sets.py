"""The images of one network's training: normalised, varied anew in each epoch, with noise."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from nets.deep.task import Split
from nets.images.image_set import ImageSet
from theory.definitions.ranges import require_choice, require_real, require_whole

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
        require_choice(self, drawn=("once", "anew"), errors=("clean", "noisy"))


@dataclass(frozen=True)
class ImageSets:
    """Items are (n,) numbers of images. Values are normalised by mean and deviation of the training set, a colour at a
    time.
    """

    data: ImageSet
    split: Split
    augmentation: Augmentation
    noise: Noise
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
        images = self._normalised(augmented(self.data.pixels[items], self.augmentation, draws))
        if not self.noise.norm:
            return images
        if self.noise.drawn == "once":
            return images + self._own_noise(items, NOISE_ONCE)
        return images + self._scaled(draws.standard_normal(images.shape))

    def evaluated_images(self, items: np.ndarray) -> Tensor:
        """With noise, drawn once, or clean."""
        noisy = self.noise.norm and self.noise.errors == "noisy"
        return self.images(items) + self._own_noise(items, NOISE_EVALUATED) if noisy else self.images(items)

    def _normalised(self, pixels: np.ndarray) -> Tensor:
        mean, deviation = self.normalisation
        return torch.from_numpy(((pixels / 255 - mean) / deviation).astype(np.float32))

    def _own_noise(self, items: np.ndarray, kind: int) -> Tensor:
        """That of each image, however they are batched."""
        generators = (np.random.default_rng([self.seed, kind, int(item)]) for item in items)
        return self._scaled(
            np.stack([generator.standard_normal(self.data.pixels.shape[1:]) for generator in generators])
        )

    def _scaled(self, normal: np.ndarray) -> Tensor:
        return torch.from_numpy((normal * self.noise.norm / math.sqrt(normal[0].size)).astype(np.float32))


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
