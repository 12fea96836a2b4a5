"""Expansions in 1/k against the closed forms of F = 2, and against quadrature."""

from fractions import Fraction
from math import comb, exp, pi, sqrt

import pytest
import sympy as sp
from scipy.integrate import dblquad

from theory import finite_depth, rectified_noise
from theory.random_walk import F

k = finite_depth.k


def test_displacement_of_two_pixels_is_known() -> None:
    """F = 2: D_k = 2/(k+1), so 2A²D_k = k/(k+1) = 1 − 1/k + 1/k²."""
    assert sp.simplify(finite_depth.displacement(2, "even").subs(F, 2) - (1 - 1 / k + 1 / k**2)) == 0


@pytest.mark.parametrize("parity", ["odd", "even"])
def test_first_corrections_are_those_of_their_docstrings(parity: str) -> None:
    lambda_4 = -sp.Rational(6, 5) * (F**2 + 1) / (F**2 - 1)
    kappa_2 = (F**2 - 1) / 12
    displacement = finite_depth.displacement(1, parity)
    assert sp.simplify(displacement - 1 - (lambda_4 / 4 - 1 / (8 * kappa_2)) / k) == 0
    overlap = finite_depth.overlap(0, 1, parity)
    assert sp.simplify(overlap - 1 - lambda_4 / (16 * k)) == 0


def test_overlap_of_central_binomials() -> None:
    depth = 300
    exact = Fraction(comb(2 * depth, depth), 4**depth)
    expanded = finite_depth.overlap(0, 2, "even").subs({F: 2, k: depth}) / (2 * sp.sqrt(sp.pi) * sp.sqrt(depth) / 2)
    assert float(expanded) == pytest.approx(float(exact), rel=1 / depth**3)


def test_noise_in_the_image() -> None:
    assert finite_depth.noise_growth("odd") == 2 / sp.sqrt(sp.pi)
    assert sp.simplify(finite_depth.noise_growth("odd", dim=2) - 4) == 0
    assert sp.simplify(finite_depth.noise_constant(3) - (1 - 1 / sp.pi)) == 0
    # one pixel a filter: layer 1 does nothing, its rectifier is the image's
    assert sp.simplify(finite_depth.noise_constant(1, "gaussian") - (1 - 1 / sp.pi)) == 0


def test_rectified_covariance_is_the_double_integral() -> None:
    for rho in (0.25, 0.75):
        brute = dblquad(lambda y, x, rho=rho: x * y * bivariate(x, y, rho), 0, 9, 0, 9, epsabs=1e-10)[0]
        assert float(rectified_noise.covariance(sp.Float(rho))) == pytest.approx(brute, abs=1e-8)


def bivariate(x: float, y: float, rho: float) -> float:
    rest = 1 - rho**2
    return exp(-(x * x - 2 * rho * x * y + y * y) / (2 * rest)) / (2 * pi * sqrt(rest))


def test_rectified_covariance_at_its_ends() -> None:
    assert rectified_noise.covariance(1) == sp.Rational(1, 2)
    assert rectified_noise.covariance(0) == 1 / (2 * sp.pi)
    assert rectified_noise.covariance(-1) == 0


def test_local_slopes_tend_to_the_asymptotic_exponents() -> None:
    for size in (2, 3, 4):
        assert sp.limit(finite_depth.displacement_slope(size), k, sp.oo) == -2
        assert sp.limit(finite_depth.local_slope(finite_depth.noise_sensitivity(size)), k, sp.oo) == 1
    assert finite_depth.displacement_slope(3) == -2 + sp.Rational(9, 8) / k
