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

    spread    (widths,) root mean square of ln(X_k/curve) over seeds and layers
    slope     exponent of the spread in the width; stderr by resampling seeds
    """

    quantity: str
    spread: np.ndarray
    slope: float
    stderr: float

    @property
    def holds(self) -> bool:
        """Whether the networks tend to the curve as 1/√H: −1/2 within two standard errors, themselves at most 0.1."""
        return bool(self.stderr <= WIDEST and abs(self.slope + 0.5) <= 2 * self.stderr)


@dataclass(frozen=True)
class Initialization:
    """Task 1 of App. B.2 before training.

    infinite      D_k, G_k of the infinite network, the standard error of G_k from the noises drawn; G_same_noises
                  its G_k for the few noises that the networks got
    networks      for each width (seeds, K) of "D" and "G"
    to_infinite   networks beside the infinite network     to_constant   beside the paper's claim, X_k = X_1
    """

    infinite: Sensitivities
    G_same_noises: np.ndarray
    networks: dict[int, dict[str, np.ndarray]]
    to_infinite: list[Convergence]
    to_constant: list[Convergence]

    def change(self, quantity: str) -> float:
        """X_K/X_1 of the infinite network; 1 were it constant."""
        values = getattr(self.infinite, quantity)
        return float(values[-1] / values[0])


def initialization_of_task_1() -> Initialization:
    """The paper's architecture, images and moves; networks of WIDTHS, SEEDS each, all with the same noises for G."""
    task, architecture, conventions = paper_task(1), paper_architecture(1), Conventions()
    infinite = infinite_width.infinite_width_sensitivities(task, architecture, conventions)
    networks = {}
    for width in WIDTHS:
        found = [
            measure(
                initialize(architecture, width, [1000 * width + seed for seed in range(first, first + TOGETHER)]),
                task,
                architecture,
                conventions,
                noisy_images=NOISY_IMAGES,
            )
            for first in range(0, SEEDS, TOGETHER)
        ]
        networks[width] = {q: np.concatenate([getattr(one, q) for one in found]) for q in ("D", "G")}
    # the infinite network's G for the very noises that the networks got
    power = infinite_width.distances(*draw_noise(task, conventions, NOISY_IMAGES, seed=0), architecture).mean(axis=1)
    below = infinite_width.image_distances(task, architecture, conventions)
    curves = {"D": infinite.D, "G": power / below}
    return Initialization(
        infinite,
        curves["G"],
        networks,
        [_compare(networks, q, curve) for q, curve in curves.items()],
        [_compare(networks, q, np.full_like(curve, curve[0])) for q, curve in curves.items()],
    )


def _compare(networks: dict[int, dict[str, np.ndarray]], quantity: str, curve: np.ndarray) -> Convergence:
    square = np.array([(np.log(found[quantity] / curve) ** 2).mean(axis=1) for found in networks.values()])
    widths = np.array(list(networks), dtype=float)
    rng = np.random.default_rng(0)
    slopes = []
    for _ in range(RESAMPLES):
        drawn = np.array([rng.choice(one, len(one)).mean() for one in square])
        slopes.append(power_law(widths, np.sqrt(drawn)).value)
    spread = np.sqrt(square.mean(axis=1))
    return Convergence(quantity, spread, power_law(widths, spread).value, float(np.std(slopes, ddof=1)))
