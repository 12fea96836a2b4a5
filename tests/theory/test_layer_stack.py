"""Stacks of different layers: what the lowest of them decide (L18, L19 of docs/law.md), and A_k."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate import stack as operator
from theory import layer_stack
from theory.definitions.stack import Layer, Stack, box, layer, strides
from theory.sum_rule import common_divisor, sum_rule_defect

LOWEST = [box(3, 2), box(7, 2), box(5, 3), layer([3, 1], 2), layer([1, 0, 2, 0, 1], 3)]


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    """One to four boxes of 1 … 4 pixels, stride and dilation 1 … 3, that may skip pixels."""

    def draw_layer() -> Layer:
        size, stride, dilation = (draw(st.integers(1, most)) for most in (4, 3, 3))
        return Layer(box(size).weights, stride, dilation, skips=True)

    return tuple(draw_layer() for _ in range(draw(st.integers(1, 4))))


@settings(max_examples=100, deadline=None)
@given(stacks())
def test_lags_are_multiples_of_the_stacks_divisor(stack: Stack) -> None:
    """L18, by the kernel itself: all lags at which its pixels meet, and D = 2 where the divisor is not 1."""
    divisor = math.gcd(*(step * common_divisor(member) for member, step in zip(stack, strides(stack), strict=False)))
    places = np.flatnonzero(operator.response(stack))
    assert divisor == np.gcd.reduce(places - places[0])
    if divisor != 1:
        assert layer_stack.overlaps(stack)[1] == 0
        assert layer_stack.stack_sensitivities(stack).D[-1] == 2


def spectrum(member: Layer, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(A(θ_j), 2(1 − cos θ_j)) at θ_j = (q + 2πj)/s, as (s, Q) arrays."""
    theta = (q + 2 * np.pi * np.arange(member.stride)[:, None]) / member.stride
    mask = sum(float(w) * np.exp(1j * o * theta) for o, w in member.taps.items())
    return np.abs(mask) ** 2, 2 * (1 - np.cos(theta))


def lower_bound(member: Layer) -> float:
    """The right side of L19 on a grid of q."""
    power, moved = spectrum(member, np.linspace(0, np.pi, 2001))
    total = power.sum(axis=0)
    seen = total > 1e-12
    return float(np.min((power * moved).sum(axis=0)[seen] / total[seen]))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(LOWEST), stacks())
def test_no_stack_brings_d_below_what_the_lowest_layer_leaves(lowest: Layer, above: Stack) -> None:
    """L19: a layer that breaks the sum rule leaves D > 0 whatever comes after; 10⁻⁵ is the grid's error."""
    bound = lower_bound(lowest)
    assert bound > 0.02
    assert layer_stack.stack_sensitivities((lowest, *above)).D[-1] > bound - 1e-5


@pytest.mark.parametrize("lowest", [*LOWEST, box(2, 2), box(3, 3, dilation=2), layer([1, 2, 1], 2)])
def test_perfect_pooling_above_leaves_the_share_of_the_aliases(lowest: Layer) -> None:
    """L19's limit, where D of the layers above tends to 0: 0 under the sum rule, with holes too."""
    power, moved = spectrum(lowest, np.zeros(1))
    expected = float((power * moved).sum() / power.sum())
    assert (expected < 1e-12) == (sum_rule_defect(lowest) == 0)
    above = (box(4, 2),) * 8  # D of these alone is 4e-5, and what they leave falls by 4 a layer
    left = [layer_stack.stack_sensitivities((lowest, *above[:k])).D[-1] - expected for k in (6, 8)]
    assert abs(left[1]) < 1e-3
    assert left[1] == pytest.approx(left[0] / 16, rel=0.1)


def test_the_first_step_of_the_idealised_resnet18_leaves_two_twenty_fifths() -> None:
    """F = 7, s = 2: 4A(π)/(1 + A(π)) with A(π) = 1/49, under any layers."""
    assert lower_bound(box(7, 2)) == pytest.approx(4 / 50, rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_receptive_field_of_stride_f_is_f_to_the_k(size: int) -> None:
    """A_k = √(12 Var + 1) counts pixels exactly, by theory and by the operator; also of a single box."""
    for of in (layer_stack.stack_sensitivities, operator.line_sensitivities):
        np.testing.assert_allclose(of((box(size, size),) * 4).receptive_field, size ** np.arange(1.0, 5), rtol=1e-12)
        np.testing.assert_allclose(of((box(size),)).receptive_field, [size], rtol=1e-12)
        np.testing.assert_allclose(of((box(1),)).receptive_field, [1], rtol=1e-12)
