"""When D_k → 0 (L6 … L11 of docs/law.md), on filters with zeros and signs; the nearest sum-rule filter."""

import doctest
import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from simulate import stack as operator
from theory import sum_rule
from theory import transfer_matrix as refinement
from theory.definitions.stack import Layer, box, layer
from theory.sum_rule import class_weights, common_divisor, nearest, pools, sum_rule_defect
from theory.transfer_matrix import growth_law


def skipping(weights: list[Fraction], stride: int, dilation: int = 1) -> Layer:
    """A layer with these weights, scaled to sum 1, that may skip pixels."""
    total = sum(weights, Fraction(0))
    return Layer(tuple(Fraction(weight) / total for weight in weights), stride, dilation, skips=True)


@st.composite
def filters(draw: st.DrawFn, rule: bool | None = None) -> Layer:
    """Stride 2 or 3, dilation 1 … 3, up to 9 taps, about half of the weights 0; `rule`: obeying the sum rule."""
    stride = draw(st.integers(2, 3))
    dilation = draw(st.sampled_from([1, 1, 1, 2, 3]))
    size = draw(st.integers(stride, 3 * stride))
    weight = st.sampled_from([0, 0, 0, 1, 2, 3])
    weights = [Fraction(w) for w in draw(st.lists(weight, min_size=size, max_size=size))]
    if rule if rule is not None else draw(st.booleans()):
        assume(math.gcd(stride, dilation) == 1)
        for remainder in range(stride):
            part = weights[remainder::stride]
            assume(sum(part))
            weights[remainder::stride] = [w / sum(part) for w in part]
    assume(sum(weights))
    return skipping(weights, stride, dilation)


def every_small_filter() -> list[Layer]:
    """All filters of one to five taps with weights 0, 1, 2 and a first tap that is not 0, stride 2 and 3."""
    return [
        skipping([Fraction(w) for w in weights], stride)
        for stride in (2, 3)
        for size in range(1, 6)
        for weights in itertools.product((0, 1, 2), repeat=size)
        if weights[0]
    ]


CONDITIONS: dict[str, tuple[Callable[[Layer], bool], bool]] = {
    "sum rule and g = 1": (pools, True),
    "sum rule": (lambda one: sum_rule_defect(one) == 0, False),
    "g = 1": (lambda one: common_divisor(one) == 1, False),
    "sum rule and g odd": (lambda one: sum_rule_defect(one) == 0 and common_divisor(one) % 2 == 1, False),
}


