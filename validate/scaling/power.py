"""How often the judgement accepts a true curve, and each rival, for n networks with the scatter that networks have."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from theory.scaling import Quantity
from validate.scaling.comparison import Comparison, learned_values
from validate.scaling.curve import deviations, margins
from validate.scaling.judgement import CLAIMED, JUDGED
from validate.scaling.rivals import distinguishable, wrong_curves
from validate.statistics import equivalence

TRUE = "the true curve"
SIZES = (2, 4, 8)
# binomial errors of 5 % are then 0.3 %
TRIALS = 4000


@dataclass(frozen=True)
class Power:
    """How often a curve is accepted, of `trials` sets of n networks.

    rival      TRUE, or the fault of the curve that they are put against; of its variants the most often accepted
    accepted   share, with its 95 % interval (Clopper, Pearson)
    """

    quantity: str
    rival: str
    n: int
    trials: int
    accepted: float
    low: float
    high: float


@dataclass(frozen=True)
class PowerJudgement:
    """The power of the judgement; `networks` of which the scatter is known, `preset`: how many the preset has.

    sound   with so many every rival is accepted in at most 5 of 100 sets, and the true curve of what is claimed in at
            least 95
    """

    rows: tuple[Power, ...]
    networks: int
    preset: int
    sound: bool


def judge_power(comparison: Comparison, preset: int) -> PowerJudgement:
    """Whether the judgement is sound with `preset` networks."""
    assert comparison.networks is not None
    rows = [row for quantity in JUDGED for row in power_table(comparison, quantity, SIZES, TRIALS)]
    claimed = CLAIMED[comparison.architecture.stride > 1]
    at_preset = [row for row in rows if row.n == preset]
    rivals_refused = all(row.accepted <= 0.05 for row in at_preset if row.rival != TRUE)
    true = [row for row in at_preset if row.rival == TRUE and row.quantity in claimed]
    sound = rivals_refused and all(row.accepted >= 0.95 for row in true)
    return PowerJudgement(tuple(rows), int(comparison.networks.learned.sum()), preset, sound)


def power_table(comparison: Comparison, quantity: Quantity, sizes: tuple[int, ...], trials: int) -> Iterator[Power]:
    """Yield the acceptance of the true curve and of every distinguishable rival, for n networks in each of `sizes`.

    The networks are drawn from a normal law around the true curve, with the covariance over layers of ln X that the
    comparison's own networks show about their own filters' curves; untrained ones around their own mean, with theirs.
    """
    field, exponent = comparison.exact.receptive_field[comparison.window], comparison.predicted[quantity]
    covariance = np.cov(scatter(comparison, quantity), rowvar=False)
    curves = [(TRUE, np.ones((1, len(field))))]
    curves += wrong_curves(field, exponent, comparison.other_stride[quantity])
    if quantity == "G":
        linear = comparison.unrectified.G[comparison.window] / comparison.exact.G[comparison.window]
        curves.append(("noise not rectified", linear[None]))
    random = np.random.default_rng(0)
    assert comparison.networks is not None
    before = getattr(comparison.networks.untrained, quantity)[:, comparison.window]
    untrained = np.log(before / getattr(comparison.exact, quantity)[comparison.window])
    for n in sizes:
        values = np.exp(random.multivariate_normal(np.zeros(len(field)), covariance, size=(trials, n)))
        for name, factors in curves:
            distinct = [f for f in factors if name == TRUE or distinguishable(f, field, exponent)]
            if distinct:
                counts = [accepted(values, factor, field, exponent) for factor in distinct]
                yield _share(quantity, name, n, trials, max(counts))
        wide = np.cov(untrained, rowvar=False)
        drawn = np.exp(random.multivariate_normal(untrained.mean(axis=0), wide, size=(trials, n)))
        yield _share(quantity, "untrained networks", n, trials, accepted(drawn, np.ones(len(field)), field, exponent))


def _share(quantity: str, rival: str, n: int, trials: int, count: int) -> Power:
    interval = binomtest(count, trials).proportion_ci()
    return Power(quantity, rival, n, trials, count / trials, float(interval.low), float(interval.high))


def scatter(comparison: Comparison, quantity: Quantity) -> np.ndarray:
    """(n, layers) ln of what the networks that learned have over the curves of their own mean filters."""
    networks = comparison.networks
    assert networks is not None
    own = [curve for curve, learned in zip(networks.own_filters, networks.learned, strict=True) if learned]
    curves = np.array([getattr(curve, quantity)[comparison.window] for curve in own])
    return np.asarray(np.log(learned_values(comparison, quantity) / curves))


def accepted(values: np.ndarray, curve: np.ndarray, field: np.ndarray, exponent: float) -> int:
    """In how many of (trials, n, layers) sets of networks the curve holds."""
    off = deviations(values, curve, field)
    return int((equivalence(off, margins(len(field), exponent)) == "holds").sum())
