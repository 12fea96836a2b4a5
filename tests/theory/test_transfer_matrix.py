"""The recursion, its eigenvalues and the closed form (L1 … L5, L12 … L15 of docs/law.md), by brute force."""

import cmath
import itertools
import math
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from theory import transfer_matrix
from theory.definitions.stack import Layer, box, layer
from theory.sum_rule import sum_rule_defect
from theory.transfer_matrix import growth_law, homogeneous_alpha, homogeneous_beta

root_17 = sp.sqrt(17)


def autocorrelation_of(kernel: list[Fraction], lag: int) -> Fraction:
    return sum((a * b for a, b in zip(kernel, kernel[lag:], strict=False)), Fraction(0))


def upsampled(filter_layer: Layer, depth: int) -> list[Fraction]:
    """h_k by h_{k+1} = w ∗ (↑s h_k), written out."""
    h = [Fraction(1)]
    for _ in range(depth):
        spread = [Fraction(0)] * ((len(h) - 1) * filter_layer.stride + 1)
        spread[:: filter_layer.stride] = h
        wider = [Fraction(0)] * (len(spread) + len(filter_layer.weights) - 1)
        for n, value in enumerate(spread):
            for o, weight in filter_layer.taps.items():
                wider[n + o] += weight * value
        h = wider
    return h


@pytest.mark.parametrize(
    "filter_layer", [box(2, 2), box(3, 2), box(5, 2), box(7, 3), layer([1, 2, 1], 2), layer([3, 1, 4, 1], 2)]
)
def test_correlations_are_those_of_the_kernel(filter_layer: Layer) -> None:
    """L4 beside L1."""
    for depth, (norm, neighbour) in enumerate(transfer_matrix.correlations(filter_layer, 4)):
        h = upsampled(filter_layer, depth)
        for correlation, lag in ((norm, 0), (neighbour, 1)):
            expected = autocorrelation_of(h, lag)
            assert correlation == sp.Rational(expected.numerator, expected.denominator)


@pytest.mark.parametrize(
    ("filter_layer", "norm", "moved"),
    [
        (box(2, 2), sp.Rational(1, 2), sp.Rational(1, 4)),
        (box(3, 3), sp.Rational(1, 3), sp.Rational(1, 9)),
        (box(4, 2), sp.Rational(1, 2), sp.Rational(1, 8)),
        (box(6, 3), sp.Rational(1, 3), sp.Rational(1, 18)),
        (box(3, 2), (5 + root_17) / 18, (5 + root_17) / 18),
        (box(6, 2), sp.Rational(1, 2), (5 + root_17) / 72),
        (layer([1, 2, 1], 2), sp.Rational(1, 2), sp.Rational(1, 8)),
    ],
)
def test_eigenvalues_are_algebraic_numbers(filter_layer: Layer, norm: sp.Expr, moved: sp.Expr) -> None:
    law = growth_law(filter_layer)
    assert sp.simplify(law.norm.root - norm) == 0
    assert sp.simplify(law.moved.root - moved) == 0


def test_exponents_of_the_papers_point_and_its_neighbours() -> None:
    assert (growth_law(box(2, 2)).alpha, growth_law(box(2, 2)).beta) == (1, 1)
    assert growth_law(box(4, 2)).alpha == 2
    assert growth_law(box(3, 2)).alpha == 0
    assert sp.simplify(growth_law(box(6, 3)).alpha - sp.log(6) / sp.log(3)) == 0
    assert growth_law(box(3, 2)).exponents[1] == pytest.approx(0.98040, abs=1e-5)


