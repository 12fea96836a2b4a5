"""The scale-detection tasks of Section 3, and a control: which images exist and how they are labelled."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from theory.definitions.ranges import require_choice, require_real, require_whole

Kind = Literal[1, 2, "parity"]
GapRule = Literal["half", "full"]
Sampling = Literal["uniform", "balanced"]

# pixels of any image
LARGEST_WIDTH = 2**22
# pixels of an image up to which all pairs of them are gone through: 8 million pairs
MOST_PIXELS = 4096


@dataclass(frozen=True)
class ScaleDetection:
    """Images of two active pixels on a lattice of `width`^`dim` pixels.

    Task 1: y = +1 if the pixels' Euclidean distance d is below the scale ξ, else −1;
    pairs in the gap, ξ−h ≤ d < ξ+h, do not occur.
    Task 2: y = +1 if both pixels lie in the same block of ξ^dim pixels, else −1.
    Task "parity", a control of ours that forbids pooling: y = +1 if the pixels are multiples of ξ apart along every
    axis, else −1; at ξ = 2, if their places have the same parity.

    gap_rule   h = gap/2 ("half": the paper's text) or h = gap ("full": its published 1D code).
    sampling   pairs equally likely ("uniform": text) or classes equally likely ("balanced": code).
    wrap       whether distances are those on the torus (Section 4), or the lattice has borders (Fig. 8).

    Each active pixel has the value √(N/2), N = width^dim, so that ‖x‖² = N (Section 4).
    Raises ValueError, one sentence, for a task that does not exist; `pairs`, `labels` and `weights`, which go through
    all images, for more than MOST_PIXELS pixels.
    """

    kind: Kind
    width: int
    scale: int
    gap: float = 0
    dim: int = 1
    gap_rule: GapRule = "half"
    sampling: Sampling = "uniform"
    wrap: bool = True

    def __post_init__(self) -> None:
        require_choice(self, kind=(1, 2, "parity"), gap_rule=("half", "full"), sampling=("uniform", "balanced"))
        require_whole(self, dim=(1, 8), width=(2, LARGEST_WIDTH), scale=(1, LARGEST_WIDTH))
        require_real(self, gap=(0, LARGEST_WIDTH))
        if self.pixels > LARGEST_WIDTH:
            raise ValueError(
                f"{self.width} pixels along each of {self.dim} axes are an image of {self.pixels}, more than "
                f"{LARGEST_WIDTH}: use a smaller width"
            )
        if not 1 <= self.scale <= self.width:
            raise ValueError(
                f"the scale xi = {self.scale} does not fit the image width L = {self.width}: choose 1 <= xi <= L"
            )
        if self.kind != 1 and self.width % self.scale:
            raise ValueError(
                f"blocks of xi = {self.scale} pixels do not tile L = {self.width}: choose xi that divides L"
            )
        if self.kind != 1 and self.gap:
            raise ValueError(f"task {self.kind} has no gap, and it is {self.gap:g}: use 0")
        counts = self.counts
        if min(counts.values()) == 0:
            raise ValueError(
                f"with xi = {self.scale}, gap {self.gap:g} and L = {self.width} the classes hold "
                f"{counts[1]} and {counts[-1]} pairs and neither may be empty: "
                "choose a smaller gap or another xi"
            )

    @property
    def pixels(self) -> int:
        """N = width^dim, the number of pixels of an image."""
        return int(self.width**self.dim)

    @property
    def half_gap(self) -> float:
        """h, the half-width of the gap around ξ."""
        return self.gap / 2 if self.gap_rule == "half" else self.gap

    @property
    def amplitude(self) -> float:
        """√(N/2), the value of an active pixel."""
        return math.sqrt(self.pixels / 2)

    @property
    def counts(self) -> dict[int, int]:
        """{+1: images of this label, −1: images of this label}, exactly, from displacements alone."""
        if self.kind == 2:
            block, every = self.scale**self.dim, self.pixels * (self.pixels - 1) // 2
            same = (self.pixels // block) * (block * (block - 1) // 2)
            return {1: same, -1: every - same}
        step = np.arange(self.width)
        # ordered pairs of pixels that lie so far apart along one axis, forwards or backwards
        along = np.full(self.width, self.width) if self.wrap else np.where(step, 2, 1) * (self.width - step)
        ways = along
        for _ in range(self.dim - 1):
            ways = np.multiply.outer(ways, along)
        label = self._label_apart(np.indices(ways.shape))
        label.flat[0] = 0  # the two pixels are different
        return {y: int((ways * (label == y)).sum()) // 2 for y in (1, -1)}

    @property
    def pairs(self) -> np.ndarray:
        """(P, 2) flat positions i < j of the active pixels, one row per image."""
        return self._images[0]

    @property
    def labels(self) -> np.ndarray:
        """(P,) labels ±1 in the order of `pairs`."""
        return self._images[1]

    @property
    def weights(self) -> np.ndarray:
        """(P,) probabilities of the images, of sum 1, in the order of `pairs`."""
        labels = self.labels
        if self.sampling == "uniform":
            return np.full(len(labels), 1 / len(labels))
        return np.asarray(0.5 / np.where(labels > 0, (labels > 0).sum(), (labels < 0).sum()))

    def label(self, pairs: np.ndarray) -> np.ndarray:
        """(n,) labels ±1 of the images with these (n, 2) flat positions of active pixels; 0: in the gap, no image."""
        first, second = (np.array(np.unravel_index(column, (self.width,) * self.dim)) for column in np.transpose(pairs))
        if self.kind == 2:
            return np.where((first // self.scale == second // self.scale).all(axis=0), 1, -1)
        return self._label_apart(np.abs(first - second))

    def active(self, pairs: np.ndarray) -> np.ndarray:
        """(B, N) number of active pixels at each place of the images with these (B, 2) pixels: x / amplitude."""
        images = np.zeros((len(pairs), self.pixels), dtype=np.int64)
        for column in pairs.T:
            images[np.arange(len(pairs)), column] += 1
        return images

    def _label_apart(self, apart: np.ndarray) -> np.ndarray:
        """Labels of pairs whose pixels lie (dim, …) steps apart along the axes, 0 … width−1; 0: in the gap."""
        if self.kind == "parity":
            return np.where((apart % self.scale == 0).all(axis=0), 1, -1)
        if self.wrap:
            apart = np.minimum(apart, self.width - apart)
        squared, half = (apart**2).sum(axis=0), self.half_gap
        # the gap is half-open, as in the published code: it alone gives the 256 and 112 pairs
        near = (squared < (self.scale - half) ** 2) & (self.scale > half)
        return np.where(near, 1, np.where(squared >= (self.scale + half) ** 2, -1, 0))

    @cached_property
    def _images(self) -> tuple[np.ndarray, np.ndarray]:
        if self.pixels > MOST_PIXELS:
            raise ValueError(
                f"an image of {self.pixels} pixels has too many pairs of pixels to go through: "
                f"use at most {MOST_PIXELS} pixels"
            )
        pairs = np.stack(np.triu_indices(self.pixels, 1), axis=1)
        labels = self.label(pairs)
        return pairs[labels != 0], labels[labels != 0]


def paper_task(kind: Literal[1, 2]) -> ScaleDetection:
    """The task as trained in App. B.2: ξ = 11, g = 4, L = 32, or ξ = 2⁵, L = 2⁷."""
    if kind == 1:
        return ScaleDetection(1, width=32, scale=11, gap=4)
    return ScaleDetection(2, width=128, scale=32)


def plane_task(kind: Literal[1, 2] = 1) -> ScaleDetection:
    """The task of Fig. 8, in the plane and with borders: ξ = 14, g = 2, L = 28; task 2, ours, has blocks of 7 × 7."""
    scale, gap = (14, 2) if kind == 1 else (7, 0)
    return ScaleDetection(kind, width=28, scale=scale, gap=gap, dim=2, sampling="balanced", wrap=False)
