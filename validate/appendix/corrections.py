"""D_k and G_k at finite depth: the corrections to Eqs. 5 and 7, and how deep a network must be for a naive fit."""

from dataclasses import dataclass

import numpy as np
import sympy as sp
from scipy.interpolate import CubicSpline

from simulate.sensitivity import one_pixel_sensitivities
from theory import finite_depth, random_walk
from theory.definitions.architecture import Architecture

# layers at which expansions are compared with the operator; the next term left out of the intercept's fit is k⁻³ᐟ²
LAYERS = np.unique(np.rint(np.geomspace(100, 10_000, 12)).astype(int))
INTERCEPT_TOLERANCE = 1e-3
SHOWN_LAYERS = np.array([2, 3, 4, 6, 8, 12, 24, 50, 100, 200, 500, 1000])
NAIVE_TOLERANCE = 0.05
# the line: the operator takes a narrower ring wherever that holds the whole kernel
WIDTH = 2**40
PLACES: dict[finite_depth.RectifiedNoise, str] = {"rectified": "the image", "gaussian": "layer 1"}


@dataclass(frozen=True)
class Term:
    """A term of an expansion: predicted by theory, and the intercept of what the operator leaves for it.

    holds            whether the two agree
    rivals_refused   whether a predicted term of 0, and a prediction wrong by 2 %, do not
    """

    name: str
    predicted: float
    measured: float
    holds: bool
    rivals_refused: bool


@dataclass(frozen=True)
class FiniteDepth:
    """How D_k ("D") or G_k ("G") tends to A_k^exponent.

    slopes      local slopes d ln X/d ln A at `layers`: of the operator, and predicted by the expansions
    depth       least K from which on a least-squares fit of ln X over all layers 1 … K is within 0.05 of the exponent
    local       the same for the local slope at K alone: measured, and predicted by the expansions
    at_twelve   the fit over layers 1 … 12
    """

    quantity: str
    exponent: int
    layers: np.ndarray
    slopes: np.ndarray
    predicted_slopes: np.ndarray
    depth: int
    local: int
    predicted_local: int
    at_twelve: float


def same(measured: float, predicted: float) -> bool:
    """Whether a measured term is the predicted one, to INTERCEPT_TOLERANCE, relatively."""
    return abs(measured - predicted) <= INTERCEPT_TOLERANCE * abs(measured)


def terms(size: int) -> list[Term]:
    """The 1/k term of D_k·2A²; growth and constant of G_k, with noise rectified in the image and by layer 1."""
    kind, architecture, k = random_walk.parity_of(size), Architecture(size, 1, 1), finite_depth.k
    exact = one_pixel_sensitivities(architecture, WIDTH, LAYERS)
    field = exact.receptive_field
    first_order = finite_depth.displacement(1, kind).coeff(k, -1).subs(random_walk.F, size)
    remainder = LAYERS * (2 * field**2 * exact.D - 1)
    judged = [_term("2A² D_k: coefficient of 1/k", first_order, _intercept(remainder, -1.0))]
    for noise, place in PLACES.items():
        g = one_pixel_sensitivities(architecture, WIDTH, LAYERS, noise).G
        growth = finite_depth.noise_growth(kind, noise).subs(random_walk.F, size)
        constant = finite_depth.noise_constant(size, noise)
        growing = sp.lambdify(k, finite_depth.noise_sensitivity(size, noise) - constant)
        judged += [
            _term(f"G_k/A_k, rectified in {place}", growth, _intercept(g / field, -0.5)),
            _term(f"G_k: constant, rectified in {place}", constant, _intercept(g - growing(LAYERS), -1.0)),
        ]
    return judged


def _term(name: str, predicted: sp.Expr, measured: float) -> Term:
    value = float(predicted)
    return Term(name, value, measured, same(measured, value), not (same(measured, 0) or same(measured, 1.02 * value)))


def finite_depths(size: int, layers: np.ndarray = SHOWN_LAYERS) -> list[FiniteDepth]:
    """Local slopes at `layers`, from layers k ± 1, and how deep a naive fit gives −2 ± 0.05 and 1 ± 0.05."""
    below, above = (one_pixel_sensitivities(Architecture(size, 1, 1), WIDTH, layers + step) for step in (-1, 1))
    distance = np.log(above.receptive_field / below.receptive_field)
    noise_slope = finite_depth.local_slope(finite_depth.noise_sensitivity(size))
    expansions = (("D", -2, finite_depth.displacement_slope(size)), ("G", 1, noise_slope))
    return [
        FiniteDepth(
            quantity,
            exponent,
            layers,
            np.log(getattr(above, quantity) / getattr(below, quantity)) / distance,
            np.asarray(sp.lambdify(finite_depth.k, slope)(layers)),
            *_settling_depths(size, quantity, exponent, slope),
        )
        for quantity, exponent, slope in expansions
    ]


def _settling_depths(size: int, quantity: str, exponent: int, slope: sp.Expr) -> tuple[int, int, int, float]:
    """The last four fields of FiniteDepth; the network is deepened until the fit has settled in its first half."""
    deepest, depth = 256, 256
    while depth > deepest / 2:
        deepest *= 4
        field, x = _every_layer(size, quantity, deepest)
        fits = fits_by_depth(field, x)
        depth = _settled(fits, exponent) + 2
    local = _settled(np.diff(np.log(x)) / np.diff(np.log(field)), exponent) + 1
    predicted = sp.lambdify(finite_depth.k, slope)(np.arange(1.0, deepest))
    return depth, local, _settled(predicted, exponent) + 1, float(fits[10])


def _every_layer(size: int, quantity: str, deepest: int) -> tuple[np.ndarray, np.ndarray]:
    """A_k and D_k or G_k for k = 1 … `deepest`; beyond 128 by cubic splines in ln k through 200 layers."""
    chosen = np.unique(np.concatenate([np.arange(1, 129), np.rint(np.geomspace(128, deepest, 200))]).astype(int))
    exact = one_pixel_sensitivities(Architecture(size, 1, 1), WIDTH, chosen)
    log_k = np.log(np.arange(1, deepest + 1))
    columns = (exact.receptive_field, getattr(exact, quantity))
    field, x = (np.exp(CubicSpline(np.log(chosen), np.log(y))(log_k)) for y in columns)
    return field, x


def fits_by_depth(field: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(K − 1,) least-squares slopes of ln X against ln A over layers 1 … 2, 1 … 3, up to 1 … K."""
    a, y = np.log(field), np.log(x)
    n = np.arange(1, len(a) + 1)
    sum_a, sum_y = np.cumsum(a), np.cumsum(y)
    covariance = np.cumsum(a * y) - sum_a * sum_y / n
    return np.asarray((covariance / np.where(n > 1, np.cumsum(a * a) - sum_a**2 / n, 1))[1:])


def _settled(slopes: np.ndarray, exponent: int) -> int:
    """The least index from which on all slopes are within NAIVE_TOLERANCE of the exponent."""
    off = np.flatnonzero(np.abs(slopes - exponent) > NAIVE_TOLERANCE)
    return int(off[-1]) + 1 if len(off) else 0


def _intercept(values: np.ndarray, power: float) -> float:
    """Limit of values = c₀ + c₁k^power + c₂k^2power for k → ∞."""
    return float(np.polynomial.polynomial.polyfit(LAYERS**power, values, 2)[0])
