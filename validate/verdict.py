"""Exponents that are the same, and how far values lie from a curve."""

import numpy as np

from validate.exponents import Exponent

# The fits of the exact operator keep the leading correction; the next one, relative to it A⁻¹ or k⁻¹ at A ≥ 100 and
# k ≥ 1000, moves an exponent by less than this for every filter that is admitted (tested at both ends).
EXPONENT_TOLERANCE = 1e-4


def distance(trained: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """(S,) median over layers of |ln(X_trained/X_curve)| of (S, n) measured values from one (n,) curve, or one curve
    each, (S, n), over the same layers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.median(np.abs(np.log(trained / curve)), axis=1)) if trained.size else np.empty(0)


def same_exponent(predicted: float, simulated: Exponent, tolerance: float = EXPONENT_TOLERANCE) -> bool:
    """Whether the exponent of the exact operator is the predicted one."""
    return bool(abs(simulated.value - predicted) <= tolerance)
