"""Which part of what was learned makes layers insensitive to deformations and sensitive to noise, judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from validate.learned.measurements import Measurements
from validate.learned.partial import PartialCurves
from validate.statistics import Estimate, Verdict, estimate

Expected = Literal["holds", "refused"]

# |ln| that a cause must change a quantity by, beyond any other mode
CAUSE = 0.1
# |ln| within which the constant mode alone is as good as the whole
ALONE = 0.25
# |ln| that redrawing the rest of the start may change, by the σ up to which it is judged
REST = {0.3: 0.01, 0.7: 0.1}
# largest |ln| of any layer by which a partly learned network of infinite width may miss a trained one, up to this σ
PARTIAL, PARTIAL_SIGMA = 0.06, 0.35
# +1 where removal of the pooling mode is to raise the quantity
SIGNS = {"D": 1, "G": -1}


@dataclass(frozen=True)
class Statement:
    """A number of each seed that is to lie above (or below) a bound.

    verdict    "holds": the interval of its mean does; "fails": the interval lies on the other side, each side at
               `validate.statistics.LEVEL`
    expected   "refused" for negative controls, which must not hold
    """

    network: str
    text: str
    value: Estimate
    bound: float
    above: bool
    verdict: Verdict
    expected: Expected
    as_expected: bool


@dataclass(frozen=True)
class Judgement:
    """All measurements, what is said of each network at the end of its training, and whether every statement holds and
    every control is refused.
    """

    measurements: tuple[Measurements, ...]
    statements: tuple[Statement, ...]
    holds: bool
    partial: tuple[PartialCurves, ...] = ()


def judge(measurements: Sequence[Measurements], partial: Sequence[PartialCurves] = ()) -> Judgement:
    """Statements of all networks whose training has ended, and of partly learned ones."""
    ended = [measured for measured in measurements if measured.moment == "end" and measured.seeds]
    small = [curves for curves in partial if curves.sigma <= PARTIAL_SIGMA and curves.seeds]
    statements = (
        *(statement for measured in ended for statement in _statements(measured)),
        *(statement for curves in small for statement in _partial(curves)),
    )
    holds = bool(statements) and all(statement.as_expected for statement in statements)
    return Judgement(tuple(measurements), statements, holds, tuple(partial))


def _statement(
    measured: Measurements | PartialCurves,
    text: str,
    values: np.ndarray,
    bound: float,
    above: bool,
    expected: Expected,
) -> Statement:
    """Of one number for each seed."""
    value = estimate(values)
    low, high = (value.low, value.high) if above else (-value.high, -value.low)
    limit = bound if above else -bound
    verdict: Verdict = "holds" if low > limit else "fails" if high < limit else "undecided"
    as_expected = (verdict == "holds") == (expected == "holds")
    return Statement(measured.name, text, value, bound, above, verdict, expected, as_expected)


def _statements(measured: Measurements) -> list[Statement]:
    """Statements and negative controls of one network."""
    if measured.kind == "control":
        return [_cause(measured, "D", 0, "refused")]
    statements = [
        _cause(measured, "D", measured.carrier, "holds"),
        _cause(measured, "G", 0, "holds"),
        _averages(measured),
    ]
    if measured.kind == "simple":
        statements += [_alone(measured, q, "only mode 0", "holds") for q in SIGNS]
        statements += [_alone(measured, "D", "constant mode, channels permuted", "refused")]
    sigma = float(np.median(measured.splits["sigma"]))
    margin = next((margin for largest, margin in REST.items() if sigma <= largest), None)
    if margin is not None:
        statements += [_rest(measured, q, sigma, margin) for q in SIGNS]
    return [*statements, *(_cause(measured, q, None, "refused") for q in SIGNS)]


def _cause(measured: Measurements, quantity: str, mode: int | None, expected: Expected) -> Statement:
    """Removal of this mode of ΔW, or of a random constant mode, changes the quantity more than removal of any other
    mode, in the right direction.
    """
    names = {0: "constant mode of ΔW carries", 1: "gradients of ΔW carry"}
    subject = "random constant mode (control) carries" if mode is None else names[mode]
    removed = "without a random constant mode" if mode is None else f"without mode {mode}"
    others = [m for m in range(measured.modes) if m != (mode or 0)]
    largest = np.max([np.abs(measured.mean_change(f"without mode {m}", quantity)) for m in others], axis=0)
    value = SIGNS[quantity] * measured.mean_change(removed, quantity) - largest
    effect = "fall of D" if quantity == "D" else "rise of G"
    text = f"the {subject} the {effect}: |ln| beyond every other mode"
    return _statement(measured, text, value, CAUSE, True, expected)


def _alone(measured: Measurements, quantity: str, kept: str, expected: Expected) -> Statement:
    """The network with nothing but this part of ΔW has the same curve."""
    part = "constant mode" if kept == "only mode 0" else "permuted constant mode (control)"
    text = f"the {part} of ΔW alone gives {quantity}: mean |ln|"
    return _statement(measured, text, measured.mean_change(kept, quantity, size=True), ALONE, False, expected)


def _averages(measured: Measurements) -> Statement:
    """ΔW averaged over channels loses more of D's fall than ΔW's constant mode does."""
    loss = measured.mean_change("averaged over channels", "D") - measured.mean_change("only mode 0", "D")
    text = "averages of ΔW over channels do not pool: ln D above the constant mode's alone"
    return _statement(measured, text, loss, CAUSE, True, "holds")


def _rest(measured: Measurements, quantity: str, sigma: float, margin: float) -> Statement:
    """What is left of the start could be any random matrix."""
    text = f"redrawing σW(0), σ = {sigma:.2f}, leaves {quantity}: mean |ln|"
    return _statement(
        measured, text, measured.mean_change("start redrawn", quantity, size=True), margin, False, "holds"
    )


def _partial(curves: PartialCurves) -> list[Statement]:
    """The learned directions explain D and G in every layer; of random ones neither, of Gaussian amplitudes not G."""
    statements = []
    for kept in curves.predicted:
        for quantity in SIGNS:
            if (kept, quantity) == ("gaussian amplitudes", "D"):
                continue
            part = kept if kept == "learned" else f"{kept} (control)"
            text = f"partly learned at infinite width, {part}: largest |ln| of {quantity}"
            expected: Expected = "holds" if kept == "learned" else "refused"
            statements.append(_statement(curves, text, curves.largest(kept, quantity), PARTIAL, False, expected))
    return statements
