"""What is printed of the statements on real images."""

import math
from collections.abc import Sequence

from rich.table import Table

from validate.deep.statements import Claim, Statement
from validate.presentation import interval, table
from validate.statistics import Estimate

HEADINGS = ("statement", "networks", "number", "stated", "verdict", "layers", "control", "its verdict")
CAPTION = (
    "number: mean over seeds, or over the means of families (VGG, ResNet, …), with its 90 % interval; verdict: that\n"
    "lies inside what is stated, outside, or neither; the control must not agree; layers: steps from layer to layer\n"
    "in which the mean over seeds falls (i), layers in which it lies between (ii), as more than half have to, or in\n"
    "which it falls (v)"
)


def statement_table(statements: Sequence[Statement], condition: str) -> Table:
    """A section for each statement; `condition` is what they were judged under."""
    rows: list[list[str]] = []
    shown: Claim | None = None
    for statement in statements:
        claim = statement.claim
        first = claim is not shown
        rows += [[]] if first and rows else []
        rows.append([
            f"({claim.number}) {claim.text}; control: {claim.control}" if first else "", statement.subject,
            _number(statement.value), _stated(claim), statement.verdict,
            "/".join(map(str, statement.layers)) if statement.layers else "",
            _number(statement.control), statement.control_verdict,
        ])  # fmt: skip
        shown = claim
    return table("What the paper says of real images, judged", HEADINGS, rows, f"{CAPTION}\nunder: {condition}", left=2)


def _number(value: Estimate) -> str:
    return interval(value.value, value.low, value.high)


def _stated(claim: Claim) -> str:
    """The range of the number."""
    if math.isinf(claim.low):
        return f"< {claim.high:.2f}"
    return f"> {claim.low:.2f}" if math.isinf(claim.high) else f"{claim.low:g} … {claim.high:g}"
