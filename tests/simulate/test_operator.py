"""The fast operator against its dense form, its adjoint, its powers, Parseval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.operator import (
    apply,
    kernel,
    log_modulus,
    matrix,
    modulus,
    multiplier,
    receptive_field,
    sufficient_width,
    wave_numbers,
)
from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture

SHAPES = [
    (Architecture(3, 1, 6), 32),
    (Architecture(4, 1, 6), 30),
    (Architecture(4, 1, 6, "right"), 31),
    (Architecture(2, 1, 6), 17),
    (Architecture(2, 2, 5), 64),
    (Architecture(3, 3, 3), 54),
    (Architecture(4, 4, 2), 48),
    (Architecture(3, 2, 4), 48),
    (Architecture(4, 2, 3), 40),
    (Architecture(7, 3, 2), 36),
]


def dense_layers(architecture: Architecture, width: int, layers: int) -> np.ndarray:
    """M_k by multiplying matrices whose rows are written down from the patches."""
    product = np.eye(width)
    for _ in range(layers):
        size = len(product)
        layer = np.zeros((size // architecture.stride, size))
        for row, patch in zip(layer, architecture.patches(size), strict=True):
            np.add.at(row, patch, 1 / architecture.filter_size)
        product = layer @ product
    return product


@pytest.mark.parametrize(("architecture", "width"), SHAPES)
def test_operator_is_the_product_of_its_layers(architecture: Architecture, width: int) -> None:
    for k in range(architecture.depth + 1):
        # rounding: a few ulp of entries ≤ 1 for each of k layers
        np.testing.assert_allclose(
            matrix(architecture, width, k), dense_layers(architecture, width, k), rtol=0, atol=1e-15 * (k + 1)
        )


@pytest.mark.parametrize(("architecture", "width"), SHAPES)
def test_mass_parseval_and_adjoint(architecture: Architecture, width: int) -> None:
    response = kernel(architecture, width, 3)
    assert response.sum() == pytest.approx(1, abs=1e-14)
    spectrum = np.abs(multiplier(architecture, width, 3)) ** 2
    full = spectrum.sum() * 2 - spectrum[0] - (spectrum[-1] if width % 2 == 0 else 0)
    assert (response**2).sum() == pytest.approx(full / width, abs=1e-15)
    np.testing.assert_allclose(np.abs(modulus(architecture, width, 3)), np.abs(multiplier(architecture, width, 3)))
    rng = np.random.default_rng(0)
    operator = matrix(architecture, width, 2)
    x, y = rng.normal(size=width), rng.normal(size=len(operator))
    assert apply(architecture, x, 2) @ y == pytest.approx(x @ (operator.T @ y))


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 7), width=st.integers(8, 40), j=st.integers(0, 9), k=st.integers(0, 9))
def test_layers_compose(size: int, width: int, j: int, k: int) -> None:
    architecture = Architecture(size, 1, 1)
    x = np.random.default_rng(width).normal(size=width)
    twice = apply(architecture, apply(architecture, x, j), k)
    np.testing.assert_allclose(apply(architecture, x, j + k), twice, rtol=0, atol=1e-13)


def test_huge_depth_is_flat() -> None:
    response = kernel(Architecture(4, 1, 1), 64, 10**9)
    np.testing.assert_allclose(response, 1 / 64, rtol=0, atol=1e-16)


def test_two_dimensional_operator_factorises() -> None:
    architecture = Architecture(3, 1, 2)
    image = np.random.default_rng(1).random((6, 6))
    both = apply(architecture, apply(architecture, image, 2).T, 2).T
    np.testing.assert_allclose(matrix(architecture, 6, 2, dim=2) @ image.ravel(), both.ravel(), atol=1e-15)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("k", [1, 7, 20])
def test_receptive_field_of_stride_one_is_the_walks_standard_deviation(size: int, k: int) -> None:
    # variances of independent steps add exactly on the lattice, as long as nothing wraps; rounding of 1e-17 at each
    # of 256 pixels weighs up to 128² in the variance
    expected = np.sqrt(k * np.var(np.arange(size)))
    assert receptive_field(Architecture(size, 1, 1), 256, k) == pytest.approx(expected, rel=1e-10)


def test_receptive_field_of_stride_f_counts_pixels() -> None:
    fields = [receptive_field(Architecture(3, 3, 4), 81, k) for k in (1, 2, 3, 4)]
    assert fields == pytest.approx([3, 9, 27, 81], rel=1e-12)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (4, 2), (5, 3)])
def test_receptive_field_of_any_stride_is_the_box_of_the_same_variance(size: int, stride: int) -> None:
    architecture, width = Architecture(size, stride, 3), stride**3 * 16
    response = dense_layers(architecture, width, 3)[8]
    place = np.arange(width)
    variance = response @ (place - response @ place) ** 2
    assert receptive_field(architecture, width, 3) == pytest.approx(np.sqrt(12 * variance + 1), rel=1e-10)


@pytest.mark.parametrize("size", [2, 3, 5, 40])
def test_log_of_the_kernel_keeps_relative_precision(size: int) -> None:
    """At small q, where ŵ is 1 to rounding, against the cumulants' series."""
    width = 2**20
    q = wave_numbers(width)[1:6]
    series = -(size**2 - 1) / 24 * q**2 - (size**4 - 1) / 2880 * q**4
    np.testing.assert_allclose(log_modulus(size, width)[1:6], series, rtol=1e-14 + (size * q[-1]) ** 4)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("k", [1, 5, 40, 301])
def test_narrow_rings_hold_the_whole_kernel(size: int, k: int) -> None:
    architecture, width = Architecture(size, 1, 1), 4096
    assert sufficient_width(architecture, width, k) < width
    whole = np.fft.irfft(multiplier(architecture, width, k), n=width)
    np.testing.assert_allclose(kernel(architecture, width, k), whole, rtol=0, atol=1e-15)


@pytest.mark.parametrize("width", [64, 65])
@pytest.mark.parametrize("k", [10**7, 10**7 + 1, 10**12])
def test_flat_limit_of_everything(width: int, k: int) -> None:
    sensitivities = one_pixel_sensitivities(Architecture(3, 1, 1), width, np.array([k]))
    assert sensitivities.D[0] == 0
    assert sensitivities.G[0] == pytest.approx(width / np.pi + 1 - 1 / np.pi, rel=1e-14)
    assert sensitivities.receptive_field[0] == pytest.approx(
        np.sqrt((width**2 - 1) / 12), rel=5e-3
    )  # even widths: 1/4 more
