"""Random numbers of images: a stream for each perturbation, a generator for each image."""

import zlib
from collections.abc import Sequence

import torch
from torch import Tensor

# one for all images, or one for each of them
Generators = torch.Generator | Sequence[torch.Generator]


def stream(perturbation: str, seed: int) -> torch.Generator:
    """The generator of the perturbation of this name, whatever others there are; names with the same first word share
    it, so that "D 0.1" and "D 0.2" differ by the size alone.
    """
    return torch.Generator().manual_seed((seed << 32) + zlib.crc32(perturbation.partition(" ")[0].encode()))


def image_generators(generator: Generators, count: int) -> Sequence[torch.Generator]:
    """A generator for each image."""
    if not isinstance(generator, torch.Generator):
        return generator
    return [torch.Generator().manual_seed(n) for n in torch.randint(2**62, (count,), generator=generator).tolist()]


def normal(shape: Sequence[int], own: Sequence[torch.Generator]) -> Tensor:
    """(n, …) float64 standard normal numbers, of each image's generator."""
    drawn = torch.empty(len(own), *shape, dtype=torch.float64)
    for numbers, generator in zip(drawn, own, strict=True):
        numbers.normal_(generator=generator)
    return drawn
