"""Estimates over independent networks, and equivalence: is a deviation known to be smaller than its margin?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import t

Verdict = Literal["holds", "fails", "undecided"]
# of each of the two one-sided tests of an equivalence, and of all refusals of one curve together
LEVEL = 0.05


@dataclass(frozen=True)
class Estimate:
    """Mean of n independent values, its two-sided interval of level 1 − 2·LEVEL (90 %), and their standard deviation.

    The interval lies within ±margin exactly when both one-sided tests, each at LEVEL, find the mean within.
    """

    value: float
    low: float
    high: float
    spread: float
    n: int


def estimate(values: np.ndarray) -> Estimate:
    """Mean and Student interval of (n,) independent values; NaN where n leaves no spread."""
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    spread = float(values.std(ddof=1)) if n > 1 else np.nan
    half = half_width(np.asarray(spread), n, LEVEL)
    return Estimate(mean, mean - float(half), mean + float(half), spread, n)


def half_width(spread: np.ndarray, n: int, tail: float) -> np.ndarray:
    """t_{1−tail, n−1}·spread/√n: half of the Student interval that leaves `tail` on each side."""
    return spread * (t.ppf(1 - tail, n - 1) / np.sqrt(n)) if n > 1 else np.full_like(spread, np.nan)


def equivalence(values: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Verdicts on (…, n, m) values: n independent networks, m deviations that are to be smaller than (m,) margins.

    holds      every deviation's interval (90 %) lies within ±margin: two one-sided tests at LEVEL for each, and an
               intersection–union test over the m of them, whose level needs no correction (Berger 1982)
    fails      some deviation's interval lies outside ±margin, at LEVEL for all m of them together (Bonferroni)
    undecided  neither, or fewer than two networks, or none of the deviations to judge

    A value that is not finite can neither hold nor fail. (…,) strings.
    """
    n, m = values.shape[-2:]
    if n < 2 or m == 0:
        return np.full(values.shape[:-2], "undecided")
    mean, spread = values.mean(-2), values.std(-2, ddof=1)
    holds = (np.abs(mean) + half_width(spread, n, LEVEL) <= margins).all(-1)
    fails = (np.abs(mean) - half_width(spread, n, LEVEL / (2 * m)) > margins).any(-1)
    return np.where(holds, "holds", np.where(fails, "fails", "undecided"))
