"""The deformation and the noise of Eq. 1. Definitions, shared by every room."""

from typing import Literal, get_args

import numpy as np

from theory.task import ScaleDetection

Move = Literal["free", "lazy", "guarded"]
Noise = Literal["rectified", "gaussian", "linear"]
NoiseNorm = Literal["average", "image"]
Denominator = Literal["independent", "distinct"]

MOVES: tuple[str, ...] = get_args(Move)
NOISES: tuple[str, ...] = get_args(Noise)
NOISE_NORMS: tuple[str, ...] = get_args(NoiseNorm)
DENOMINATORS: tuple[str, ...] = get_args(Denominator)

# Noise: "rectified" adds φ(η) to the image (App. B.2, Fig. 7); "gaussian" adds η and leaves the
# rectification to the network's own first layer (main text); "linear" adds η to a network without any
# rectifier, for which Section 4.2 predicts a constant G.
# NoiseNorm: N σ² = E‖τ(x)−x‖² over all images ("average", main text) or over the moves of each image alone
# ("image": the published 2D code).
# Denominator: x₁, x₂ of Eq. 1 independent ("independent": text) or different images ("distinct").


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
