"""The scale-detection tasks of Section 3, and a control: which images exist and how they are labelled.

A definition, shared by every room; it holds no mathematics that is under test.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

Kind = Literal[1, 2, "parity"]
GapRule = Literal["half", "full"]
Sampling = Literal["uniform", "balanced"]

# all pairs of pixels are enumerated: 8 million of them
MOST_PIXELS = 4096


@dataclass(frozen=True)
class ScaleDetection:
    """Images of two active pixels on a periodic lattice of `width`^`dim` pixels.

    Task 1: y = +1 if the pixels' Euclidean distance d on the torus is below the scale ξ, else −1;
    pairs in the gap, ξ−h ≤ d < ξ+h, do not occur.
    Task 2: y = +1 if both pixels lie in the same block of ξ^dim pixels, else −1.
    Task "parity", a control of ours that forbids pooling: y = +1 if the pixels are multiples of ξ apart along every
    axis, else −1; at ξ = 2, if their places have the same parity.

    gap_rule   h = gap/2 ("half": the paper's text) or h = gap ("full": its published 1D code).
    sampling   pairs equally likely ("uniform": text) or classes equally likely ("balanced": code).

    Each active pixel has the value √(N/2), N = width^dim, so that ‖x‖² = N (Section 4).
    Raises ValueError, one sentence, for a task that does not exist.
    """

    kind: Kind
    width: int
    scale: int
    gap: float = 0
    dim: int = 1
    gap_rule: GapRule = "half"
    sampling: Sampling = "uniform"

    def __post_init__(self) -> None:
        if self.kind not in (1, 2, "parity"):
            raise ValueError(f"task {self.kind} does not exist: the paper has two, use 1 or 2, or 'parity'")
        if self.gap_rule not in ("half", "full") or self.sampling not in ("uniform", "balanced"):
            raise ValueError(
                f"gap rule {self.gap_rule!r} with {self.sampling!r} images is unknown: "
                "use 'half' or 'full', and 'uniform' or 'balanced'"
            )
        if self.dim < 1 or self.width < 2:
            raise ValueError(
                f"an image of {self.width} pixels in dimension {self.dim} cannot hold two active "
                "pixels: use at least 2 pixels and dimension 1"
            )
        if self.pixels > MOST_PIXELS:
            raise ValueError(
                f"an image of {self.pixels} pixels has too many pairs of pixels to go through: "
                f"use at most {MOST_PIXELS} pixels"
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
            raise ValueError(f"task {self.kind} has no gap, {self.gap:g} was asked: use 0")
        if self.gap < 0:
            raise ValueError(f"the gap g = {self.gap:g} is negative: use 0 or more")
        counts = [int((self.labels == y).sum()) for y in (1, -1)]
        if min(counts) == 0:
            raise ValueError(
                f"with xi = {self.scale}, gap {self.gap:g} and L = {self.width} the classes hold "
                f"{counts[0]} and {counts[1]} pairs and neither may be empty: "
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
        return float(np.sqrt(self.pixels / 2))

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

    def active(self, pairs: np.ndarray) -> np.ndarray:
        """(B, N) number of active pixels at each place of the images with these (B, 2) pixels: x / amplitude."""
        images = np.zeros((len(pairs), self.pixels), dtype=np.int64)
        for column in pairs.T:
            images[np.arange(len(pairs)), column] += 1
        return images

    @cached_property
    def _images(self) -> tuple[np.ndarray, np.ndarray]:
        i, j = np.triu_indices(self.pixels, 1)
        shape = (self.width,) * self.dim
        at_i, at_j = np.array(np.unravel_index(i, shape)), np.array(np.unravel_index(j, shape))
        if self.kind == 2:
            same = (at_i // self.scale == at_j // self.scale).all(axis=0)
            return np.stack([i, j], axis=1), np.where(same, 1, -1)
        apart = np.abs(at_i - at_j)
        if self.kind == "parity":
            return np.stack([i, j], axis=1), np.where((apart % self.scale == 0).all(axis=0), 1, -1)
        squared = (np.minimum(apart, self.width - apart) ** 2).sum(axis=0)
        half = self.half_gap
        # the gap is half-open, as in the published code: it alone gives the 256 and 112 pairs
        near = (squared < (self.scale - half) ** 2) & (self.scale > half)
        far = squared >= (self.scale + half) ** 2
        valid = near | far
        return np.stack([i, j], axis=1)[valid], np.where(near, 1, -1)[valid]


def paper_task(kind: Literal[1, 2]) -> ScaleDetection:
    """The task as trained in App. B.2: ξ = 11, g = 4, L = 32, or ξ = 2⁵, L = 2⁷."""
    if kind == 1:
        return ScaleDetection(1, width=32, scale=11, gap=4)
    return ScaleDetection(kind, width=128, scale=32)
