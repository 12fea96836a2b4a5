"""D_k in what moves and what is lost (L21 …): theory beside transported representations, for the filters shown."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulate.transport import pixel_split
from theory.definitions.moved_lost import MovedLost
from theory.definitions.stack import Layer
from theory.moved_lost import cross_exponent, moved_limit, moved_lost
from theory.transfer_matrix import growth_law

# rounding of sums over 10⁶ weights, in parts of D down to 1e-10
LAYER_TOLERANCE = 1e-9
# lost/D → 1 like S^−(1−α/2), the slowest of all: at S some 10⁴ the slope of F = 6, s = 2 is 0.011 off
SLOPE_TOLERANCE = 0.02
WIDEST, NEURONS = 2**14, 31
# the layer printed
SHOWN_LAYER = 5


@dataclass(frozen=True)
class SplitRival:
    """What the same judgement must refuse: a wrong exponent, or a wrong displacement."""

    name: str
    off_by: float
    accepted: bool


@dataclass(frozen=True)
class SplitJudgement:
    """One filter and stride.

    alpha               of D_k, predicted for lost                     cross_exponent    at least, predicted
    moved_limit         lim S² moved
    theory              on the line                                    simulated         on a ring
    slope_moved, slope_lost, slope_cross   exponents of the last two layers simulated, in S
    distance            largest relative distance of D, moved and lost from theory on the same ring
    layers_agree, exponents_agree          the verdict
    """

    name: str
    stride: int
    alpha: float
    cross_exponent: float
    moved_limit: float
    theory: MovedLost
    simulated: MovedLost
    slope_moved: float
    slope_lost: float
    slope_cross: float
    distance: float
    layers_agree: bool
    exponents_agree: bool
    rivals: tuple[SplitRival, ...]

    @property
    def agrees(self) -> bool:
        """Whether every layer and both exponents are the theory's."""
        return self.layers_agree and self.exponents_agree


def judge_splits(shown: Mapping[str, Layer]) -> tuple[SplitJudgement, ...]:
    """The judgement on each filter."""
    return tuple(judge_split(name, identical) for name, identical in shown.items())


def judge_split(name: str, identical: Layer) -> SplitJudgement:
    """Theory and simulation of identical layers, up to S of some 10⁴ pixels."""
    stack = (identical,) * int(math.log(WIDEST) / math.log(identical.stride))
    on_ring, simulated = moved_lost(stack, NEURONS), pixel_split(stack, NEURONS)
    alpha = growth_law(identical).exponents[0]
    slope_moved, slope_lost, slope_cross = (
        _slope(part, identical.stride) for part in (simulated.moved, simulated.lost, simulated.cross)
    )
    exponents_agree = _same(slope_moved, 2) and _same(slope_lost, alpha)
    distance = _distance(simulated, on_ring)
    return SplitJudgement(
        name=name,
        stride=identical.stride,
        alpha=alpha,
        cross_exponent=cross_exponent(identical),
        moved_limit=float(moved_limit(identical)),
        theory=moved_lost(stack),
        simulated=simulated,
        slope_moved=slope_moved,
        slope_lost=slope_lost,
        slope_cross=slope_cross,
        distance=distance,
        layers_agree=distance <= LAYER_TOLERANCE,
        exponents_agree=exponents_agree,
        rivals=(
            *_wrong_exponents(alpha, slope_moved, slope_lost),
            _wrong_displacement(_distance(pixel_split(stack, NEURONS, transported_by=2), on_ring)),
        ),
    )


def _wrong_exponents(alpha: float, slope_moved: float, slope_lost: float) -> list[SplitRival]:
    wrong = [("lost ~ A_k^−(α + 0.3)", slope_lost, alpha + 0.3), ("lost ~ A_k^−(α − 0.3)", slope_lost, alpha - 0.3)]
    if alpha < 2 - 2 * SLOPE_TOLERANCE:
        wrong += [("moved falls as D_k does", slope_moved, alpha), ("lost ~ A_k^−2", slope_lost, 2)]
    return [SplitRival(name, abs(slope - exponent), _same(slope, exponent)) for name, slope, exponent in wrong]


def _wrong_displacement(distance: float) -> SplitRival:
    return SplitRival("transport by two pixels", distance, distance <= LAYER_TOLERANCE)


def _slope(part: np.ndarray, stride: int) -> float:
    return float(np.log(np.abs(part[-2] / part[-1])) / math.log(stride))


def _same(slope: float, exponent: float) -> bool:
    return abs(slope - exponent) <= SLOPE_TOLERANCE


def _distance(simulated: MovedLost, theory: MovedLost) -> float:
    parts = ("D", "moved", "lost")
    return max(float(np.abs(getattr(simulated, part) / getattr(theory, part) - 1).max()) for part in parts)
