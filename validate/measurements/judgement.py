"""Which laws the measurements follow, which they refuse, and what they cannot decide. A value, computed once.

A law X ~ g(A) is judged up to a factor, as measurements of other networks are normalised in other ways: ln(X/g) less
its mean over layers has to be known to be small in every layer, and its slope in ln A (`validate.statistics`). Networks
are independent; layers of one network are not, so that one network has no interval.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.scaling import Quantity, Stride
from validate.asymptotics import QUANTITIES
from validate.measurements.hypotheses import curves, law, power
from validate.measurements.reading import Measurements
from validate.scaling.curve import SLOPE_MARGIN, CurveTest, deviations
from validate.scaling.judgement import JUDGED
from validate.scaling.rivals import LAYER_OFF
from validate.statistics import Estimate, equivalence, estimate

# The size of the images bends the curves of networks that obey a law, by 7 % in the paper's own: the smallest fault to
# notice in a single layer is 30 %, and the margin three quarters of it.
LAYER_MARGIN = 0.75 * math.log(1 + LAYER_OFF)
Outcome = Literal["holds", "refused", "undecided", "not distinguishable"]


@dataclass(frozen=True)
class Hypothesis:
    """A law, or a rival of it, beside the measurements of one quantity.

    levels    ln(X/g) less its mean over layers, in each layer; slope: in ln A; their margins
    outcome   "not distinguishable": a rival that at these A lies within the margins of a form of the law
    """

    name: str
    kind: Literal["law", "rival"]
    levels: tuple[Estimate, ...]
    slope: Estimate
    outcome: Outcome

    @property
    def worst(self) -> Estimate:
        """The layer furthest off."""
        return max(self.levels, key=lambda level: abs(level.value))


@dataclass(frozen=True)
class QuantityJudgement:
    """One quantity: the predicted exponent and that of the networks; ln(X/law), by which factor the measurements lie
    above theory's own normalisation; the hypotheses, none of R = D/G.
    """

    predicted: float
    fitted: Estimate
    factor: Estimate
    hypotheses: tuple[Hypothesis, ...]

    @property
    def verdict(self) -> Outcome:
        """Of the law: it holds in one of its forms, is refused in all, or is undecided."""
        outcomes = [hypothesis.outcome for hypothesis in self.hypotheses if hypothesis.kind == "law"]
        if "holds" in outcomes:
            return "holds"
        return "refused" if outcomes and set(outcomes) == {"refused"} else "undecided"

    @property
    def accepted_rivals(self) -> list[str]:
        """Rivals that hold."""
        return [h.name for h in self.hypotheses if h.kind == "rival" and h.outcome == "holds"]


@dataclass(frozen=True)
class Judgement:
    """Everything that is decided about the measurements, with them; `open_questions`: what cannot be decided, and what
    would decide it.
    """

    measurements: Measurements
    stride: Stride
    dim: int
    quantities: dict[str, QuantityJudgement]
    open_questions: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether D and G follow the law, and no rival."""
        judged = [self.quantities[q] for q in JUDGED]
        return all(result.verdict == "holds" and not result.accepted_rivals for result in judged)


def judge(measurements: Measurements, stride: Stride, dim: int) -> Judgement:
    """All verdicts on these measurements of networks with this stride, on images in `dim` dimensions."""
    quantities: dict[str, QuantityJudgement] = {q: _quantity(measurements, q, stride, dim) for q in QUANTITIES}
    return Judgement(measurements, stride, dim, quantities, tuple(_open_questions(measurements, quantities)))


def _quantity(measurements: Measurements, quantity: Quantity, stride: Stride, dim: int) -> QuantityJudgement:
    field, values = measurements.receptive_field, getattr(measurements, quantity)
    predicted = power(quantity, stride, dim)
    hypotheses: list[Hypothesis] = []
    if quantity in JUDGED:
        forms = curves(quantity, stride, dim, field)
        laws = [curve for _, kind, curve in forms if kind == "law"]
        for name, kind, curve in forms:
            same = kind == "rival" and any(_within(curve / form, field, predicted) for form in laws)
            test = _test(values, curve, field, predicted)
            outcome: Outcome = "refused" if test.verdict == "fails" else test.verdict
            hypothesis = Hypothesis(name, kind, test.levels, test.slope, "not distinguishable" if same else outcome)
            hypotheses.append(hypothesis)
    return QuantityJudgement(
        predicted=predicted,
        fitted=estimate(deviations(values, np.ones(()), field)[:, -1]),
        factor=estimate(np.log(values / law(quantity, stride, dim, field)).mean(axis=1)),
        hypotheses=tuple(hypotheses),
    )


def margins(layers: int, exponent: float) -> np.ndarray:
    """(layers + 1,) margins of each layer and of the slope; a fault of a single layer is smaller by 1/layers once the
    mean is taken off.
    """
    return np.append(np.full(layers, LAYER_MARGIN * (1 - 1 / layers)), SLOPE_MARGIN * abs(exponent))


def _shape(values: np.ndarray, curve: np.ndarray, field: np.ndarray) -> np.ndarray:
    """(S, n + 1) ln(values/curve) less its mean over layers, and its slope in ln A."""
    off = deviations(values, curve, field)
    off[:, :-1] -= off[:, :-1].mean(axis=1, keepdims=True)
    return off


def _test(values: np.ndarray, curve: np.ndarray, field: np.ndarray, exponent: float) -> CurveTest:
    off = _shape(values, curve, field)
    verdict = str(equivalence(off, margins(values.shape[1], exponent)))
    *levels, slope = (estimate(column) for column in off.T)
    return CurveTest(tuple(levels), slope, verdict)  # type: ignore[arg-type]


def _within(factor: np.ndarray, field: np.ndarray, exponent: float) -> bool:
    """Whether curves a factor apart lie within the margins of each other, for every network."""
    return bool((np.abs(_shape(factor, np.ones(()), field)) < margins(field.shape[1], exponent)).all())


def _open_questions(measurements: Measurements, quantities: dict[str, QuantityJudgement]) -> list[str]:
    if len(measurements.seeds) < 2:
        return ["one seed: there is no interval over seeds, and no law or rival can be decided; measure more networks"]
    sentences = []
    for quantity in JUDGED:
        hypotheses = quantities[quantity].hypotheses
        undecided = [h.name for h in hypotheses if h.outcome == "undecided"]
        if undecided:
            sentences.append(f"{quantity}: undecided are {'; '.join(undecided)}: more networks would decide")
        same = [h.name for h in hypotheses if h.outcome == "not distinguishable"]
        if same:
            sentences.append(
                f"{quantity}: within the margins of the law at these A: {'; '.join(same)}; more A might tell"
            )
    return sentences
