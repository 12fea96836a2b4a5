"""Motions of the plane as perturbations: translations by fractions of a pixel, rotations, scalings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from nets.models.generators import Generators, image_generators


@dataclass(frozen=True)
class Motion:
    """(p x)(r) = x(A (r − c) + c + t), c the middle of (n, C, H, W) images, by bilinear interpolation; beyond the
    border the nearest pixel.

    kind   "translation": |t| = `size` pixels in a direction drawn for each image, A = 1; "rotation": A turns by `size`
           degrees, to the left or right with equal chance; "scaling": A = 1 ± `size`, equally likely
    size   0 or more; D ~ size² for small ones, until interpolation shows

    Raises ValueError, one sentence, for what cannot be.
    """

    kind: Literal["translation", "rotation", "scaling"]
    size: float

    def __post_init__(self) -> None:
        if self.kind not in ("translation", "rotation", "scaling"):
            raise ValueError(f"motion {self.kind!r} is unknown: use 'translation', 'rotation' or 'scaling'")
        if not 0 <= self.size < math.inf or (self.kind == "scaling" and self.size >= 1):
            raise ValueError(
                f"a {self.kind} by {self.size:g} is none: use a number of 0 or more, for a scaling less than 1"
            )

    def draw(self, images: Tensor, generator: Generators) -> Tensor:
        """(n, C, H, W) images, moved."""
        if images.dim() != 4 or min(images.shape[2:]) < 2:
            raise ValueError(
                f"images of shape {tuple(images.shape)} cannot be moved: give (n, C, H, W) of 2 pixels or more"
            )
        height, width = images.shape[2:]
        # half of the image is 1, as grid_sample has it
        half = torch.tensor([(width - 1) / 2, (height - 1) / 2], dtype=torch.float64)
        uniform = torch.stack(
            [torch.rand((), generator=own, dtype=torch.float64) for own in image_generators(generator, len(images))]
        )
        affine = torch.zeros(len(images), 2, 3, dtype=torch.float64)
        affine[:, :, :2] = self._linear(uniform)
        affine[:, :, :2] *= half[None, None, :] / half[None, :, None]
        if self.kind == "translation":
            angle = 2 * math.pi * uniform
            affine[:, :, 2] = self.size * torch.stack([angle.cos(), angle.sin()], 1) / half
        grid = F.affine_grid(affine.to(images), list(images.shape), align_corners=True)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=True)

    def _linear(self, uniform: Tensor) -> Tensor:
        """(n, 2, 2) A."""
        sign = torch.where(uniform < 0.5, -1.0, 1.0)
        if self.kind == "scaling":
            return (1 + sign * self.size)[:, None, None] * torch.eye(2, dtype=torch.float64)
        angle = sign * math.radians(self.size if self.kind == "rotation" else 0.0)
        rows = [torch.stack([angle.cos(), -angle.sin()], 1), torch.stack([angle.sin(), angle.cos()], 1)]
        return torch.stack(rows, 1)


def local_slopes(sizes: Sequence[float], values: Sequence[Tensor]) -> Tensor:
    """d ln D / d ln size between neighbouring sizes, (S − 1, …) of (S, …) values: 2 where perturbations are small."""
    logarithms = torch.stack([torch.as_tensor(value, dtype=torch.float64) for value in values]).log()
    steps = torch.tensor(sizes, dtype=torch.float64).log().diff()
    return logarithms.diff(dim=0) / steps.reshape(-1, *[1] * (logarithms.dim() - 1))
