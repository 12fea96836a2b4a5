"""Judgements: like with like, and able to say no."""

from dataclasses import dataclass

import numpy as np

from validate.exponents import Exponent, interval

# The fits of the exact operator keep the leading correction; the next one, relative to it A⁻¹ or k⁻¹ at A ≥ 100 and
# k ≥ 1000, moves an exponent by less than this for every filter that is admitted (tested at both ends).
EXPONENT_TOLERANCE = 1e-4
# Networks lie on the exact curve if they do so within 10 %, the smallest fault that the judgement has to notice in
# an exponent too. Rivals lie further off: the printed controls give their distances.
DISTANCE_TOLERANCE = 0.1


@dataclass(frozen=True)
class Distance:
    """How far networks lie from a curve.

    per_seed  median over layers of |ln(X_trained/X_exact)|, one for each seed
    median    mean of these; upper: end of its 95 % interval over seeds
    """

    per_seed: list[float]
    median: float
    upper: float

    @property
    def agrees(self) -> bool:
        """Whether the 95 % interval lies within the tolerance; false for fewer than two seeds."""
        return bool(self.upper <= DISTANCE_TOLERANCE)


def distance(trained: np.ndarray, curve: np.ndarray) -> Distance:
    """Distance of (S, n) measured values from one (n,) curve, or one curve each, (S, n), over the same layers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        per_seed = np.median(np.abs(np.log(trained / curve)), axis=1) if trained.size else np.empty(0)
    centre = float(per_seed.mean()) if len(per_seed) else float("nan")
    return Distance(per_seed.tolist(), centre, interval(per_seed)[1])


def same_exponent(predicted: float, simulated: Exponent, tolerance: float = EXPONENT_TOLERANCE) -> bool:
    """Whether the exponent of the exact operator is the predicted one."""
    return bool(abs(simulated.value - predicted) <= tolerance)
