"""Maxima applied, beside the derivation (L29 to L31) and beside means."""

import numpy as np
import pytest

from simulate import max_pooling as simulated
from theory import max_pooling as derived
from theory.definitions.stack import Stack, box, layer
from theory.layer_stack import stack_sensitivities

STACKS: list[Stack] = [(box(2, 2),) * 4, (box(3, 2),) * 3, (box(3),) * 3, (box(3, 2), box(3), box(2, 2))]


@pytest.mark.parametrize("stack", STACKS)
def test_one_pixel(stack: Stack) -> None:
    """D exactly, and G within 4 standard errors and the share of the windows that hold the pixel, some W/L."""
    width = 512
    assert simulated.displacement(stack, width) == pytest.approx(derived.one_pixel_displacement(stack), rel=1e-12)
    power, error = simulated.noise_power(stack, width, 400)
    predicted = derived.one_pixel_noise(stack)
    assert error < 0.03 * predicted
    assert power == pytest.approx(predicted, abs=4 * error + predicted * derived.window(stack) / width)
    mean = stack_sensitivities(stack).G[-1]
    assert abs(power - mean) > 10 * error  # the mean is refused


@pytest.mark.parametrize("distance", [2, 3, 7])
def test_two_pixels_in_blocks(distance: int) -> None:
    stack = (box(2, 2),) * 3
    assert simulated.displacement(stack, 64, distance) == pytest.approx(
        derived.two_pixel_displacement(stack, distance), rel=1e-12
    )


def test_the_mean_is_right_for_D_of_blocks_alone() -> None:
    """F = s: 2/S of both. F = 3, s = 2: a mean saturates, a maximum goes on falling."""
    blocks, overlapping = (box(2, 2),) * 6, (box(3, 2),) * 6
    assert derived.one_pixel_displacement(blocks) == pytest.approx(stack_sensitivities(blocks).D[-1])
    assert derived.one_pixel_displacement(overlapping) < 0.05 * stack_sensitivities(overlapping).D[-1]


def test_noise_falls_where_a_mean_lets_it_grow() -> None:
    """M(W) → 2 ln W, from below; G of five poolings of blocks is 0.28 along a line, and not 11."""
    assert derived.mean_square_maximum(1) == pytest.approx(0.5)
    ratios = [derived.mean_square_maximum(n) / (2 * np.log(n)) for n in (10, 10**3, 10**6)]
    assert ratios == sorted(ratios)
    assert 0.7 < ratios[-1] < 1
    stack = (box(2, 2),) * 5
    assert derived.one_pixel_noise(stack) < 0.3
    assert stack_sensitivities(stack).G[-1] > 10


def test_what_has_no_window_is_refused() -> None:
    with pytest.raises(ValueError, match="holes"):
        derived.window((layer([1, 0, 1]),))
    with pytest.raises(ValueError, match="distance of 2 to 3"):
        derived.two_pixel_displacement((box(2, 2),) * 2, 4)
    with pytest.raises(ValueError, match="does not divide 9 pixels"):
        simulated.apply_maximum((box(2, 2),), np.eye(9))
