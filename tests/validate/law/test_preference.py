"""The choice between sum rule and homogeneity, on networks whose filters are known."""

import numpy as np
import pytest

from tests.validate.law.networks import made_up
from validate.law.preference import preference, slopes
from validate.law.trained import Case

CASE = Case(1, 3, 2)
BLUR, BLOCK, BOX, ODD = (
    np.array(weights) for weights in ([0.25, 0.5, 0.25], [0.5, 0.5, 0.0], [1 / 3] * 3, [0.5, 0.0, 0.5])
)


def several(weights: np.ndarray, spread: float = 0.01) -> np.ndarray:
    """Six filters around one, of sum 1."""
    filters = weights + spread * np.random.default_rng(0).normal(size=(6, len(weights)))
    return np.asarray(filters / filters.sum(1, keepdims=True))


@pytest.mark.parametrize(("weights", "expected"), [(BLUR, True), (BLOCK, True), (BOX, False), (ODD, False)])
def test_the_sum_rule_is_recognised_and_its_rivals_refused(weights: np.ndarray, expected: bool) -> None:
    made = made_up(CASE, several(BOX), several(weights))
    found = preference(made, made.after)
    assert found.sum_rule is expected
    assert found.follows is expected


def test_homogeneous_filters_have_the_ratio_one() -> None:
    made = made_up(CASE, several(BOX), several(BOX, 0))
    assert preference(made, made.after).defect == pytest.approx(np.ones(6))
    assert preference(made, made.before).defect == pytest.approx(np.ones(6), rel=0.2)


def test_scattered_filters_are_no_sum_rule() -> None:
    """Right on average, but no seed is near it."""
    made = made_up(CASE, several(BOX), several(BLUR, 0.3))
    assert not preference(made, made.after).sum_rule


def test_slopes_are_those_of_the_exact_curves() -> None:
    made = made_up(CASE, several(BOX), several(BLUR, 0))
    blur, box = slopes(made, made.after.own.D)[0], slopes(made, made.homogeneous.D)[0]
    assert blur < -1.7  # α = 2 at infinite depth
    assert box > -0.3  # α = 0


def test_one_seed_gives_no_answer() -> None:
    made = made_up(CASE, several(BOX)[:1], several(BLUR)[:1])
    found = preference(made, made.after)
    assert not found.sum_rule
    assert not found.follows


def test_seeds_that_do_not_fit_are_left_out() -> None:
    filters = np.concatenate([several(BLUR)[:3], several(BOX)[:3]])
    made = made_up(CASE, several(BOX), filters)
    for seed_result in made.seed_results[3:]:
        seed_result.train_error = 0.01
    made.seed_results[0].status = "diverged"
    assert made.counted(made.after).tolist() == [1, 2]
    assert preference(made, made.after).sum_rule
    assert len(preference(made, made.before).defect) == 6
