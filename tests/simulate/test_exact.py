"""The operator without rounding, and the FFT form against it."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate import exact, operator
from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture

shapes = st.tuples(st.integers(2, 7), st.integers(8, 21))
depths = st.integers(0, 12)


def ulps(values: np.ndarray, counts: list[int], scale: int) -> float:
    """Largest error in units of 2⁻⁵² of the kernel's peak."""
    true = np.array([count / scale for count in counts])
    return float(np.abs(values - true).max() / true.max() * 2**52)


@settings(max_examples=40, deadline=None)
@given(shape=shapes, j=depths, k=depths)
def test_layers_compose_exactly(shape: tuple[int, int], j: int, k: int) -> None:
    architecture, width = Architecture(shape[0], 1, 1), shape[1]
    first = exact.kernel(architecture, width, j)
    assert exact.apply(architecture, first, k) == exact.kernel(architecture, width, j + k)


@settings(max_examples=40, deadline=None)
@given(shape=shapes, k=depths)
def test_mass_and_parseval_exactly(shape: tuple[int, int], k: int) -> None:
    architecture, width = Architecture(shape[0], 1, 1), shape[1]
    assert sum(exact.kernel(architecture, width, k)) == shape[0] ** k
    in_space, in_modes = exact.parseval(architecture, width, k)
    assert in_space == in_modes == exact.autocorrelation(architecture, width, k)[0]


def test_parseval_notices_a_wrong_mode() -> None:
    in_space, _ = exact.parseval(Architecture(3, 1, 1), 11, 4)
    _, of_another_depth = exact.parseval(Architecture(3, 1, 1), 11, 5)
    assert in_space != of_another_depth


@settings(max_examples=40, deadline=None)
@given(shape=shapes, k=depths, seed=st.integers(0, 99))
def test_adjoint_exactly(shape: tuple[int, int], k: int, seed: int) -> None:
    architecture, width = Architecture(shape[0], 1, 1), shape[1]
    x, y = np.random.default_rng(seed).integers(-9, 10, size=(2, width)).tolist()
    image, back = exact.apply(architecture, x, k), exact.apply_adjoint(architecture, y, k)
    assert sum(a * b for a, b in zip(image, y, strict=True)) == sum(a * b for a, b in zip(x, back, strict=True))


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8])
def test_operator_master_equation_and_matrix_are_one(size: int) -> None:
    width, matrix = 9, exact.circulant(size, 9)
    p = [Fraction(a == 0) for a in range(width)]
    column = np.array([int(a == 0) for a in range(width)], dtype=object)
    for k in range(1, 8):
        p, column = exact.master_equation(size, p), matrix @ column
        counts = exact.kernel(Architecture(size, 1, 1), width, k)
        assert column.tolist() == counts
        assert p == [Fraction(count, size**k) for count in counts]
    # padding on the other side is another operator for even filters
    other = exact.kernel(Architecture(size, 1, 1, "right"), width, 7)
    assert (other == counts) == bool(size % 2)


@pytest.mark.parametrize(("size", "padding"), [(2, "left"), (2, "right"), (3, "left"), (4, "left"), (5, "left")])
@pytest.mark.parametrize("k", [1, 2, 10, 101, 1000, 3000])
def test_fft_form_agrees_to_rounding(size: int, padding: str, k: int) -> None:
    architecture = Architecture(size, 1, 1, padding)  # type: ignore[arg-type]
    for width in (17, 64, 1000):
        counts = exact.kernel(architecture, width, k)
        # a few ulp of the peak, from the transform, whatever k: phases and powers lose nothing
        assert ulps(operator.kernel(architecture, width, k), counts, size**k) < 20
        dense = np.fft.irfft(operator.multiplier(architecture, width, k), n=width)
        assert ulps(dense, counts, size**k) < 20


def test_sensitivities_agree_to_ten_digits() -> None:
    layers = np.array([1, 2, 3, 10, 100, 1000, 3000])
    for size in (2, 3, 4, 5):
        architecture = Architecture(size, 1, 1)
        for width in (8, 64, 5000):
            sensitivities = one_pixel_sensitivities(architecture, width, layers)
            for n, k in enumerate(layers.tolist()):
                assert sensitivities.D[n] == pytest.approx(float(exact.displacement(architecture, width, k)), rel=1e-10)
                # Eq. 6 with L σ² = 2: the mean is 1/(πC), the rest 1 − 1/π
                g = 1 / (np.pi * float(exact.norm(architecture, width, k))) + 1 - 1 / np.pi
                assert sensitivities.G[n] == pytest.approx(g, rel=1e-10)


def test_central_binomials() -> None:
    """F = 2 in closed form, to a depth that no row of integers reaches: C_k(0) = (2k choose k)/4^k, D_k = 2/(k+1)."""
    assert exact.displacement(Architecture(2, 1, 1), 100, 40) == Fraction(2, 41)
    assert exact.norm(Architecture(2, 1, 1), 100, 40) == Fraction(comb(80, 40), 4**40)
    layers = np.array([10**4, 10**5, 10**6])
    np.testing.assert_allclose(
        one_pixel_sensitivities(Architecture(2, 1, 1), 2**20, layers).D, 2 / (layers + 1), rtol=1e-12
    )
