"""Moved and lost, judged: what agrees, and wrong laws that the same code refuses."""

import numpy as np
import pytest

from simulate.transport import pixel_split
from tests.validate.drawn import curve
from theory import moved_lost
from theory.definitions.stack import box, layer
from theory.transfer_matrix import growth_law
from validate.law import judgement, split
from validate.law.settings import LawSettings
from validate.law.split_report import DRAWN, draw_splits, split_table


@pytest.fixture(scope="module")
def two_by_two() -> split.SplitJudgement:
    return split.judge_split("F = s = 2 (paper)", box(2, 2))


def test_stride_filter_loses_what_falls_slowly(two_by_two: split.SplitJudgement) -> None:
    assert two_by_two.agrees
    assert two_by_two.slope_lost == pytest.approx(1, abs=1e-3)
    assert two_by_two.slope_moved == pytest.approx(2, abs=1e-3)
    assert {rival.name for rival in two_by_two.rivals} >= {
        "moved falls as D_k does",
        "lost ~ A_k^−(α + 0.3)",
        "transport by two pixels",
    }
    assert not any(rival.accepted for rival in two_by_two.rivals)


def test_both_fall_alike_where_alpha_is_two() -> None:
    judged = split.judge_split("[1, 2, 1]/4, s = 2", layer([1, 2, 1], 2))
    assert judged.agrees
    assert "lost ~ A_k^−2" not in {rival.name for rival in judged.rivals}
    assert judged.theory.cross[-1] / judged.theory.D[-1] < -0.4


def test_a_wrong_transport_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = lambda stack, neurons, **_: pixel_split(stack, neurons, transported_by=1.01)  # noqa: E731
    monkeypatch.setattr(split, "pixel_split", wrong)
    judged = split.judge_split("F = 3, s = 2", box(3, 2))
    assert not judged.layers_agree


def test_a_wrong_exponent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law of the next filter size: the statement fails, and with it the judgement."""
    next_size = lambda identical: growth_law(box(len(identical.weights) + 1, identical.stride))  # noqa: E731
    monkeypatch.setattr(split, "growth_law", next_size)
    judged = judgement.judge(LawSettings(2, 2, stacks=(), networks=()))
    (statement,) = (s for s in judged.statements if s.name.startswith("moved ~ A_k^−2"))
    assert not statement.holds
    assert not judged.holds


def test_aliases_left_out_of_the_theory_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Theory in which nothing is displaced on the fine lattice loses all agreement in lost."""
    overlaps = moved_lost.coarse_overlaps
    monkeypatch.setattr(moved_lost, "coarse_overlaps", lambda stack: (overlaps(stack)[0],) * 2)
    with np.errstate(divide="ignore"):
        assert not split.judge_split("F = 3, s = 2", box(3, 2)).layers_agree


def test_table_and_figure_show_the_judgement(two_by_two: split.SplitJudgement) -> None:
    assert split_table([two_by_two]).row_count == 1
    assert two_by_two.name in DRAWN
    figure = draw_splits([two_by_two])
    for part, values in (("moved", two_by_two.theory.moved), ("lost", two_by_two.theory.lost)):
        drawn = curve(figure, 0, f"{part}, theory")
        np.testing.assert_allclose(drawn, [two_by_two.theory.receptive_field, values])
