"""Does the test error go with the sensitivities of the output (Figs. 1 and 8)?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from validate.deep.networks import Curves, Networks

Verdict = Literal["agrees", "undecided", "contradicts"]
# what the paper says of ρ(ε, X)
SIGNS = {"D": 1, "G": -1, "R": 1}
DRAWS, PERMUTATIONS = 2000, 200
# an exact 95 % interval accepts 2.5 % of random assignments; that of few points by bootstrap is narrower
MOST_ACCEPTED = 0.1
# fewer points of a bootstrap have no correlation worth the name
FEWEST = 3


@dataclass(frozen=True)
class Correlation:
    """ρ = Cov(ln ε, ln X)/√(Var ln ε · Var ln X) over architectures (Fig. 1), each with the means over its seeds.

    low, high   95 % interval over bootstrap: architectures drawn anew, and in each its seeds
    accepted    share of random assignments of the errors to the architectures that the same judgement accepts
    """

    rho: float
    low: float
    high: float
    points: int
    accepted: float
    expected: int

    @property
    def verdict(self) -> Verdict:
        """Whether the interval leaves no doubt of the sign, and the sign is the paper's; "undecided" too where the same
        judgement accepts many random assignments.
        """
        return _judge(self.low, self.high, self.expected) if self.accepted <= MOST_ACCEPTED else "undecided"


def correlate(networks: Sequence[Networks], quantity: str, test_images: int, trained: bool = True) -> Correlation:
    """ρ of the trained networks' errors and the sensitivity of their output, after or before training.

    An architecture without any error counts as half a wrong answer in the `test_images` of all its seeds.
    Raises ValueError where fewer than three architectures are left.
    """
    kept = [one for one in networks if len(one.seeds)]
    if len(kept) < FEWEST:
        raise ValueError(
            f"{len(kept)} architectures have no correlation: ask for {FEWEST} or more with --architectures"
        )
    generator = np.random.default_rng(0)
    errors, values = [], []
    for one in kept:
        curves: Curves = one.after if trained else one.before
        value = getattr(curves, quantity)[:, -1]
        # the networks themselves first, then seeds drawn anew
        seeds = np.concatenate([
            np.arange(len(value))[None], generator.integers(len(value), size=(DRAWS, len(value)))
        ])  # fmt: skip
        least = 1 / (2 * test_images * len(value))
        errors.append(np.log(np.maximum(one.errors[seeds].mean(1), least)))
        values.append(np.log(value[seeds].mean(1)))
    x, y = np.array(errors).T, np.array(values).T
    places = generator.integers(len(kept), size=(DRAWS, len(kept)))
    low, high = _interval(x[1:], y[1:], places)
    expected = SIGNS[quantity]
    accepted = 0
    for _ in range(PERMUTATIONS):
        order = generator.permutation(len(kept))
        accepted += _judge(*_interval(x[1:, order], y[1:], places), expected) == "agrees"
    return Correlation(float(_rho(x[:1], y[:1])[0]), low, high, len(kept), accepted / PERMUTATIONS, expected)


def _interval(x: np.ndarray, y: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """95 % interval of ρ over the draws: (B, A) logarithms at (B, A) drawn places."""
    rows = np.arange(len(places))[:, None]
    enough = np.array([len(set(row)) >= FEWEST for row in places.tolist()])
    rho = _rho(x[rows, places], y[rows, places])[enough]
    rho = rho[np.isfinite(rho)]
    if not len(rho):
        return math.nan, math.nan
    low, high = np.quantile(rho, (0.025, 0.975))
    return float(low), float(high)


def _rho(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(B,) correlations of the rows."""
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)))


def _judge(low: float, high: float, expected: int) -> Verdict:
    if not (low > 0 or high < 0):
        return "undecided"
    return "agrees" if (low > 0) == (expected > 0) else "contradicts"
