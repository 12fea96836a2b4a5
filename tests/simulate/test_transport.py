"""Images displaced and representations transported, beside the theory that sums over lags."""

import numpy as np
import pytest

from simulate import transport
from simulate.stack import apply
from theory.definitions.stack import Stack, box, layer
from theory.moved_lost import moved_lost

STACKS: list[Stack] = [
    (box(2, 2),) * 5,
    (box(3, 2),) * 5,
    (layer([1, 2, 1], 2),) * 5,
    (box(6, 3),) * 4,
    (box(5), box(2, 2), layer([3, 1, 4, 1], 3)),
    (box(3), layer([1, 0, 2])),
]
PARTS = ("D", "moved", "lost")


def test_transport_displaces_a_band_limited_image() -> None:
    place = np.arange(32)
    wave = np.cos(2 * np.pi * 3 * place / 32 + 0.4)
    np.testing.assert_allclose(
        transport.transport(wave, 0.37), np.cos(2 * np.pi * 3 * (place - 0.37) / 32 + 0.4), atol=1e-14
    )
    noise = np.random.default_rng(0).normal(size=(4, 31))
    np.testing.assert_allclose(transport.transport(noise, 2), np.roll(noise, 2, axis=1), atol=1e-14)
    np.testing.assert_allclose(transport.transport(transport.transport(noise, 0.3), -0.3), noise, atol=1e-14)


@pytest.mark.parametrize("stack", STACKS)
def test_theory_and_simulation_agree(stack: Stack) -> None:
    """The same to rounding on a ring; a displacement of two pixels, transported, is refused."""
    theory, simulated = moved_lost(stack, 31), transport.pixel_split(stack, 31)
    wrong = transport.pixel_split(stack, 31, transported_by=2)
    for part in PARTS:
        np.testing.assert_allclose(getattr(simulated, part), getattr(theory, part), rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(simulated.receptive_field, theory.receptive_field)
    assert np.all(np.abs(wrong.moved / theory.moved - 1) > 0.5)


@pytest.mark.parametrize("stack", STACKS)
def test_every_position_through_the_layers(stack: Stack) -> None:
    """The kernel's weights are what the stack does to each pixel of the ring."""
    neurons, size = 31, int(np.prod([member.stride for member in stack]))
    before = apply(stack, np.eye(neurons * size))
    parts = transport.squares(before, np.roll(before, -1, axis=0), 1 / size).mean(1)
    square = np.mean(np.sum(before**2, axis=1))
    simulated = transport.pixel_split(stack, neurons)
    np.testing.assert_allclose(parts / square, [getattr(simulated, part)[-1] for part in PARTS], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("stack", STACKS[:4])
def test_random_images(stack: Stack) -> None:
    """Within 4 standard errors, of at most 4 %; twice the law's exponent of lost would be far outside."""
    values, errors = transport.image_split(stack, 15, 600)
    theory = moved_lost(stack, 15)
    predicted = np.array([getattr(theory, part)[-1] for part in PARTS])
    assert np.all(errors < 0.04 * predicted)
    assert np.all(np.abs(values - predicted) < 4 * errors)


def test_a_kernel_wider_than_the_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit 3 neurons"):
        transport.pixel_split((box(6, 2),) * 3, 3)
