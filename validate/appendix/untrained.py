"""The claim "both D_k and G_k are constant with respect to k at initialization" (Section 4.1), put to the test."""

from dataclasses import dataclass

import numpy as np

from nets.simple.network import initialize
from nets.simple.sensitivity import draw_noise, measure
from simulate import infinite_width
from theory.definitions.architecture import paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import paper_task
from validate.exponents import power_law

TASK, ARCHITECTURE, CONVENTIONS = paper_task(1), paper_architecture(1), Conventions()
# 1/√H is the law for H ≫ K: at width 16, twelve layers scatter too much for it
WIDTHS = (32, 64, 128, 256)
SEEDS = 48
TOGETHER = 4
NOISY_IMAGES = 32
RESAMPLES = 400
# an exponent known less well than this could not tell 1/√H from no convergence
WIDEST = 0.1


@dataclass(frozen=True)
class Convergence:
    """Untrained networks of growing width beside a curve, the infinite network's or a rival.

    spread   (widths,) root mean square of ln(X_k/curve) over seeds and layers; the line closest to it is
             prefactor/√H
    slope    exponent of the spread in the width; stderr by resampling seeds
    holds    whether the networks tend to the curve as 1/√H: −1/2 within two standard errors, themselves at most 0.1
    """

    quantity: str
    spread: np.ndarray
    prefactor: float
    slope: float
    stderr: float
    holds: bool


@dataclass(frozen=True)
class Initialization:
    """Task 1 of App. B.2 before training.

    infinite       D_k, G_k of the infinite network, the standard error of G_k from the noises drawn
    same_noises    its D_k, and its G_k for the few noises that the networks got
    change         X_K/X_1 of the infinite network; 1 were it constant
    networks       for each width (seeds, K) of "D" and "G"
    to_infinite    networks beside the infinite network     to_constant   beside the paper's claim, X_k = X_1
    """

    infinite: Sensitivities
    same_noises: dict[str, np.ndarray]
    noisy_images: int
    change: dict[str, float]
    networks: dict[int, dict[str, np.ndarray]]
    to_infinite: tuple[Convergence, ...]
    to_constant: tuple[Convergence, ...]


def initialization_of_task_1() -> Initialization:
    """The paper's architecture, images and moves; networks of WIDTHS, SEEDS each, all with the same noises for G."""
    infinite = infinite_width.infinite_width_sensitivities(TASK, ARCHITECTURE, CONVENTIONS)
    networks = {width: _networks(width) for width in WIDTHS}
    # the infinite network's G for the very noises that the networks got
    power = infinite_width.distances(*draw_noise(TASK, CONVENTIONS, NOISY_IMAGES, seed=0), ARCHITECTURE).mean(axis=1)
    curves = {"D": infinite.D, "G": power / infinite_width.image_distances(TASK, ARCHITECTURE, CONVENTIONS)}
    return Initialization(
        infinite,
        curves,
        NOISY_IMAGES,
        {q: float(values[-1] / values[0]) for q, values in (("D", infinite.D), ("G", infinite.G))},
        networks,
        tuple(_compare(networks, q, curve) for q, curve in curves.items()),
        tuple(_compare(networks, q, np.full_like(curve, curve[0])) for q, curve in curves.items()),
    )


def _networks(width: int) -> dict[str, np.ndarray]:
    """(SEEDS, K) of "D" and "G" of untrained networks."""
    measured = []
    for first in range(1000 * width, 1000 * width + SEEDS, TOGETHER):
        networks = initialize(ARCHITECTURE, width, [*range(first, first + TOGETHER)])
        measured.append(measure(networks, TASK, ARCHITECTURE, CONVENTIONS, noisy_images=NOISY_IMAGES))
    return {q: np.concatenate([getattr(batch, q) for batch in measured]) for q in ("D", "G")}


def _compare(networks: dict[int, dict[str, np.ndarray]], quantity: str, curve: np.ndarray) -> Convergence:
    squares = np.array([(np.log(values[quantity] / curve) ** 2).mean(axis=1) for values in networks.values()])
    widths = np.array(list(networks), dtype=float)
    rng = np.random.default_rng(0)
    resampled = ([rng.choice(seeds, len(seeds)).mean() for seeds in squares] for _ in range(RESAMPLES))
    slopes = [power_law(widths, np.sqrt(means)).value for means in resampled]
    spread = np.sqrt(squares.mean(axis=1))
    slope, stderr = power_law(widths, spread).value, float(np.std(slopes, ddof=1))
    holds = bool(stderr <= WIDEST and abs(slope + 0.5) <= 2 * stderr)
    return Convergence(quantity, spread, float(np.exp(np.log(spread * np.sqrt(widths)).mean())), slope, stderr, holds)
