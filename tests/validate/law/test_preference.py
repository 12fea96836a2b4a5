"""The choice between sum rule and homogeneity, on networks whose filters are known."""

import numpy as np
import pytest

from nets.simple.seed_result import SeedResult
from tests.validate.law.networks import interpolated, made_up
from validate.law.networks import NetworkSettings
from validate.law.preference import Preference, StageJudgement

SETTINGS = NetworkSettings(1, 3, 2)
BLUR, BLOCK, BOX, ODD = (
    np.array(weights) for weights in ([0.25, 0.5, 0.25], [0.5, 0.5, 0.0], [1 / 3] * 3, [0.5, 0.0, 0.5])
)


def preference(stage: StageJudgement) -> Preference:
    """The choice, which these networks have."""
    assert stage.preference is not None
    return stage.preference


def several(weights: np.ndarray, spread: float = 0.01) -> np.ndarray:
    """Six filters around the given one, of sum 1."""
    filters = weights + spread * np.random.default_rng(0).normal(size=(6, len(weights)))
    return np.asarray(filters / filters.sum(1, keepdims=True))


@pytest.mark.parametrize(("weights", "expected"), [(BLUR, True), (BLOCK, True), (BOX, False), (ODD, False)])
def test_the_sum_rule_is_recognised_and_its_rivals_refused(weights: np.ndarray, expected: bool) -> None:
    choice = preference(made_up(SETTINGS, several(BOX), several(weights)).trained)
    assert choice.sum_rule is expected
    assert choice.follows is expected


def test_homogeneous_filters_have_the_ratio_one() -> None:
    made = made_up(SETTINGS, several(BOX), several(BOX, 0))
    assert preference(made.trained).defect == pytest.approx(np.ones(6))
    assert preference(made.untrained).defect == pytest.approx(np.ones(6), rel=0.2)


def test_scattered_filters_are_no_sum_rule() -> None:
    """Right on average, but no seed is near it."""
    made = made_up(SETTINGS, several(BOX), several(BLUR, 0.3))
    assert not preference(made.trained).sum_rule


def test_slopes_are_those_of_the_exact_curves() -> None:
    made = made_up(SETTINGS, several(BOX), several(BLUR, 0))
    blur, box = made.trained.slope_own[0], made.homogeneous_slope
    assert blur < -1.7  # α = 2 at infinite depth
    assert box > -0.3  # α = 0


def test_one_seed_decides_nothing() -> None:
    made = made_up(SETTINGS, several(BOX)[:1], several(BLUR)[:1])
    assert not preference(made.trained).sum_rule
    assert not preference(made.trained).follows


def test_seeds_that_do_not_fit_are_left_out() -> None:
    filters = np.concatenate([several(BLUR)[:3], several(BOX)[:3]])
    seed_results = [SeedResult(0, "diverged", train_error=0.0), interpolated(1), interpolated(2)]
    seed_results += [SeedResult(seed, train_error=0.01) for seed in (3, 4, 5)]
    made = made_up(SETTINGS, several(BOX), filters, seed_results)
    assert made.trained.counted.tolist() == [1, 2]
    assert preference(made.trained).sum_rule
    assert len(preference(made.untrained).defect) == 6
