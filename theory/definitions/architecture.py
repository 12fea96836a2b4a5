"""The simple CNN of Section 4 as a shape: filter size, stride, depth. A definition, shared by every room."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.definitions.ranges import require_choice, require_whole

Padding = Literal["left", "right"]

# layers, and pixels of a filter
MOST = 1024


@dataclass(frozen=True)
class Architecture:
    """`depth` identical convolutional layers with filters of `filter_size` pixels and one `stride`, on a ring.

    stride    1 or the filter size in the paper, anything between here
    padding   for even filters at stride 1: where the extra pixel of the patch lies, "left" (F/2 left and
              F/2−1 right: App. A) or "right" (the published code).

    Raises ValueError, one sentence, for a stack that cannot be built, TypeError for what is no whole number.
    """

    filter_size: int
    stride: int
    depth: int
    padding: Padding = "left"

    def __post_init__(self) -> None:
        require_whole(self, filter_size=(1, MOST), stride=(1, MOST), depth=(1, MOST))
        if self.stride > self.filter_size:
            raise ValueError(
                f"stride {self.stride} with filter size {self.filter_size} never sees some of the pixels: "
                "use a stride of at most the filter size"
            )
        require_choice(self, padding=("left", "right"))

    @property
    def offsets(self) -> np.ndarray:
        """(F,) pixels of the patch relative to its anchor: the patch of output a is s·a + offsets (mod width).

        With stride 1 patches are centred (Eqs. 13, 14); with a larger stride they begin at their anchor, and with
        stride F they tile the image (Section 4.2).
        """
        size = self.filter_size
        if self.stride > 1 or size == 1:
            return np.arange(size)
        left = size // 2 if self.padding == "left" else (size - 1) // 2
        return np.arange(size) - left

    def patches(self, width: int, dim: int = 1) -> np.ndarray:
        """((width/s)^dim, F^dim) flat input positions of each output's patch, on the torus of width^dim pixels."""
        line = (self.stride * np.arange(width // self.stride)[:, None] + self.offsets) % width
        flat = line
        for _ in range(dim - 1):
            grid = flat[:, None, :, None] * width + line[None, :, None, :]
            flat = grid.reshape(len(flat) * len(line), -1)
        return np.asarray(flat)

    def widths(self, width: int) -> list[int]:
        """[L_0, …, L_K] of an image of `width` pixels, L_k = L/s^k; raises ValueError where it does not fit."""
        if self.filter_size > width:
            raise ValueError(
                f"filter size {self.filter_size} is wider than the image, L = {width}: "
                "choose a smaller filter or a larger image"
            )
        if width % self.stride**self.depth:
            name = "F" if self.stride == self.filter_size else "s"
            step = self.stride**self.depth
            raise ValueError(
                f"L = {width} is not divisible by {name}^depth = {self.stride}^{self.depth} = {step}: "
                "choose another width or fewer layers"
            )
        return [width // self.stride**k for k in range(self.depth + 1)]


def paper_architecture(task: Literal[1, 2]) -> Architecture:
    """The network of App. B.2: 12 layers of F = 3, s = 1 for task 1; 7 layers of F = s = 2 for task 2."""
    return Architecture(3, 1, 12) if task == 1 else Architecture(2, 2, 7)
