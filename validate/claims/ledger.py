"""The ledger: every claim with what its evidence says today."""

import difflib
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console

from sweep.make import RunsFailed
from validate.claims.claim import Claim, Finding, Verdict
from validate.claims.evidence import Evidence, Kept, kept, make, missing_runs
from validate.runs.settings import RunSettings, results_of

State = Literal["current", "stale", "missing"]


@dataclass(frozen=True)
class Obtained:
    """What there is of one evidence: its values as judges take them, or why there are none.

    changed   what has changed since they were made; the values are then shown as stale and never as current
    """

    evidence: Evidence
    kept: Kept | None = None
    values: Any = None
    changed: tuple[str, ...] = ()
    why_missing: str = ""

    @property
    def state(self) -> State:
        """Of the values."""
        if self.kept is None:
            return "missing"
        return "stale" if self.changed else "current"


@dataclass(frozen=True)
class Entry:
    """A claim as it stands in the ledger.

    finding   today's; of stale or missing evidence "not checked on this machine" with what is needed
    former    of stale evidence: what it said
    """

    claim: Claim
    obtained: Obtained
    finding: Finding
    former: Finding | None = None


@dataclass(frozen=True)
class Ledger:
    """All entries in the order of the paper."""

    entries: tuple[Entry, ...]

    @property
    def counts(self) -> dict[str, int]:
        """{verdict: entries}, every verdict named."""
        counted = Counter(entry.finding.verdict for entry in self.entries)
        return {verdict.value: counted[verdict] for verdict in Verdict}

    @property
    def own_hold(self) -> bool:
        """Whether none of our own additions is contradicted."""
        return not any(e.claim.ours and e.finding.verdict == Verdict.DOES_NOT_HOLD for e in self.entries)


def chosen(claims: Sequence[Claim], identifiers: Sequence[str]) -> list[Claim]:
    """The claims of these identifiers, or of those that begin so, as FIG4 for FIG4-CIFAR10; all for none.

    Raises ValueError, one sentence, for an unknown identifier, with those that are near.
    """
    known = [claim.identifier for claim in claims]
    names: set[str] = set()
    for identifier in identifiers:
        named = {name for name in known if f"{name}-".startswith(f"{identifier.upper()}-")}
        if not named:
            near = difflib.get_close_matches(identifier.upper(), known, n=5, cutoff=0.5)
            which = f"near are {', '.join(near)}" if near else f"the first are {', '.join(known[:5])}"
            raise ValueError(f"{identifier!r} is the identifier of no claim: {which}")
        names |= named
    return [claim for claim in claims if not names or claim.identifier in names]


def obtain(evidence: Evidence, quick: bool, making: RunSettings, console: Console) -> Obtained:
    """The evidence as it is stored and current; else made where that is affordable; else stale, or missing."""
    stored = kept(evidence, making.store)
    if stored is not None and not stored.changed:
        return _read(Obtained(evidence, stored))
    why = why_not_made(evidence, quick, making)
    if not why:
        console.print(f"{evidence.name}: {evidence.command}")
        try:
            return _read(Obtained(evidence, make(evidence, making, console, results_of)))
        except RunsFailed as failed:  # the other claims have their evidence all the same
            console.print(str(failed))
            why = f"{len(failed.failed)} runs of `{evidence.command}` failed: the same command again says why"
    if stored is not None:
        return _read(Obtained(evidence, stored, changed=tuple(stored.changed), why_missing=why))
    return Obtained(evidence, why_missing=why)


def why_not_made(evidence: Evidence, quick: bool, making: RunSettings) -> str:
    """What is needed to make it; empty where it can be made now."""
    if evidence.needs:
        return evidence.needs
    try:
        missing = missing_runs(evidence, making.store)
    except (ValueError, ImportError, OSError) as error:
        return str(error)
    if quick and not evidence.quick and (missing or not evidence.runs()):
        return f"`{evidence.command}`, about {evidence.minutes:g} minutes on two cores; --quick leaves it out"
    return ""


def _read(obtained: Obtained) -> Obtained:
    """With the values as judges take them; values that today's code cannot read are missing."""
    assert obtained.kept is not None
    try:
        values = obtained.evidence.read(obtained.kept.values)
    except (ValueError, KeyError, TypeError):
        why = f"stored values are of another form: `{obtained.evidence.command}`"
        return Obtained(obtained.evidence, why_missing=obtained.why_missing or why)
    return Obtained(obtained.evidence, obtained.kept, values, obtained.changed, obtained.why_missing)


def assess(claims: Sequence[Claim], obtained: Mapping[str, Obtained]) -> Ledger:
    """Judge every claim by its evidence."""
    return Ledger(tuple(_entry(claim, obtained[claim.evidence]) for claim in claims))


def _entry(claim: Claim, obtained: Obtained) -> Entry:
    if obtained.state == "missing":
        return Entry(claim, obtained, Finding(Verdict.NOT_CHECKED, "—", None, f"needs: {obtained.why_missing}"))
    finding = _judged(claim.judge, obtained.values)
    if obtained.state == "current":
        return Entry(claim, obtained, finding)
    changed = ", ".join(obtained.changed[:3]) + (" and others" if len(obtained.changed) > 3 else "")
    remark = f"stale: {changed} changed since; needs: {obtained.why_missing}"
    return Entry(claim, obtained, Finding(Verdict.NOT_CHECKED, "—", None, remark), former=finding)


def _judged(judge: Callable[[Any], Finding], values: Any) -> Finding:
    """The finding; undecided where the values have nothing to judge by."""
    try:
        return judge(values)
    except (LookupError, ValueError, ZeroDivisionError, StopIteration):
        why = traceback.format_exc().strip().splitlines()[-1]
        return Finding(Verdict.UNDECIDED, "—", None, f"the evidence has nothing to judge this by ({why})")
