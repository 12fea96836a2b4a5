"""The deformation of scale detection, for images of few active pixels."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nets.models.generators import Generators, image_generators
from theory.definitions.perturbation import equal_steps
from theory.definitions.ranges import require_choice


@dataclass(frozen=True)
class PixelMoves:
    """The deformation of scale detection: each pixel of (n, C, …) images makes a step of `equal_steps`, all channels
    together, independently of all other pixels; those that meet add up.
    It is meant for few active pixels on a background of 0.

    move   "lazy": to a neighbour, 2 along each axis, or stays, all equally likely (Section 3); "free": never stays
           (Section 4); "rounded": a random unit vector, rounded (published 2D code), for a line or a plane
    wrap   whether images are periodic; if not, the part of a step that crosses the border is undone
    """

    move: Literal["lazy", "free", "rounded"] = "lazy"
    wrap: bool = False

    def __post_init__(self) -> None:
        require_choice(self, move=("lazy", "free", "rounded"))

    def draw(self, images: Tensor, generator: Generators) -> Tensor:
        """(n, C, …) images, moved."""
        count, channels, *sides = images.shape
        places = [
            side.expand(count, *sides).clone() for side in torch.meshgrid(*map(torch.arange, sides), indexing="ij")
        ]
        steps = torch.tensor(equal_steps(self.move, len(sides)))
        drawn = torch.stack(
            [torch.randint(len(steps), sides, generator=each) for each in image_generators(generator, count)]
        )
        flat = torch.zeros(count, *sides, dtype=torch.long)
        for axis, (place, side) in enumerate(zip(places, sides, strict=True)):
            place += steps[drawn, axis]
            flat = flat * side + (place % side if self.wrap else place.clamp(0, side - 1))
        target = flat.view(count, 1, -1).expand(count, channels, -1).to(images.device)
        return torch.zeros_like(images).flatten(2).scatter_add_(2, target, images.flatten(2)).view(images.shape)
