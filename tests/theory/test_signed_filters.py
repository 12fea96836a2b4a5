"""Filters with negative weights need more than the sum rule (L6 … L11 of docs/law.md)."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st


def d_of(weights: list[float], stride: int, depth: int) -> tuple[float, np.ndarray]:
    """(D_k, eigenvalues of T) of a filter of any signs, written out: a network without rectifiers."""
    w = np.array(weights) / np.sum(weights)
    a = dict(zip(range(1 - len(w), len(w)), np.correlate(w, w, "full"), strict=True))
    reach = max(1, (len(w) - 1) // (stride - 1))
    lags = range(-reach, reach + 1)
    matrix = np.array([[a.get(r - stride * p, 0.0) for p in lags] for r in lags])
    c = np.array([float(r == 0) for r in lags])
    for _ in range(depth):
        c = matrix @ c
        c /= c[reach]
    return float(2 * (1 - c[reach + 1])), np.linalg.eigvals(matrix)


def gcd_of_correlated(weights: list[float]) -> int:
    """Greatest common divisor of the lags at which the autocorrelation does not vanish."""
    a = np.correlate(weights, weights, "full")[len(weights) - 1 :]
    return math.gcd(*np.flatnonzero(np.abs(a) > 1e-12).tolist())


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 3), st.booleans(), st.data())
def test_signs(stride: int, rule: bool, data: st.DataObject) -> None:
    """With signs, sum rule and g = 1 are necessary, and sufficient where no other eigenvalue reaches 1/s (§ 3)."""
    size = data.draw(st.integers(stride, 3 * stride))
    weights = [float(w) for w in data.draw(st.lists(st.integers(-2, 3), min_size=size, max_size=size))]
    if rule:  # the last of each remainder makes up for the others
        for c in range(stride):
            last = c + stride * ((size - 1 - c) // stride)
            weights[last] += 1 - sum(weights[c::stride])
    assume(abs(sum(weights)) > 0.5)
    d, eigenvalues = d_of(weights, stride, 400)
    obeys = np.ptp([sum(weights[c::stride]) for c in range(stride)]) == 0 and gcd_of_correlated(weights) == 1
    if d < 1e-6:
        assert obeys
    others = np.sort(np.abs(eigenvalues))[:-1] * stride
    if obeys and others[-1] < 0.95 and np.abs(eigenvalues).max() * stride < 1 + 1e-9:
        assert d < 1e-6  # 0.95^400 = 1e-9


def test_signs_ask_for_more() -> None:
    """Sum rule and g = 1 do not suffice for filters with signs: another eigenvalue of T exceeds 1/s."""
    weights = [1.5, 0.5, -1.0]
    d, eigenvalues = d_of(weights, 2, 400)
    assert gcd_of_correlated(weights) == 1
    assert weights[0] + weights[2] == weights[1]
    assert np.abs(eigenvalues).max() > 0.5 + 0.1
    assert d > 0.1


def test_signs_can_cancel() -> None:
    """Taps without a common divisor whose autocorrelation lives on even lags: D_k = 2 under the sum rule."""
    weights = [-1.0, 1, 0, 1, 0, 1, 1]
    assert [sum(weights[c::3]) for c in range(3)] == [1, 1, 1]
    assert gcd_of_correlated(weights) == 2
    assert d_of(weights, 3, 50)[0] == pytest.approx(2, rel=1e-12)