@pytest.mark.parametrize(("condition", "is_theorem"), CONDITIONS.values(), ids=CONDITIONS)
def test_every_small_filter(condition: Callable[[Layer], bool], is_theorem: bool) -> None:
    """L6 on all 484 of them, from exact eigenvalues; the sum rule alone is refused by the same test."""
    small = every_small_filter()
    assert len(small) == 2 * (2 * (3**5 - 1) // 2)
    assert all(condition(one) != growth_law(one).saturates for one in small) == is_theorem


@settings(max_examples=60, deadline=None)
@given(filters())
def test_insensitivity_is_sum_rule_and_no_common_divisor(one: Layer) -> None:
    """L6: α > 0, by eigenvalues, and D_k → 0, by the recursion."""
    found = growth_law(one)
    assert pools(one) == (not found.saturates) == (found.exponents[0] > 1e-12)
    here, there = refinement.correlations(one, 60)[-1]
    early = refinement.correlations(one, 30)[-1]
    d, before = float(2 * (1 - there / here)), float(2 * (1 - early[1] / early[0]))
    assert (d < before / 2) == pools(one)


@settings(max_examples=40, deadline=None)
@given(filters())
def test_holes_keep_neighbours_apart(one: Layer) -> None:
    """L7: g ≠ 1 gives C_k(1) = 0 exactly, g by brute force over pairs of taps."""
    assert common_divisor(one) == math.gcd(*(abs(o - p) for o in one.taps for p in one.taps))
    if common_divisor(one) != 1:
        assert all(there == 0 for _, there in refinement.correlations(one, 8))


@settings(max_examples=40, deadline=None)
@given(filters(rule=True))
def test_constant_is_the_eigenvector_under_the_sum_rule(one: Layer) -> None:
    """L9, and the walk behind it: sT is stochastic."""
    matrix = refinement.transfer_matrix(one)
    assert min(matrix) >= 0
    assert list(matrix * sp.ones(matrix.rows, 1)) == [sp.Rational(1, one.stride)] * matrix.rows


@settings(max_examples=40, deadline=None)
@given(filters(rule=False))
def test_constant_is_no_eigenvector_without_it(one: Layer) -> None:
    assume(sum_rule_defect(one))
    matrix = refinement.transfer_matrix(one)
    assert len(set(matrix * sp.ones(matrix.rows, 1))) > 1


@settings(max_examples=40, deadline=None)
@given(filters())
def test_class_sums_of_the_autocorrelation(one: Layer) -> None:
    """L8: Σ_{r ≡ c} a(r) = Σ_b W_b W_{b+c}, all equal if and only if the W_c are."""
    sums = [Fraction(0)] * one.stride
    for lag, value in refinement.autocorrelation(one).items():
        sums[lag % one.stride] += value
    weights = class_weights(one)
    assert sums == [
        sum((weights[n] * weights[(n + c) % one.stride] for n in range(one.stride)), Fraction(0))
        for c in range(one.stride)
    ]
    assert (len(set(sums)) == 1) == (sum_rule_defect(one) == 0)


@settings(max_examples=40, deadline=None)
@given(filters(rule=True))
def test_the_walk_returns_to_zero_from_everywhere_if_and_only_if_taps_have_no_divisor(one: Layer) -> None:
    """The step of the proof that takes g = 1: s^k C_k(r) has one limit for all r of the window."""
    matrix = np.array(refinement.transfer_matrix(one).tolist(), dtype=float) * one.stride
    limit = np.linalg.matrix_power(matrix, 2**12)[:, 0]  # from δ, C_k(r) is the first column
    assert limit[0] > 0
    assert (np.ptp(limit) < 1e-9) == (common_divisor(one) == 1)


def stationary(one: Layer) -> tuple[np.ndarray, np.ndarray]:
    """(lags, the distribution that the walk r → p, with probability s·a(r − sp), tends to from lag 1), symmetrised."""
    a = refinement.autocorrelation(one)
    reach = max(1, max(a) // (one.stride - 1))
    lags = np.arange(-reach, reach + 1)
    step = one.stride * np.array([[float(a.get(r - one.stride * p, 0)) for p in lags.tolist()] for r in lags.tolist()])
    late = np.linalg.matrix_power(step, 2**10)[reach + 1]
    # classes of period 1, 2, 3, 4 or 6, the orders of s modulo the g that occur
    pi = np.mean([late @ np.linalg.matrix_power(step, k) for k in range(12)], axis=0)
    return lags, (pi + pi[::-1]) / 2


@settings(max_examples=40, deadline=None)
@given(filters(rule=True), st.floats(-3, 3))
def test_stationary_polynomial(one: Layer, q: float) -> None:
    """L11, whatever class the walk ends in; it is the constant where R = {0} and g = 1."""
    lags, pi = stationary(one)
    theta = (q + 2 * np.pi * np.arange(one.stride)) / one.stride

    def f(angle: np.ndarray) -> np.ndarray:
        return np.asarray(pi @ np.cos(np.multiply.outer(lags, angle)))

    power = np.abs(sum(float(w) * np.exp(1j * o * theta) for o, w in one.taps.items())) ** 2
    assert f(np.array(q)) == pytest.approx(np.sum(power * f(theta)), abs=1e-9)
    if len(one.taps) == one.stride and common_divisor(one) == 1:
        assert np.ptp(f(np.linspace(0, 3, 7))) < 1e-9


@pytest.mark.parametrize("one", [layer([1, 0, 0, 1, 0, 0, 2, 0, 0, 2], 2), box(6, 3, dilation=5), layer([1, 2, 1], 2)])
def test_weights_of_the_limits_frequencies(one: Layer) -> None:
    """L10: u(r) is periodic, of period g, and its weights obey c_θ = A(θ) c_{sθ}; all at 0 for g = 1."""
    divisor, depth = common_divisor(one), 12
    stack = (one,) * depth
    h = operator.response(stack)
    u = np.array([np.sum(h[: len(h) - r] * h[r:]) for r in range(divisor)]) / np.sum(h**2)
    c = np.fft.fft(u).real / divisor
    theta = 2 * np.pi * np.arange(divisor) / divisor
    power = np.abs(sum(float(w) * np.exp(1j * o * theta) for o, w in one.taps.items())) ** 2
    np.testing.assert_allclose(c, power * c[np.arange(divisor) * one.stride % divisor], atol=1e-12)
    np.testing.assert_allclose(c, 1 / divisor, atol=1e-12)


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


def test_examples_in_docstrings_run() -> None:
    assert doctest.testmod(sum_rule).failed == 0
    assert doctest.testmod(sum_rule).attempted > 0


def test_class_weights() -> None:
    assert class_weights(layer([1, 2, 1], 2)) == class_weights(box(4, 2)) == [0.5, 0.5]
    assert sum_rule_defect(box(3, 2)) * 3 == 1
    assert sum_rule_defect(box(3, 2, dilation=3)) * 3 == 1


def test_nearest_to_the_box_is_blurred_pooling() -> None:
    assert nearest(np.full(3, 1 / 3), 2) == pytest.approx([0.25, 0.5, 0.25])
    assert nearest(np.array([0.6, 0.5, -0.1]), 2) == pytest.approx([0.5, 0.5, 0])


@given(st.integers(2, 4), st.data())
def test_nearest_satisfies_the_rule_and_is_its_own_nearest(stride: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(stride, 9))
    weights = np.array(data.draw(st.lists(st.floats(-2, 2), min_size=size, max_size=size)))
    found = nearest(weights, stride)
    assert found.min() >= 0
    assert [found[r::stride].sum() for r in range(stride)] == pytest.approx([1 / stride] * stride)
    assert nearest(found, stride) == pytest.approx(found, abs=1e-12)


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
