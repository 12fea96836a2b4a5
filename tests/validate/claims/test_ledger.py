"""The list of claims, unknown identifiers, formulas and the graph."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.validate.usage import assert_refused
from validate.claims.__main__ import main
from validate.claims.claim import Verdict, above, corrected
from validate.claims.entries import CLAIMS, EVIDENCE
from validate.claims.formulas import marked_up, mathml
from validate.claims.graph import layers
from validate.claims.ledger import chosen
from validate.claims.page import SECTIONS
from validate.statistics import Estimate

LISTED = (Path(__file__).parent / "identifiers.txt").read_text().split()


def test_no_identifier_ever_vanishes() -> None:
    """identifiers.txt grows only: an identifier is never changed, and never reused."""
    names = [claim.identifier for claim in CLAIMS]
    assert len(names) == len(set(names)) >= 60
    assert set(LISTED) == set(names)


def test_every_numbered_statement_has_an_entry() -> None:
    names = {claim.identifier for claim in CLAIMS}
    beginnings = [f"EQ{n}" for n in range(1, 17)] + ["PROP-A1", "TAB1", "TAB2"] + [f"FIG{n}" for n in range(1, 15)]
    for beginning in beginnings:
        assert any(name == beginning or name.startswith(f"{beginning}-") for name in names), beginning
    assert sum(claim.ours for claim in CLAIMS) >= 10


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.identifier)
def test_an_entry_is_whole(claim) -> None:  # type: ignore[no-untyped-def]
    assert claim.section in SECTIONS
    assert claim.statement.endswith(".")
    assert set(claim.rests_on) <= {other.identifier for other in CLAIMS}
    figures = EVIDENCE[claim.evidence].figures
    assert claim.figure in figures or not claim.figure or EVIDENCE[claim.evidence].needs
    if claim.formula:
        ElementTree.fromstring(mathml(claim.formula))


def test_identifiers_are_chosen_in_any_case() -> None:
    assert [claim.identifier for claim in chosen(CLAIMS, ["fig2-spatial", "EQ8"])] == ["FIG2-SPATIAL", "EQ8"]
    assert [claim.identifier for claim in chosen(CLAIMS, ["FIG2"])] == ["FIG2-SPATIAL", "FIG2-CHANNEL"]
    assert [claim.identifier for claim in chosen(CLAIMS, ["EQ1"])] == ["EQ1"]


@pytest.mark.parametrize(
    ("word", "near"),
    [("EQ18", "EQ8"), ("FIG15", "FIG5"), ("PROP-A2", "PROP-A1"), ("", "EQ1"), ("[b]", "EQ1")],
)
def test_an_unknown_identifier_names_those_near(
    word: str, near: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(main, ["--only", word, "--out", str(tmp_path)], near, capsys)


def test_the_graph_puts_what_rests_on_others_right_of_them() -> None:
    columns = layers({claim.identifier: claim.rests_on for claim in CLAIMS})
    place = {name: x for x, column in enumerate(columns) for name in column}
    assert all(place[claim.identifier] > place[base] for claim in CLAIMS for base in claim.rests_on)
    with pytest.raises(ValueError, match="rests on itself"):
        layers({"A": ["B"], "B": ["A"]})


@pytest.mark.parametrize("formula", ["a_{b", "a}", "a_", r"\frac{a}"])
def test_formulas_with_unmatched_braces_are_refused(formula: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        mathml(formula)


def test_every_verdict_can_come_out() -> None:
    estimates = {low: Estimate(low + 0.5, low, low + 1, 0.1, 4) for low in (0.1, -0.5, -2)}
    assert [above(value, 0.0, "").verdict for value in estimates.values()] == [
        Verdict.HOLDS, Verdict.UNDECIDED, Verdict.DOES_NOT_HOLD,
    ]  # fmt: skip
    assert corrected(False, True, "", "so").verdict == Verdict.HOLDS_CORRECTED
    assert corrected(False, False, "", "so").verdict == Verdict.DOES_NOT_HOLD


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("D_k ~ A_k^−2", "D<sub>k</sub> ~ A<sub>k</sub><sup>−2</sup>"),
        ("f_{k−1} < x^{ab}", "f<sub>k−1</sub> &lt; x<sup>ab</sup>"),
        ("theory.moved_lost changed since", "theory.moved_lost changed since"),
        ("width^-0.49 ± 0.06", "width<sup>-0.49</sup> ± 0.06"),
    ],
)
def test_sentences_are_marked_up(sentence: str, html: str) -> None:
    assert marked_up(sentence) == html
