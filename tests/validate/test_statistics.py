import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from validate.statistics import LEVEL, equivalence, estimate

MARGIN = np.array([0.1])


def test_the_interval_is_that_of_two_one_sided_tests() -> None:
    """low > −m and high < m exactly where scipy's one-sided t-tests both reject at LEVEL."""
    random = np.random.default_rng(0)
    agree = {True: 0, False: 0}
    for _ in range(200):
        values = random.normal(0.05, 0.04, size=(5, 1))
        inside = estimate(values[:, 0])
        above = ttest_1samp(values[:, 0], -0.1, alternative="greater").pvalue < LEVEL
        below = ttest_1samp(values[:, 0], 0.1, alternative="less").pvalue < LEVEL
        assert (inside.low > -0.1 and inside.high < 0.1) == (above and below)
        assert (str(equivalence(values, MARGIN)) == "holds") == (above and below)
        agree[bool(above and below)] += 1
    assert min(agree.values()) > 20  # both outcomes were tried


@pytest.mark.parametrize("n", [2, 3, 4, 8])
def test_a_deviation_of_the_margin_is_accepted_at_most_at_the_level(n: int) -> None:
    random = np.random.default_rng(n)
    trials = 20_000
    for spread in (0.01, 0.05):
        verdicts = equivalence(random.normal(0.1, spread, size=(trials, n, 1)), MARGIN)
        # three standard errors of a share of 5 % in 20 000
        assert (verdicts == "holds").mean() < LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / trials)


def test_layers_together_fail_at_most_at_the_level() -> None:
    """Nine true deviations just within their margins: seldom called a failure, though each could be."""
    verdicts = equivalence(np.random.default_rng(0).normal(0.1, 0.05, size=(20_000, 4, 9)), np.full(9, 0.1))
    assert (verdicts == "fails").mean() < LEVEL


def test_far_off_fails_and_scattered_is_undecided() -> None:
    assert equivalence(np.array([[0.5], [0.51], [0.49]]), MARGIN) == "fails"
    assert equivalence(np.array([[0.5], [-0.5], [0.1]]), MARGIN) == "undecided"
    assert equivalence(np.array([[0.01], [0.0], [0.02]]), MARGIN) == "holds"


@pytest.mark.parametrize("values", [np.zeros((0, 3)), np.zeros((1, 3)), np.zeros((4, 0)), np.full((4, 3), np.nan)])
def test_no_evidence_decides_nothing(values: np.ndarray) -> None:
    assert equivalence(values, np.full(values.shape[1], 0.1)) == "undecided"


@given(st.integers(0, 8), st.floats(0.1, 100))
def test_one_layer_far_off_is_never_accepted(layer: int, off: float) -> None:
    values = 1e-3 * np.random.default_rng(layer).normal(size=(4, 9))
    assert equivalence(values, np.full(9, 0.1)) == "holds"
    values[:, layer] += off + 0.1
    assert equivalence(values, np.full(9, 0.1)) == "fails"
