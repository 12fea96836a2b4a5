"""The filter that satisfies the sum rule and is nearest to given weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from theory.sum_rule import nearest


def test_nearest_to_the_box_is_blurred_pooling() -> None:
    assert nearest(np.full(3, 1 / 3), 2) == pytest.approx([0.25, 0.5, 0.25])
    assert nearest(np.array([0.6, 0.5, -0.1]), 2) == pytest.approx([0.5, 0.5, 0])


@given(st.integers(2, 4), st.data())
def test_nearest_satisfies_the_rule_and_is_its_own_nearest(stride: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(stride, 9))
    weights = np.array(data.draw(st.lists(st.floats(-2, 2), min_size=size, max_size=size)))
    projected = nearest(weights, stride)
    assert projected.min() >= 0
    assert [projected[r::stride].sum() for r in range(stride)] == pytest.approx([1 / stride] * stride)
    assert nearest(projected, stride) == pytest.approx(projected, abs=1e-12)


def test_no_other_filter_of_the_rule_is_nearer() -> None:
    weights = np.random.default_rng(0).normal(0.2, 0.3, 7)
    sums = [{"type": "eq", "fun": lambda w, r=r: w[r::3].sum() - 1 / 3} for r in range(3)]
    best = minimize(
        lambda w: np.sum((w - weights) ** 2), np.full(7, 1 / 7), bounds=[(0, None)] * 7, constraints=sums, tol=1e-14
    )
    assert nearest(weights, 3) == pytest.approx(best.x, abs=1e-6)


def test_a_filter_that_skips_pixels_has_no_sum_rule() -> None:
    with pytest.raises(ValueError, match="skips pixels"):
        nearest(np.ones(2), 3)
