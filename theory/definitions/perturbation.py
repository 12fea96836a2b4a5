"""The deformation, the noise and the averages of Eq. 1. Definitions, shared by every room."""

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np

from theory.definitions.ranges import require_choice
from theory.definitions.task import ScaleDetection

Move = Literal["free", "lazy", "guarded", "rounded"]
Noise = Literal["rectified", "gaussian", "linear"]
NoiseNorm = Literal["average", "image"]
Denominator = Literal["independent", "distinct"]


@dataclass(frozen=True)
class Conventions:
    """The choices that Eq. 1 leaves open; the defaults are the main text's, with the noise of App. B.2.

    move         see `equal_steps`
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
        require_choice(
            self,
            move=get_args(Move),
            noise=get_args(Noise),
            noise_norm=get_args(NoiseNorm),
            denominator=get_args(Denominator),
        )


def equal_steps(move: Move, dim: int) -> list[tuple[int, ...]]:
    """The steps of one active pixel in `dim` dimensions, all equally likely; one listed twice is twice as likely.

    free      to each of its 2·dim neighbours (Section 4)
    lazy      the same, or stays (Section 3)
    guarded   as free; what crosses a border is undone (published 1D code)
    rounded   a unit vector of random direction, rounded to whole pixels (published 2D code): in the plane 1/6 to each
              of the 4 neighbours and 1/12 to each of the 4 diagonal ones; it never stays. On a line: free

    Raises ValueError, one sentence, for rounded steps in more than two dimensions.
    """
    along = [tuple(way * (axis == other) for other in range(dim)) for axis in range(dim) for way in (-1, 1)]
    if move == "lazy":
        return [*along, (0,) * dim]
    if move != "rounded" or dim == 1:
        return along
    if dim > 2:
        raise ValueError(f"rounded moves are of a line or a plane, not of dimension {dim}: use 'free' or 'lazy'")
    return [*along, *along, *product((-1, 1), repeat=2)]


def move_outcomes(task: ScaleDetection, move: Move) -> list[tuple[float, np.ndarray]]:
    """Where one active pixel goes on the torus, independently of the other, by the steps of `equal_steps`:
    [(probability, (N,) destination of each pixel), …].

    A guarded step across the image's border or out of a ξ-block is undone. Two pixels that meet add up.
    """
    shape = (task.width,) * task.dim
    stays = np.arange(task.pixels)
    places = np.array(np.unravel_index(stays, shape))
    steps = equal_steps(move, task.dim)
    outcomes = []
    for step, times in Counter(steps).items():
        moved = places + np.array(step)[:, None]
        destination = np.ravel_multi_index(tuple(moved % task.width), shape)
        if move == "guarded":
            leaves = ((moved < 0) | (moved >= task.width)).any(0)
            if task.kind == 2:
                leaves |= (moved // task.scale != places // task.scale).any(0)
            destination = np.where(leaves, stays, destination)
        outcomes.append((times / len(steps), destination))
    return outcomes
