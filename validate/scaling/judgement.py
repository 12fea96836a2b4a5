"""The judgement: which exact curve the networks lie on, layer by layer and in the slope. A value, computed once.

Three nested claims:

    homogeneous        D_k or G_k is that of homogeneous filters; no measured number enters
    own mean filters   it is that of one channel whose filters are the networks' own means, A_k measured from them
    neither            one channel does not describe the networks

A claim holds if ln(trained/curve) is equivalent to 0 within LEVEL_MARGIN in every layer of the window, and its slope in
ln A_k within SLOPE_MARGIN of the law's exponent (`validate.statistics.equivalence`). The networks are independent, each
with its own initialisation, images and noise draws, so that the interval over them contains every source of error.
"""

from dataclasses import dataclass, replace

import numpy as np

from theory.scaling import Quantity
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.exponents import Exponent, power_law
from validate.scaling.attribution import Attribution, attribute
from validate.scaling.comparison import Comparison, learned_values
from validate.scaling.curve import CurveTest, deviations, judge_curve
from validate.scaling.rivals import Rival, rivals_of_networks, rivals_of_simulation
from validate.statistics import Estimate, estimate
from validate.verdict import same_exponent

# Networks that do not learn the task are no evidence, but leaving many out selects: above this share nothing is decided
MOST_LOST = 0.25
JUDGED: tuple[Quantity, ...] = ("D", "G")
# What exit status 0 stands for. The paper assumes one channel, of homogeneous filters. At stride F both hold. At
# stride 1 networks are one channel for D: filters of minimal norm are not homogeneous, but D_k follows from them to a
# few percent in every network. G is judged and shown, not claimed: biases cut off small noise, each network's
# differently.
CLAIMED: dict[bool, tuple[Quantity, ...]] = {True: ("D", "G"), False: ("D",)}


@dataclass(frozen=True)
class Claims:
    """Whether the networks lie on the curve of homogeneous filters, and on those of their own mean filters."""

    homogeneous: CurveTest
    own_filters: CurveTest

    @property
    def strongest(self) -> str:
        """The strongest claim that holds; "neither" where both fail, else "undecided"."""
        if self.homogeneous.verdict == "holds":
            return "homogeneous"
        if self.own_filters.verdict == "holds":
            return "own mean filters"
        return "neither" if self.own_filters.verdict == "fails" else "undecided"


@dataclass(frozen=True)
class QuantityJudgement:
    """One quantity.

    predicted, simulated   exponents of theory and of the exact operator at A → ∞, and whether they agree
    exact                  slope of the exact curve in ln A_k at this size, over the window
    trained, untrained     the same of the networks; None where none were trained
    claims                 of the trained networks; None for R too, which is D/G and no third witness
    """

    predicted: float
    simulated: Exponent
    exponent_agrees: bool
    exact: float
    trained: Estimate | None = None
    untrained: Estimate | None = None
    claims: Claims | None = None

    @property
    def holds(self) -> bool:
        """Whether the simulated exponent is the predicted one, and the networks behave as one channel, of homogeneous
        or their own mean filters.
        """
        one_channel = self.claims is None or self.claims.strongest in ("homogeneous", "own mean filters")
        return self.exponent_agrees and one_channel


@dataclass(frozen=True)
class Judgement:
    """Everything that is decided about one comparison, with the comparison itself.

    claimed       the quantities whose networks must be one channel for the comparison to hold
    lost          seeds that did not learn the task, of `seeds`: above MOST_LOST of them no claim is decided
    attribution   where the distance of D and G from the homogeneous curve comes from
    """

    comparison: Comparison
    quantities: dict[str, QuantityJudgement]
    claimed: tuple[Quantity, ...]
    rivals: tuple[Rival, ...]
    lost: int
    seeds: int
    attribution: dict[str, Attribution]

    @property
    def holds(self) -> bool:
        """Whether all exponents agree, what is claimed holds, and every rival is refused."""
        exponents = all(self.quantities[q].exponent_agrees for q in JUDGED)
        claims = all(self.quantities[q].holds for q in self.claimed)
        return exponents and claims and not any(rival.accepted for rival in self.rivals)


def judge(comparison: Comparison) -> Judgement:
    """All verdicts on one comparison."""
    networks = comparison.networks
    seed_results = networks.seed_results if networks else []
    lost = sum(not seed.learned for seed in seed_results)
    rivals = rivals_of_simulation(comparison)
    if networks is not None and lost < len(seed_results):
        rivals += rivals_of_networks(comparison)
    return Judgement(
        comparison=comparison,
        quantities={q: _quantity(comparison, q, lost > MOST_LOST * len(seed_results)) for q in QUANTITIES},
        claimed=CLAIMED[comparison.architecture.stride > 1],
        rivals=tuple(rivals),
        lost=lost,
        seeds=len(seed_results),
        attribution={q: attribute(comparison, q) for q in JUDGED} if networks else {},
    )


def _quantity(comparison: Comparison, quantity: Quantity, too_many_lost: bool) -> QuantityJudgement:
    window, predicted = comparison.window, comparison.predicted[quantity]
    field = comparison.exact.receptive_field[window]
    simulated = comparison.simulated[quantity]
    alone = QuantityJudgement(
        predicted=predicted,
        simulated=simulated,
        exponent_agrees=same_exponent(predicted, simulated, exponent_tolerance(comparison.task.dim)),
        exact=power_law(field, getattr(comparison.exact, quantity)[window]).value,
    )
    if comparison.networks is None:
        return alone
    trained, untrained = (
        estimate(deviations(values, np.ones(()), field)[:, -1])
        for values in (
            learned_values(comparison, quantity),
            getattr(comparison.networks.untrained, quantity)[:, window],
        )
    )
    claims = _claims(comparison, quantity, too_many_lost) if quantity in JUDGED else None
    return replace(alone, trained=trained, untrained=untrained, claims=claims)


def _claims(comparison: Comparison, quantity: Quantity, too_many_lost: bool) -> Claims:
    networks, window, exponent = comparison.networks, comparison.window, comparison.predicted[quantity]
    assert networks is not None
    trained = learned_values(comparison, quantity)
    own = [curve for curve, learned in zip(networks.own_filters, networks.learned, strict=True) if learned]
    own_values, own_fields = (
        np.array([getattr(curve, name)[window] for curve in own]).reshape(trained.shape)
        for name in (quantity, "receptive_field")
    )
    exact, field = getattr(comparison.exact, quantity)[window], comparison.exact.receptive_field[window]
    tests = judge_curve(trained, exact, field, exponent), judge_curve(trained, own_values, own_fields, exponent)
    if too_many_lost:
        tests = tuple(replace(test, verdict="undecided") for test in tests)  # type: ignore[assignment]
    return Claims(*tests)
