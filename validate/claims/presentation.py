"""The ledger as a table on the terminal and as JSON."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from validate.claims.claim import Finding, Verdict
from validate.claims.evidence import machine
from validate.claims.ledger import Entry, Ledger, Obtained
from validate.presentation import table

COLOURS = {
    Verdict.HOLDS: "green",
    Verdict.HOLDS_CORRECTED: "cyan",
    Verdict.DOES_NOT_HOLD: "red",
    Verdict.UNDECIDED: "yellow",
    Verdict.NOT_CHECKED: "dim",
}


def tables(ledger: Ledger) -> Group:
    """What is printed: every entry, and how many there are of each verdict."""
    rows: list[list[Any]] = [
        [
            entry.claim.identifier,
            entry.claim.place,
            entry.claim.printed,
            entry.finding.measured,
            Text(_verdict(entry), COLOURS[entry.finding.verdict]),
        ]
        for entry in ledger.entries
    ]
    headings = ("claim", "where", "printed", "measured", "verdict")
    counts = [[verdict, str(count)] for verdict, count in ledger.counts.items()]
    needed = {e.obtained.evidence.name: e.obtained.why_missing for e in ledger.entries if e.obtained.why_missing}
    parts = [
        table("Claims", headings, rows, None, left=5),
        table("Verdicts", ("verdict", "entries"), counts, None, left=1),
    ]
    if needed:
        parts.insert(1, table("Not checked", ("evidence", "needs"), [[*pair] for pair in needed.items()], None, left=2))
    return Group(*parts)


def _verdict(entry: Entry) -> str:
    finding = entry.finding
    if finding.verdict == Verdict.NOT_CHECKED:
        former = f"; stale: {entry.former.verdict}" if entry.former else ""
        return f"not checked: {entry.obtained.evidence.name}{former}"
    return f"{finding.verdict}" + (f": {finding.remark}" if finding.remark else "")


def record(ledger: Ledger, quick: bool, seconds: float) -> dict[str, Any]:
    """The ledger as `schema.json` describes it."""
    used = {entry.obtained.evidence.name: entry.obtained for entry in ledger.entries}
    return {
        "form": 1,
        "quick": quick,
        "made": machine(seconds),
        "counts": ledger.counts,
        "evidence": {name: _evidence(obtained) for name, obtained in used.items()},
        "entries": [_entry(entry) for entry in ledger.entries],
    }


def _evidence(obtained: Obtained) -> dict[str, Any]:
    made: Mapping[str, Any] | None = obtained.kept.made if obtained.kept else None
    return {
        "state": obtained.state,
        "command": obtained.evidence.command,
        "minutes": obtained.evidence.minutes,
        "changed": list(obtained.changed),
        "needs": obtained.why_missing,
        "made": None if made is None else dict(made),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    claim = entry.claim
    return {
        "identifier": claim.identifier,
        "place": claim.place,
        "section": claim.section,
        "statement": claim.statement,
        "ours": claim.ours,
        "printed": claim.printed,
        **_finding(entry.finding),
        "former": None if entry.former is None else _finding(entry.former),
        "evidence": claim.evidence,
        "state": entry.obtained.state,
        "command": entry.obtained.evidence.command,
        "rests_on": list(claim.rests_on),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    ends = None if finding.interval is None else list(finding.interval)
    return {"verdict": finding.verdict.value, "measured": finding.measured, "interval": ends, "remark": finding.remark}
