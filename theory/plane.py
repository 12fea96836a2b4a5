"""Scale detection in the plane (Section 3, Fig. 8), whose images are drawn, not enumerated.

A definition, shared by every room; it holds no mathematics that is under test.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class PlaneTask:
    """Images of two active pixels among `width` × `width`: `theory.task.ScaleDetection`, but for borders and any width.

    Task 1: y = +1 if the pixels' Euclidean distance d is below the scale ξ, else −1; pairs in the gap,
    ξ−g/2 ≤ d < ξ+g/2, do not occur. With `wrap` distances are those on the torus.
    Task 2: y = +1 if both pixels lie in the same block of ξ × ξ pixels, else −1.
    Every pair of different pixels outside the gap is an image; classes are drawn equally often.

    The defaults are those of Fig. 8. Each active pixel has the value √(N/2), N = width², so that ‖x‖² = N (Section 4).
    Raises ValueError, one sentence, for a task that does not exist.
    """

    width: int = 28
    scale: int = 14
    gap: float = 2
    wrap: bool = False
    kind: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        if self.kind not in (1, 2):
            raise ValueError(f"task {self.kind} does not exist: the paper has two, use 1 or 2")
        if self.width < 2:
            raise ValueError(
                f"an image of {self.width} × {self.width} pixels cannot hold two: use a width of 2 or more"
            )
        if not 1 <= self.scale <= self.width:
            raise ValueError(
                f"the scale xi = {self.scale} does not fit the image width L = {self.width}: choose 1 <= xi <= L"
            )
        if not 0 <= self.gap < math.inf:
            raise ValueError(f"the gap g = {self.gap:g} must be a number of 0 or more: use 2")
        if self.kind == 2 and self.gap:
            raise ValueError(f"task 2 has no gap, {self.gap:g} was asked: use 0")
        if self.kind == 2 and self.width % self.scale:
            raise ValueError(
                f"blocks of xi = {self.scale} pixels do not tile L = {self.width}: choose xi that divides L"
            )
        counts = self.counts
        if min(counts.values()) == 0:
            raise ValueError(
                f"with xi = {self.scale}, gap {self.gap:g} and L = {self.width} the classes hold {counts[1]} and "
                f"{counts[-1]} pairs and neither may be empty: choose a smaller gap or another xi"
            )

    @property
    def pixels(self) -> int:
        """N = width², the number of pixels of an image."""
        return self.width**2

    @property
    def counts(self) -> dict[int, int]:
        """{+1: pairs of this label, −1: pairs of this label}, exactly, from displacements alone."""
        if self.kind == 2:
            block, pairs = self.scale**2, self.pixels * (self.pixels - 1) // 2
            same = (self.width // self.scale) ** 2 * (block * (block - 1) // 2)
            return {1: same, -1: pairs - same}
        step = np.arange(self.width)
        # ordered pairs of pixels that lie so far apart along one axis, forwards or backwards
        ways = np.full(self.width, self.width) if self.wrap else np.where(step, 2, 1) * (self.width - step)
        label = self._label_at(step[:, None], step[None, :])
        label[0, 0] = 0  # the two pixels are different
        return {y: int((np.outer(ways, ways) * (label == y)).sum()) // 2 for y in (1, -1)}

    def labels(self, pairs: np.ndarray) -> np.ndarray:
        """(n,) labels ±1 of the images with these (n, 2) flat positions of active pixels; 0: in the gap, no image."""
        rows, columns = np.divmod(np.asarray(pairs), self.width)
        if self.kind == 2:
            same = np.ptp(rows // self.scale, axis=1) + np.ptp(columns // self.scale, axis=1) == 0
            return np.where(same, 1, -1)
        return self._label_at(np.ptp(rows, axis=1), np.ptp(columns, axis=1))

    @property
    def amplitude(self) -> float:
        """√(N/2), the value of an active pixel."""
        return math.sqrt(self.pixels / 2)

    def images(self, pairs: np.ndarray) -> np.ndarray:
        """(n, width, width) images, float32, with these (n, 2) flat positions of active pixels."""
        images = np.zeros((len(pairs), self.pixels), dtype=np.float32)
        np.put_along_axis(images, np.asarray(pairs), self.amplitude, axis=1)
        return images.reshape(-1, self.width, self.width)

    def _label_at(self, down: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Labels of pairs whose pixels are so far apart along the axes, both 0 … width−1; 0: in the gap."""
        if self.wrap:
            down, right = np.minimum(down, self.width - down), np.minimum(right, self.width - right)
        squared, half = down**2 + right**2, self.gap / 2
        # half-open, as theory.task has it
        near = (squared < (self.scale - half) ** 2) & (self.scale > half)
        return np.where(near, 1, np.where(squared >= (self.scale + half) ** 2, -1, 0))
