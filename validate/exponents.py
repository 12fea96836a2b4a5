"""Exponents from curves: fits with honest errors, and the window of layers they are taken over."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit
from scipy.stats import linregress, t

from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection


@dataclass(frozen=True)
class Exponent:
    """A fitted exponent of X ~ A^value, its standard error, and the range and number of points of the fit."""

    value: float
    stderr: float
    first: float
    last: float
    points: int


def power_law(receptive_field: np.ndarray, x: np.ndarray) -> Exponent:
    """Least-squares slope of ln X against ln A; NaN with fewer than two points or any X that is not positive."""
    if len(x) < 2 or not (np.isfinite(x).all() and (x > 0).all()):
        return Exponent(math.nan, math.nan, math.nan, math.nan, 0)
    fit = linregress(np.log(receptive_field), np.log(x))
    return Exponent(float(fit.slope), float(fit.stderr), float(receptive_field[0]), float(receptive_field[-1]), len(x))


def corrected_power_law(receptive_field: np.ndarray, x: np.ndarray, order: int) -> Exponent:
    """Exponent α of X = c·A^α (1 + e·A^−order), the leading law with its next term; a fit of ln X."""

    def logarithm(a: np.ndarray, log_c: float, alpha: float, e: float) -> np.ndarray:
        return np.asarray(log_c + alpha * np.log(a) + np.log1p(e * a**-order))

    start = power_law(receptive_field, x)
    guess = (math.log(x[-1]) - start.value * math.log(receptive_field[-1]), start.value, 0.0)
    parameters, covariance = curve_fit(
        logarithm, receptive_field, np.log(x), p0=guess, method="trf", x_scale="jac", xtol=1e-15, ftol=1e-15
    )
    stderr = math.sqrt(covariance[1, 1])
    return Exponent(float(parameters[1]), stderr, float(receptive_field[0]), float(receptive_field[-1]), len(x))


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % confidence interval of the mean of independent values (Student); NaN for fewer than two."""
    if len(values) < 2:
        return math.nan, math.nan
    half = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


def window(task: ScaleDetection, architecture: Architecture, receptive_field: np.ndarray) -> np.ndarray:
    """(K,) mask of the layers that are judged: the first ⌈2K/3⌉, while they see less than the scale of the task.

    With stride, A_k < ξ: pooling beyond ξ would erase the label. At stride 1 a neuron sees pixels at most ξ apart,
    k(F−1) ≤ ξ: beyond, it sees pairs of both classes, and networks are free to compare them. The rule does not
    depend on D or G.
    """
    layers = np.arange(1, architecture.depth + 1)
    below = receptive_field < task.scale * (1 - 1e-9)  # A_k is measured, F^k but for rounding
    if architecture.stride == 1:
        below &= layers * (architecture.filter_size - 1) <= task.scale
    return np.asarray((layers <= math.ceil(2 * architecture.depth / 3)) & below)
