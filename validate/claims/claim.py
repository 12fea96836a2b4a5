"""What a claim of the paper is, and what judging it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from validate.statistics import Estimate


class Verdict(StrEnum):
    """What is said of a claim; nothing else is."""

    HOLDS = "holds"
    HOLDS_CORRECTED = "holds with a correction"
    DOES_NOT_HOLD = "does not hold here"
    UNDECIDED = "undecided"
    NOT_CHECKED = "not checked on this machine"


@dataclass(frozen=True)
class Finding:
    """What a judge computes from evidence.

    measured   in words and numbers, to stand beside what is printed
    interval   of the number that decides, 90 % over networks unless `measured` says otherwise; None for exact results
    remark     the correction, what is seen instead, or what would decide
    """

    verdict: Verdict
    measured: str
    interval: tuple[float, float] | None = None
    remark: str = ""


@dataclass(frozen=True)
class Claim:
    """One checkable statement.

    identifier   permanent: never changed, never reused     place      where it stands, as "Eq. 8"
    section      of the paper, or "ours"                    statement  in our short form
    printed      what the paper prints                      formula    as `validate.claims.formulas` reads it
    evidence     name of the source of measured values      judge      of these values, once read
    rests_on     identifiers of other claims                ours       not of the paper
    figure       name of a picture of the evidence
    """

    identifier: str
    place: str
    section: str
    statement: str
    printed: str
    evidence: str
    judge: Callable[[Any], Finding]
    rests_on: tuple[str, ...] = ()
    formula: str = ""
    figure: str = ""
    ours: bool = False


def of_test(verdict: str, measured: str, interval: tuple[float, float] | None, remarks: dict[str, str]) -> Finding:
    """The finding of an equivalence test: "holds", "fails" or "undecided", each with its remark."""
    verdicts = {"holds": Verdict.HOLDS, "fails": Verdict.DOES_NOT_HOLD, "undecided": Verdict.UNDECIDED}
    return Finding(verdicts[verdict], measured, interval, remarks.get(verdict, ""))


def of_fact(holds: bool, measured: str, otherwise: str = "") -> Finding:
    """The finding of an exact comparison."""
    return Finding(Verdict.HOLDS if holds else Verdict.DOES_NOT_HOLD, measured, None, "" if holds else otherwise)


def corrected(as_printed: bool, as_corrected: bool, measured: str, correction: str, otherwise: str = "") -> Finding:
    """Holds as printed; else holds as corrected; else not at all."""
    if as_printed:
        return Finding(Verdict.HOLDS, measured)
    if as_corrected:
        return Finding(Verdict.HOLDS_CORRECTED, measured, None, correction)
    return Finding(Verdict.DOES_NOT_HOLD, measured, None, otherwise or "the corrected form fails as well")


def above(estimate: Estimate, bound: float, measured: str, otherwise: str = "") -> Finding:
    """Whether a mean over networks is known to lie above a bound: its interval does, or lies below, or neither."""
    ends = (estimate.low, estimate.high)
    if estimate.low > bound:
        return Finding(Verdict.HOLDS, measured, ends)
    if estimate.high < bound:
        return Finding(Verdict.DOES_NOT_HOLD, measured, ends, otherwise)
    more = "more networks would decide: the interval contains the bound"
    return Finding(Verdict.UNDECIDED, measured, ends, more)
