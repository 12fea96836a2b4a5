"""What a convolution reads along one axis, and marks moved and combined by it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nets.models.operation import no_mark


@dataclass(frozen=True)
class Window:
    """What a convolution, or a transposed one, reads along one axis."""

    size: int
    stride: int
    padding: int
    dilation: int
    transposed: bool
    count: int

    def maximum(self, mark: Tensor, dim: int) -> Tensor:
        """Of each of the `count` windows."""
        span = self.dilation * (self.size - 1)
        windows = self._laid_out(mark, dim, span).unfold(dim, span + 1, 1 if self.transposed else self.stride)
        return windows[..., :: self.dilation].amax(-1)

    def middle(self, mark: Tensor, dim: int) -> Tensor:
        """The mark in the middle of each window, on padding that of the nearest pixel."""
        position = torch.arange(self.count, device=mark.device)
        middle = self.dilation * (self.size - 1) / 2
        read = (
            (position + self.padding - middle) / self.stride
            if self.transposed
            else position * self.stride - self.padding + middle
        )
        return mark.index_select(dim, read.floor().long().clamp(0, mark.shape[dim] - 1))

    def _laid_out(self, mark: Tensor, dim: int, span: int) -> Tensor:
        """With zeros between and around, and cut to what the windows read."""
        step = self.stride if self.transposed else 1
        before = span - self.padding if self.transposed else self.padding
        needed = span + 1 + (self.count - 1) * (1 if self.transposed else self.stride)
        place = before + step * torch.arange(mark.shape[dim], device=mark.device)
        kept = (place >= 0) & (place < needed)
        shape = list(mark.shape)
        shape[dim] = needed
        laid_out = no_mark(shape)
        return laid_out.index_copy_(dim, place[kept], mark.index_select(dim, kept.nonzero()[:, 0]))
