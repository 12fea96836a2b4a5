"""Labelled images as they come from a data set."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from PIL import Image

# a network for small images reads this many pixels a side or more
SMALLEST, LARGEST = 16, 1024


@dataclass(frozen=True)
class ImageSet:
    """Images of one size, in the order of the data set.

    pixels     (n, C, L, L) uint8, C = 1 (grey) or 3 (red, green, blue)     labels   (n,) int64, 0 … classes − 1
    training   the first so many are the training set, the others the test set; n where the data set has no test set
    left_out   a sentence for each file that was left out

    Raises ValueError, one sentence, for what no network can be trained on.
    """

    pixels: np.ndarray
    labels: np.ndarray
    classes: int
    training: int
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 4 or shape[1] not in (1, 3) or shape[2] != shape[3]:
            raise ValueError(
                f"images of {self.pixels.dtype} and shape {shape[1:]} cannot be used: give squares of bytes, grey or "
                "in three colours"
            )
        if len(self.labels) != len(self.pixels):
            raise ValueError(
                f"{len(self.pixels)} images have {len(self.labels)} labels: give one to each, from one data set"
            )
        present = np.unique(self.labels)
        if len(present) < 2:
            raise ValueError(
                f"{len(self.pixels)} images of {len(present)} classes cannot be told apart: give two classes or more"
            )
        if present[0] < 0 or present[-1] >= self.classes:
            raise ValueError(f"the label {present[-1]} is not below {self.classes}, the number of classes: repair it")

    @property
    def channels(self) -> int:
        """C."""
        return int(self.pixels.shape[1])

    @property
    def size(self) -> int:
        """L, pixels a side."""
        return int(self.pixels.shape[2])

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits of SHA-256 over shape, pixels, labels and where the test set begins."""
        digest = hashlib.sha256(f"{self.pixels.shape} {self.classes} {self.training}".encode())
        digest.update(np.ascontiguousarray(self.pixels).data)
        digest.update(self.labels.astype("<i8").data)
        return digest.hexdigest()[:16]

    def resized(self, size: int) -> "ImageSet":
        """The same with `size` pixels a side, by bilinear interpolation, with antialiasing where they become fewer."""
        if size == self.size:
            return self
        pixels = np.empty((len(self.pixels), self.channels, size, size), dtype=np.uint8)
        for n, image in enumerate(self.pixels):
            for c, channel in enumerate(image):
                small = Image.fromarray(channel).resize((size, size), Image.Resampling.BILINEAR)
                pixels[n, c] = np.asarray(small)
        return replace(self, pixels=pixels)
