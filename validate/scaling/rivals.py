"""Rivals: what the same judgements must refuse, each with its distance from the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.scaling import Quantity
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.exponents import power_law
from validate.scaling.comparison import Comparison, learned_values
from validate.scaling.curve import deviations, judge_curve, margins
from validate.verdict import same_exponent

JUDGED: tuple[Quantity, ...] = ("D", "G")
# faults of the size that must be noticed, or larger; a bend leaves level and slope alone and is judged by layers only
EXPONENT_OFF, LEVEL_OFF, LAYER_OFF, BEND = 0.1, 0.08, 0.3, 0.3

Outcome = Literal["refused", "ACCEPTED", "not distinguishable"]


@dataclass(frozen=True)
class Rival:
    """A rival of a quantity, given to the judgement that has to refuse it.

    off       how far it is from the truth, in words
    outcome   "not distinguishable" where, at this size, it lies within the margins of the true curve
    """

    name: str
    witness: Literal["simulation", "networks"]
    quantity: str
    off: str
    outcome: Outcome

    @property
    def accepted(self) -> bool:
        return self.outcome == "ACCEPTED"


def rivals_of_simulation(comparison: Comparison) -> list[Rival]:
    """Other exponents, against the exact operator's at A → ∞."""
    rows = []
    for quantity in QUANTITIES:
        true, fitted = comparison.predicted[quantity], comparison.simulated[quantity]
        for name, exponent in (
            ("exponent 10 % off", (1 + EXPONENT_OFF) * true),
            ("law of the other stride", comparison.other_stride[quantity]),
        ):
            if exponent != true:
                accepted = same_exponent(exponent, fitted, exponent_tolerance(comparison.task.dim))
                off = f"exponent off by {abs(exponent - fitted.value):.2f}"
                rows.append(Rival(name, "simulation", quantity, off, _outcome(accepted)))
    return rows


def rivals_of_networks(comparison: Comparison) -> list[Rival]:
    """Wrong curves against the trained networks, and untrained networks against the exact curve."""
    networks, window = comparison.networks, comparison.window
    assert networks is not None
    field = comparison.exact.receptive_field[window]
    rows = []
    for quantity in JUDGED:
        exponent = comparison.predicted[quantity]
        exact = getattr(comparison.exact, quantity)[window]
        trained = learned_values(comparison, quantity)
        untrained = getattr(networks.untrained, quantity)[:, window]
        holds = judge_curve(untrained, exact, field, exponent).verdict == "holds"
        off = f"median |ln ratio| {np.median(np.abs(np.log(untrained / exact))):.2f}"
        rows.append(Rival("untrained networks", "networks", quantity, off, _outcome(holds)))
        curves = [*wrong_curves(field, exponent, comparison.other_stride[quantity])]
        if quantity == "G":
            curves.append(("noise not rectified", (comparison.unrectified.G[window] / exact)[None]))
        # the networks' own mean as the truth: each rival is off from it by exactly its factor
        centre = np.exp(np.log(trained).mean(axis=0))
        rows += [_rival(name, factors, trained, centre, field, exponent, quantity) for name, factors in curves]
    return rows


def wrong_curves(field: np.ndarray, exponent: float, other_stride: float) -> Iterator[tuple[str, np.ndarray]]:
    """(name, (variants, n) wrong curves over the true one) on the n layers of these A_k."""
    x = np.log(field)
    x = x - x.mean()
    bend = np.abs(x) - np.abs(x).mean()
    both_ways = np.array([[1.0], [-1.0]])
    yield "exponent 10 % off", np.exp(EXPONENT_OFF * exponent * x * both_ways)
    yield "level 8 % off", (1 + LEVEL_OFF) ** (both_ways * np.ones(len(x)))
    yield "one layer 30 % off", 1 + LAYER_OFF * np.eye(len(x))
    yield "bent about the middle", np.exp(BEND * exponent * bend * both_ways)
    if other_stride != exponent:
        yield "law of the other stride", np.exp((other_stride - exponent) * x)[None]


def distinguishable(factor: np.ndarray, field: np.ndarray, exponent: float) -> bool:
    """Whether a curve that is off by this (n,) factor lies at or beyond a margin, in a layer or in the slope."""
    off = np.abs(deviations(factor, np.ones(()), field))
    return bool((off >= (1 - 1e-9) * margins(len(factor), exponent)).any())  # a margin itself counts, but for rounding


def _rival(
    name: str,
    factors: np.ndarray,
    trained: np.ndarray,
    centre: np.ndarray,
    field: np.ndarray,
    exponent: float,
    quantity: str,
) -> Rival:
    """A rival with its variants: accepted where any of them is."""
    slope = max((power_law(field, factor).value for factor in factors), key=abs)
    off = f"up to {np.abs(np.log(factors)).max():.2f} in ln, slope {slope:+.2f}"
    distinct = [factor for factor in factors if distinguishable(factor, field, exponent)]
    if not distinct:
        return Rival(name, "networks", quantity, off, "not distinguishable")
    holds = [judge_curve(trained, centre * factor, field, exponent).verdict == "holds" for factor in distinct]
    return Rival(name, "networks", quantity, off, _outcome(any(holds)))


def _outcome(holds: bool) -> Outcome:
    return "ACCEPTED" if holds else "refused"
