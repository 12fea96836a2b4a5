"""Whether networks lie on a curve: in every layer and in the slope, within stated margins."""

import math
from dataclasses import dataclass

import numpy as np

from validate.statistics import Estimate, Verdict, equivalence, estimate

# The smallest faults that the judgement has to notice are a level 8 % off and an exponent 10 % off. A fault of exactly
# the margin is accepted in 5 of 100 cases: margins of three quarters of the faults keep these rarer.
LEVEL_MARGIN = math.log(1.06)
SLOPE_MARGIN = 0.075


@dataclass(frozen=True)
class CurveTest:
    """Whether networks lie on a curve: estimates of ln(trained/curve) in each layer judged, and of its slope."""

    levels: tuple[Estimate, ...]
    slope: Estimate
    verdict: Verdict

    @property
    def worst(self) -> Estimate:
        """The layer that lies furthest off."""
        return max(self.levels, key=lambda level: abs(level.value))


def margins(layers: int, exponent: float) -> np.ndarray:
    """(layers + 1,) margins of ln(trained/curve) in each layer and of its slope."""
    return np.append(np.full(layers, LEVEL_MARGIN), SLOPE_MARGIN * abs(exponent))


def deviations(values: np.ndarray, curve: np.ndarray, field: np.ndarray) -> np.ndarray:
    """(…, n + 1) ln(values/curve) in n layers, and its least-squares slope in ln A; `values`, `curve` and `field` are
    (…, n), broadcast.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(values / curve)
        x = np.log(np.broadcast_to(field, logarithm.shape))
        x = x - x.mean(-1, keepdims=True)
        slope = (logarithm * x).sum(-1, keepdims=True) / (x**2).sum(-1, keepdims=True)
    return np.concatenate([logarithm, slope], axis=-1)


def judge_curve(values: np.ndarray, curve: np.ndarray, field: np.ndarray, exponent: float) -> CurveTest:
    """Whether (S, n) values of networks lie on a curve, (n,) or one for each, whose law has this exponent."""
    off = deviations(values, curve, field)
    verdict = str(equivalence(off, margins(values.shape[-1], exponent)))
    *levels, slope = (estimate(column) for column in off.T)
    return CurveTest(tuple(levels), slope, verdict)  # type: ignore[arg-type]
