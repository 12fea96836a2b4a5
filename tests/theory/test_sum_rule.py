"""When D_k → 0 (L6 … L11 of docs/law.md), on filters with zeros."""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulate import stack as operator
from theory import transfer_matrix
from theory.definitions.stack import Layer, box, layer
from theory.sum_rule import class_weights, common_divisor, pools, sum_rule_defect
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
    "sum rule": (lambda layer_: sum_rule_defect(layer_) == 0, False),
    "g = 1": (lambda layer_: common_divisor(layer_) == 1, False),
    "sum rule and g odd": (lambda layer_: sum_rule_defect(layer_) == 0 and common_divisor(layer_) % 2 == 1, False),
}


@pytest.mark.parametrize(("condition", "is_theorem"), CONDITIONS.values(), ids=CONDITIONS)
def test_every_small_filter(condition: Callable[[Layer], bool], is_theorem: bool) -> None:
    """L6 on all 484 of them, from exact eigenvalues; the sum rule alone is refused by the same test."""
    small = every_small_filter()
    assert len(small) == 2 * (2 * (3**5 - 1) // 2)
    assert all(condition(filter_layer) != growth_law(filter_layer).saturates for filter_layer in small) == is_theorem


@settings(max_examples=60, deadline=None)
@given(filters())
def test_insensitivity_is_sum_rule_and_no_common_divisor(filter_layer: Layer) -> None:
    """L6: α > 0, by eigenvalues, and D_k → 0, by the recursion."""
    law = growth_law(filter_layer)
    assert pools(filter_layer) == (not law.saturates) == (law.exponents[0] > 1e-12)
    norm, neighbour = transfer_matrix.correlations(filter_layer, 60)[-1]
    early = transfer_matrix.correlations(filter_layer, 30)[-1]
    d, before = float(2 * (1 - neighbour / norm)), float(2 * (1 - early[1] / early[0]))
    assert (d < before / 2) == pools(filter_layer)


@settings(max_examples=40, deadline=None)
@given(filters())
def test_holes_keep_neighbours_apart(filter_layer: Layer) -> None:
    """L7: g ≠ 1 gives C_k(1) = 0 exactly, g by brute force over pairs of taps."""
    assert common_divisor(filter_layer) == math.gcd(*(abs(o - p) for o in filter_layer.taps for p in filter_layer.taps))
    if common_divisor(filter_layer) != 1:
        assert all(neighbour == 0 for _, neighbour in transfer_matrix.correlations(filter_layer, 8))


@settings(max_examples=40, deadline=None)
@given(filters(rule=True))
def test_constant_is_the_eigenvector_under_the_sum_rule(filter_layer: Layer) -> None:
    """L9, and the walk behind it: sT is stochastic."""
    matrix = transfer_matrix.transfer_matrix(filter_layer)
    assert min(matrix) >= 0
    assert list(matrix * sp.ones(matrix.rows, 1)) == [sp.Rational(1, filter_layer.stride)] * matrix.rows


@settings(max_examples=40, deadline=None)
@given(filters(rule=False))
def test_constant_is_no_eigenvector_without_it(filter_layer: Layer) -> None:
    assume(sum_rule_defect(filter_layer))
    matrix = transfer_matrix.transfer_matrix(filter_layer)
    assert len(set(matrix * sp.ones(matrix.rows, 1))) > 1


@settings(max_examples=40, deadline=None)
@given(filters())
def test_class_sums_of_the_autocorrelation(filter_layer: Layer) -> None:
    """L8: Σ_{r ≡ c} a(r) = Σ_b W_b W_{b+c}, all equal if and only if the W_c are."""
    sums = [Fraction(0)] * filter_layer.stride
    for lag, value in transfer_matrix.autocorrelation(filter_layer).items():
        sums[lag % filter_layer.stride] += value
    weights = class_weights(filter_layer)
    assert sums == [
        sum((weights[n] * weights[(n + c) % filter_layer.stride] for n in range(filter_layer.stride)), Fraction(0))
        for c in range(filter_layer.stride)
    ]
    assert (len(set(sums)) == 1) == (sum_rule_defect(filter_layer) == 0)


@settings(max_examples=40, deadline=None)
@given(filters(rule=True))
def test_the_walk_returns_to_zero_from_everywhere_if_and_only_if_taps_have_no_divisor(filter_layer: Layer) -> None:
    """The step of the proof that takes g = 1: s^k C_k(r) has one limit for all r of the window."""
    matrix = np.array(transfer_matrix.transfer_matrix(filter_layer).tolist(), dtype=float) * filter_layer.stride
    limit = np.linalg.matrix_power(matrix, 2**12)[:, 0]  # from δ, C_k(r) is the first column
    assert limit[0] > 0
    assert (np.ptp(limit) < 1e-9) == (common_divisor(filter_layer) == 1)


def stationary(filter_layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """(lags, the distribution that the walk r → p, with probability s·a(r − sp), tends to from lag 1), symmetrised."""
    a = transfer_matrix.autocorrelation(filter_layer)
    reach = max(1, max(a) // (filter_layer.stride - 1))
    lags = np.arange(-reach, reach + 1)
    step = filter_layer.stride * np.array(
        [[float(a.get(r - filter_layer.stride * p, 0)) for p in lags.tolist()] for r in lags.tolist()]
    )
    late = np.linalg.matrix_power(step, 2**10)[reach + 1]
    # classes of period 1, 2, 3, 4 or 6, the orders of s modulo the g that occur
    pi = np.mean([late @ np.linalg.matrix_power(step, k) for k in range(12)], axis=0)
    return lags, (pi + pi[::-1]) / 2


@settings(max_examples=40, deadline=None)
@given(filters(rule=True), st.floats(-3, 3))
def test_stationary_polynomial(filter_layer: Layer, q: float) -> None:
    """L11, whatever class the walk ends in; it is the constant where R = {0} and g = 1."""
    lags, pi = stationary(filter_layer)
    theta = (q + 2 * np.pi * np.arange(filter_layer.stride)) / filter_layer.stride

    def f(angle: np.ndarray) -> np.ndarray:
        return np.asarray(pi @ np.cos(np.multiply.outer(lags, angle)))

    power = np.abs(sum(float(w) * np.exp(1j * o * theta) for o, w in filter_layer.taps.items())) ** 2
    assert f(np.array(q)) == pytest.approx(np.sum(power * f(theta)), abs=1e-9)
    if len(filter_layer.taps) == filter_layer.stride and common_divisor(filter_layer) == 1:
        assert np.ptp(f(np.linspace(0, 3, 7))) < 1e-9


@pytest.mark.parametrize(
    "filter_layer", [layer([1, 0, 0, 1, 0, 0, 2, 0, 0, 2], 2), box(6, 3, dilation=5), layer([1, 2, 1], 2)]
)
def test_weights_of_the_limits_frequencies(filter_layer: Layer) -> None:
    """L10: u(r) is periodic, of period g, and its weights obey c_θ = A(θ) c_{sθ}; all at 0 for g = 1."""
    divisor, depth = common_divisor(filter_layer), 12
    stack = (filter_layer,) * depth
    h = operator.response(stack)
    u = np.array([np.sum(h[: len(h) - r] * h[r:]) for r in range(divisor)]) / np.sum(h**2)
    c = np.fft.fft(u).real / divisor
    theta = 2 * np.pi * np.arange(divisor) / divisor
    power = np.abs(sum(float(w) * np.exp(1j * o * theta) for o, w in filter_layer.taps.items())) ** 2
    np.testing.assert_allclose(c, power * c[np.arange(divisor) * filter_layer.stride % divisor], atol=1e-12)
    np.testing.assert_allclose(c, 1 / divisor, atol=1e-12)


def test_class_weights() -> None:
    assert class_weights(layer([1, 2, 1], 2)) == class_weights(box(4, 2)) == [0.5, 0.5]
    assert sum_rule_defect(box(3, 2)) * 3 == 1
    assert sum_rule_defect(box(3, 2, dilation=3)) * 3 == 1
