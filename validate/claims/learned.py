"""Ours: which part of what was learned pools, and partly learned networks of infinite width."""

from collections.abc import Sequence
from typing import Any

from sweep.run import Run
from validate.claims.claim import Finding, Verdict
from validate.claims.evidence import Evidence
from validate.learned import __main__ as command
from validate.learned.figures import picture
from validate.learned.judgement import Judgement, Statement
from validate.record import from_json

MODULES = ("validate.learned.judgement", "validate.learned.settings", "validate.learned.measurements",
           "validate.learned.partial")  # fmt: skip


def evidence(name: str, words: str, minutes: float) -> Evidence:
    """What `python -m validate.learned` judges for these words."""

    def arguments() -> Any:
        return command.parser().parse_args(words.split())

    def runs() -> Sequence[Run]:
        return command.needed(arguments())

    def produce(results: Sequence[dict[str, Any]]) -> Judgement:
        return command.judgement_of(command.networks_of(arguments()), arguments().partial, results)

    return Evidence(
        name, f"python -m validate.learned {words}".strip(), minutes, MODULES, produce, runs,
        read=lambda values: from_json(Judgement, values), figures={"modes": picture},
    )  # fmt: skip


LEARNED = evidence("learned", "", 5)
PARTIAL = evidence("partial", "--partial", 15)
CIRCLED = {"1": "task 1", "2": "task 2"}


def stated(judgement: Judgement, words: str) -> Finding:
    """All statements with these words, of the paper's tasks: each interval beyond its bound, controls refused."""
    chosen = [s for s in judgement.statements if words in s.text]
    if not chosen:
        raise LookupError(f"no statement with {words!r}")
    measured = "; ".join(f"{_name(s)}: {s.value.value:+.2f} [{s.value.low:+.2f}, {s.value.high:+.2f}]" for s in chosen)
    interval = (min(s.value.low for s in chosen), max(s.value.high for s in chosen))
    accepted = [s for s in chosen if s.expected == "refused" and _known(s)]
    contradicted = [s for s in chosen if s.expected == "holds" and _contradicted(s)]
    undecided = [s for s in chosen if s.expected == "holds" and not _known(s)]
    if contradicted:
        return Finding(Verdict.DOES_NOT_HOLD, measured, interval, f"not in {', '.join(map(_name, contradicted))}")
    if accepted or undecided:
        remark = f"undecided in {', '.join(map(_name, (*accepted, *undecided)))}: more --seeds"
        return Finding(Verdict.UNDECIDED, measured, interval, remark)
    return Finding(Verdict.HOLDS, measured, interval)


def _name(statement: Statement) -> str:
    return statement.network + (" (control)" if statement.expected == "refused" else "")


def _known(statement: Statement) -> bool:
    """Whether the interval lies on the side that the statement says."""
    value, bound = statement.value, statement.bound
    return value.low > bound if statement.above else value.high < bound


def _contradicted(statement: Statement) -> bool:
    value, bound = statement.value, statement.bound
    return value.high < bound if statement.above else value.low > bound
