"""What Eq. 1 does to images: pixel moves, diffeomorphisms, noise of a given norm, and functions of the user's."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from nets.models.diffeomorphisms import Convention, Diffeomorphisms
from nets.models.generators import Generators, image_generators, normal, stream
from nets.models.pixel_moves import PixelMoves
from theory.definitions.ranges import require_choice

__all__ = [
    "AddedNoise",
    "Convention",
    "Diffeomorphisms",
    "Perturbation",
    "PixelMoves",
    "image_generators",
    "perturb",
    "prepared",
    "stream",
    "warning_of",
]


@runtime_checkable
class Random(Protocol):
    """A perturbation that draws random numbers."""

    def draw(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Perturbed copies of the (n, C, …) images."""


# `Random`, or any function from images to images
Perturbation = Random | Callable[[Tensor], Tensor]


def perturb(perturbation: Perturbation, images: Tensor, generator: Generators) -> Tensor:
    """Perturbed copies of the images, with the generator's random numbers where any are drawn.

    Each image has a generator of its own, seeded by `generator`, so that cutting images into batches changes nothing.
    """
    if isinstance(perturbation, PixelMoves | Diffeomorphisms | AddedNoise):
        return perturbation.draw(images, generator)
    if isinstance(perturbation, Random):
        own = image_generators(generator, len(images))
        return torch.cat([perturbation.draw(images[n : n + 1], each) for n, each in enumerate(own)])
    return perturbation(images)


def prepared(
    perturbation: Perturbation, images: Callable[[], Iterable[Tensor]], generator: torch.Generator
) -> Perturbation:
    """The perturbation, with the norm of noise that is an average over all images measured on all of them, batch by
    batch.
    """
    if (
        not isinstance(perturbation, AddedNoise)
        or perturbation.norm != "average"
        or isinstance(perturbation.like, float | int)
    ):
        return perturbation
    squares = [perturbation.norms(batch, image_generators(generator, len(batch))).square() for batch in images()]
    return replace(perturbation, like=math.sqrt(float(torch.cat(squares).mean())))


def warning_of(name: str, perturbation: Perturbation, images: Tensor, fields: int = 100) -> str | None:
    """A sentence about deformations of which some fold the image, so that they are no diffeomorphisms."""
    if not isinstance(perturbation, Diffeomorphisms) or images.dim() != 4:
        return None
    share = perturbation.folded(fields, (images.shape[2], images.shape[3]), torch.Generator().manual_seed(0))
    return (
        f"{share:.0%} of the fields of {name} fold the image: use a smaller displacement or cut-off" if share else None
    )


@dataclass(frozen=True)
class AddedNoise:
    """White Gaussian noise η added to images, with the norm of a perturbation's p(x) − x.

    like        the perturbation, drawn anew for this; or a number, ‖η‖ itself
    norm        "image": ‖η‖ = ‖p(x) − x‖ for each image, exactly (published 2D code); "average": a pixel's variance is
                E‖p(x) − x‖²/N over all images, N numbers in an image (main text)
    rectified   whether φ(η) = max(0, η) is added (App. B.2)
    """

    like: Perturbation | float
    norm: Literal["image", "average"] = "image"
    rectified: bool = False

    def __post_init__(self) -> None:
        require_choice(self, norm=("image", "average"))
        if isinstance(self.like, float | int) and not 0 <= self.like < math.inf:
            raise ValueError(f"the norm of the noise is {self.like:g} and must be a number of 0 or more: use 1")

    def draw(self, images: Tensor, generator: Generators) -> Tensor:
        """(n, C, …) images with noise. An average is over these images; `prepared` takes it over all batches."""
        own = image_generators(generator, len(images))
        noise = normal(images.shape[1:], own).flatten(1)
        norm = self.norms(images, own)
        if self.norm == "image":
            noise *= norm / noise.norm(dim=1, keepdim=True)
        else:
            noise *= norm.square().mean().sqrt() / math.sqrt(noise.shape[1])
        noise = noise.relu() if self.rectified else noise
        return images + noise.view(images.shape).to(images)

    def norms(self, images: Tensor, generator: Generators) -> Tensor:
        """(n, 1) ‖p(x) − x‖ of what the noise is like, float64."""
        if isinstance(self.like, float | int):
            return torch.full((len(images), 1), float(self.like), dtype=torch.float64)
        apart = (perturb(self.like, images.clone(), generator) - images).double().flatten(1).cpu()
        norms: Tensor = apart.norm(dim=1, keepdim=True)
        return norms