@pytest.mark.parametrize("stride", [2, 3, 4, 5])
def test_closed_form_of_homogeneous_filters(stride: int) -> None:
    """L14, L15."""
    for size in range(stride, 4 * stride + 1):
        closed = float(sp.N(homogeneous_alpha(size, stride), 15))
        law = growth_law(box(size, stride))
        assert law.exponents[0] == pytest.approx(closed, abs=1e-12)
        assert law.saturates == (size % stride != 0)
        if size % stride == 0:
            assert sp.simplify(law.norm.root - sp.Rational(1, stride)) == 0
            # λ_D = λ₁(m, s)/s², m = F/s
            inner = (
                growth_law(box(size // stride, stride)).norm.value if size >= stride**2 else sp.Rational(stride, size)
            )
            assert float(law.moved.value) == pytest.approx(float(inner) / stride**2, rel=1e-12)


def test_beyond_s_squared() -> None:
    assert homogeneous_alpha(8, 2) == 2
    assert sp.simplify(homogeneous_alpha(6, 2) - 1 - homogeneous_beta(3, 2)) == 0
    assert 1.98 < float(homogeneous_alpha(6, 2)) < 1.981


WEIGHTS = [
    ([1, 2, 1], 2),
    ([3, 5, 2], 2),
    ([1, 1, 1, 1], 3),
    ([1, 2, 3, 2, 1], 3),
    ([2, 1, 1, 2], 2),
    ([5, 6, 5, 4], 2),
]


@pytest.mark.parametrize(("weights", "stride"), WEIGHTS)
def test_sum_rule_is_a_zero_of_the_mask(weights: list[int], stride: int) -> None:
    """Strang–Fix of order 1: m(2πj/s) = 0 for j = 1 … s−1 if and only if the class weights are equal."""
    filter_layer = layer(weights, stride)
    mask = [
        abs(sum(float(w) * cmath.exp(2j * math.pi * j * o / stride) for o, w in filter_layer.taps.items()))
        for j in range(1, stride)
    ]
    assert (max(mask) < 1e-15) == (sum_rule_defect(filter_layer) == 0)


def test_five_percent_off_the_sum_rule_saturates() -> None:
    broken = layer([105, 200, 95 + 10], 2)
    assert float(sum_rule_defect(broken)) == pytest.approx(10 / 410, rel=1e-12)
    assert growth_law(broken).saturates


def test_prefactors_are_limits() -> None:
    for filter_layer in (box(2, 2), box(4, 2), box(3, 2), box(5, 3)):
        law = growth_law(filter_layer)
        alpha, beta = law.exponents
        norm, neighbour = transfer_matrix.correlations(filter_layer, 30)[-1]
        d, g = float(2 * (1 - neighbour / norm)), float(1 / (sp.pi * norm))
        assert d * filter_layer.stride ** (30 * alpha) == pytest.approx(law.prefactors[0], rel=1e-6)
        assert g * filter_layer.stride ** (-30 * beta) == pytest.approx(law.prefactors[1], rel=1e-6)


def test_stride_one_has_no_finite_matrix() -> None:
    with pytest.raises(ValueError, match="diffusion"):
        transfer_matrix.transfer_matrix(box(3))


def test_boxes_factorise() -> None:
    """L12, and its product over layers: a box of s^k times the kernel of a box of m with stride s, stretched by s."""
    size, stride, depth = 6, 2, 3
    z = sp.Symbol("z")
    whole, coarse, fine = (
        sp.Poly([sp.Rational(x.numerator, x.denominator) for x in upsampled(filter_layer, depth)], z)
        for filter_layer in (box(size, stride), box(size // stride, stride), box(stride, stride))
    )
    assert whole == fine * coarse.compose(sp.Poly(z**stride, z))


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (4, 2), (6, 2), (6, 3), (12, 3)])
def test_difference_of_neighbours(size: int, stride: int) -> None:
    """L13."""
    depth = 3
    h, gamma = upsampled(box(size, stride), depth), upsampled_holes(size // stride, stride, depth)
    padded = [Fraction(0), *h, Fraction(0)]
    moved = sum((b - a) ** 2 for a, b in itertools.pairwise(padded))
    lags = [autocorrelation_of(gamma, lag) for lag in (0, stride ** (depth - 1))]
    assert moved == Fraction(2, stride ** (2 * depth)) * (lags[0] - lags[1])


def upsampled_holes(size: int, stride: int, depth: int) -> list[Fraction]:
    """γ_k also for boxes shorter than the stride, which are no layers."""
    h = [Fraction(1)]
    for level in range(depth):
        step = stride**level
        wider = [Fraction(0)] * (len(h) + step * (size - 1))
        for o in range(size):
            for n, value in enumerate(h):
                wider[n + step * o] += value / size
        h = wider
    return h


@settings(max_examples=25, deadline=None)
@given(weights=st.lists(st.integers(0, 5), min_size=2, max_size=5), stride=st.integers(2, 3))
def test_law_is_the_limit_for_any_filter(weights: list[int], stride: int) -> None:
    assume(sum(weights))
    filter_layer = Layer(layer(weights).weights, stride, skips=True)
    law = growth_law(filter_layer)
    pairs = transfer_matrix.correlations(filter_layer, 41)
    (norm, neighbour), (before, below) = pairs[-1], pairs[-2]
    assert float(norm / before) == pytest.approx(float(law.norm.value), rel=1e-6)
    assert float((norm - neighbour) / (before - below)) == pytest.approx(float(law.moved.value), rel=2e-2)
    assert 0 <= law.exponents[0] <= 2 + 1e-12
