"""The limit of Proposition A.1 as a rate: how fast M^k δ tends to a Gaussian, and to which it does not."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from simulate import operator
from theory import edgeworth, fokker_planck, printed, random_walk
from theory.definitions.architecture import Architecture
from validate.appendix.coefficients import drift_and_diffusion, step_variance
from validate.exponents import Exponent, corrected_power_law

# even layers, so that for even F too the kernel's centre is a pixel
LAYERS = 2 * np.unique(np.rint(np.geomspace(500, 25000, 12)).astype(int))
# Where the error is largest off the centre, pixels miss the place by up to 1/2 and the error by a fraction of order
# 1/A_k² ≤ 4/k = 4e-3 at the first of these layers, with a sign that changes from layer to layer.
RATE_TOLERANCE = 1e-3
# a ring of 16 A_k: its two ends of the Gaussian meet below e^{−32} of the peak
RING_IN_FIELDS = 16
# kernels that are drawn: half the window in A_k, points of the Gaussians
HALF_WINDOW, POINTS = 4.5, 121

Density = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Rate:
    """Convergence of one density to M^k δ, measured over `layers`.

    relative, absolute   exponents in k of sup|h_k − p_k| over the peak of h_k, and by itself
    predicted            of `relative`; that of `absolute` is lower by 1/2, as the peak falls
    constant             lim k^{−predicted} sup|h_k − p_k|/peak, and its prediction
    error                the relative errors themselves
    holds                whether it converges with the predicted rate and constant
    """

    name: str
    predicted: int
    relative: Exponent
    absolute: Exponent
    constant: float
    predicted_constant: float
    layers: np.ndarray
    error: np.ndarray
    holds: bool


@dataclass(frozen=True)
class Kernel:
    """M^k δ at pixels a, and the Gaussians with the exact and the printed coefficients on a finer grid."""

    layer: int
    a: np.ndarray
    simulated: np.ndarray
    grid: np.ndarray
    exact: np.ndarray
    printed: np.ndarray


def rates(size: int) -> list[Rate]:
    """The exact Gaussian and its first Edgeworth correction, which must hold."""
    names = ("Gaussian with exact v, D", "with its first Edgeworth term")
    return [_measure(size, name, order, expansion(size, order)) for order, name in enumerate(names)]


def rivals(size: int) -> list[Rate]:
    """Gaussians that the same judgement must refuse: as printed, D wrong by 2 %, the 1/2 of D = κ₂/2 missing."""
    v, d = map(float, drift_and_diffusion(size))
    return [
        _measure(size, "Gaussian as printed", 0, gaussian(*map(float, drift_and_diffusion(size, printed)))),
        _measure(size, "D wrong by 2 %", 0, gaussian(v, 1.02 * d)),
        _measure(size, "D without its 1/2", 0, gaussian(v, 2 * d)),
    ]


def kernel(size: int, layer: int) -> Kernel:
    """The kernel beside both Gaussians, within 4.5 A_k of their centres."""
    coefficients = [tuple(map(float, drift_and_diffusion(size, source))) for source in (random_walk, printed)]
    centres = [-v * layer for v, _ in coefficients]
    half = HALF_WINDOW * math.sqrt(step_variance(size) * layer)
    grid = np.linspace(min(centres) - half, max(centres) + half, POINTS)
    a, h = centred_kernel(size, layer)
    shown = (a > grid[0] - 1) & (a < grid[-1] + 1)
    gaussians = (gaussian(v, d)(grid, layer) for v, d in coefficients)
    return Kernel(layer, a[shown], h[shown], grid, *gaussians)


def gaussian(v: float, d: float) -> Density:
    """p(a, k) of Eqs. 11, 12 with this drift and diffusion, as a function of positions and layer."""
    symbolic = fokker_planck.gaussian_solution().subs({fokker_planck.v: v, fokker_planck.D: d})
    return sp.lambdify((fokker_planck.a, fokker_planck.k), symbolic)  # type: ignore[no-any-return]


def expansion(size: int, order: int) -> Density:
    """The Edgeworth expansion to relative order k^−order around the exact Gaussian."""
    v, d = drift_and_diffusion(size)
    field = sp.sqrt(2 * d * fokker_planck.k)
    density = edgeworth.kernel(order, random_walk.parity_of(size)).subs(random_walk.F, size) / field
    x = (fokker_planck.a + v * fokker_planck.k) / field
    symbolic = density.subs(edgeworth.x, x)
    return sp.lambdify((fokker_planck.a, fokker_planck.k), symbolic)  # type: ignore[no-any-return]


def centred_kernel(size: int, layer: int, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Positions around the kernel's centre, all of a ring of `width` pixels or of 16 A_k, and M^k δ at them."""
    sites = width or 2 * math.ceil(RING_IN_FIELDS / 2 * math.sqrt(step_variance(size) * layer))
    centre = round(-float(drift_and_diffusion(size)[0]) * layer)
    a = np.arange(-(sites // 2), sites - sites // 2) + centre
    return a, np.asarray(operator.kernel(Architecture(size, 1, 1), sites, layer)[a % sites])


def _measure(size: int, name: str, order: int, density: Density) -> Rate:
    relative, absolute = np.empty(len(LAYERS)), np.empty(len(LAYERS))
    for n, k in enumerate(LAYERS.tolist()):
        a, h = centred_kernel(size, k)
        absolute[n] = np.abs(h - density(a, k)).max()
        relative[n] = absolute[n] / h.max()
    predicted, predicted_constant = edgeworth.error_exponent(order), edgeworth.error_constant(order, size)
    slope, absolute_slope = corrected_power_law(LAYERS, relative, 1), corrected_power_law(LAYERS, absolute, 1)
    # intercept in 1/k
    constant = float(np.polynomial.polynomial.polyfit(1 / LAYERS, relative * LAYERS ** -float(predicted), 2)[0])
    holds = converges(predicted, slope.value, absolute_slope.value, constant / predicted_constant)
    return Rate(name, predicted, slope, absolute_slope, constant, predicted_constant, LAYERS, relative, holds)


def converges(predicted: int, relative: float, absolute: float, constant_ratio: float) -> bool:
    """Whether the measured exponents and the constant, over its prediction, are as predicted; the same for rivals."""
    distances = (relative - predicted, absolute - predicted + 0.5, constant_ratio - 1)
    return bool(np.abs(distances).max() <= RATE_TOLERANCE)
