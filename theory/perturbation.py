"""The deformation, the noise and the averages of Eq. 1. Definitions, shared by every room."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from theory.task import ScaleDetection

Move = Literal["free", "lazy", "guarded"]
Noise = Literal["rectified", "gaussian", "linear"]
NoiseNorm = Literal["average", "image"]
Denominator = Literal["independent", "distinct"]


@dataclass(frozen=True)
class Conventions:
    """The choices that Eq. 1 leaves open; the defaults are the main text's, with the noise of App. B.2.

    move         see `move_outcomes`
    noise        "rectified": φ(η) is added to the image (App. B.2, Fig. 7); "gaussian": η is added and the network's
                 own first layer rectifies it (main text); "linear": η is added to a network without any rectifier,
                 for which Section 4.2 predicts a constant G
    noise_norm   N σ² = E‖τ(x)−x‖² over all images ("average": text) or over the moves of each image alone ("image":
                 the published 2D code)
    denominator  x₁, x₂ of Eq. 1 are "independent" (text) or "distinct" images

    Raises ValueError, one sentence, for a choice that does not exist.
    """

    move: Move = "free"
    noise: Noise = "rectified"
    noise_norm: NoiseNorm = "average"
    denominator: Denominator = "independent"

    def __post_init__(self) -> None:
        choices = {
            "move": Move,
            "noise": Noise,
            "noise_norm": NoiseNorm,
            "denominator": Denominator,
        }
        for name, kind in choices.items():
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} {getattr(self, name)!r} is unknown: use one of {', '.join(get_args(kind))}")


def move_outcomes(task: ScaleDetection, move: Move) -> list[tuple[float, np.ndarray]]:
    """Where one active pixel goes, independently of the other: [(probability, (N,) destination of each pixel), …].

    free      to each of its 2·dim neighbours on the torus with equal probability (Section 4)
    lazy      the same, or stays, all equally likely (Section 3)
    guarded   as free, but a move across the image's border or out of a ξ-block is undone (published code)

    Two pixels that meet add up.
    """
    shape = (task.width,) * task.dim
    here = np.array(np.unravel_index(np.arange(task.pixels), shape))
    stays = np.arange(task.pixels)
    destinations = [] if move != "lazy" else [stays]
    for axis in range(task.dim):
        for step in (1, -1):
            there = here.copy()
            there[axis] += step
            wrapped = np.ravel_multi_index(tuple(there % task.width), shape)
            if move == "guarded":
                leaves = (there[axis] < 0) | (there[axis] >= task.width)
                if task.kind == 2:
                    leaves |= there[axis] // task.scale != here[axis] // task.scale
                wrapped = np.where(leaves, stays, wrapped)
            destinations.append(wrapped)
    return [(1 / len(destinations), destination) for destination in destinations]
