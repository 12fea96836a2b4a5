"""The expansion of the kernel against exact binomials and against its own moments."""

from math import comb

import pytest
import sympy as sp

from theory import edgeworth
from theory.random_walk import F

PARITIES = ("odd", "even")
k, x = sp.Symbol("k", positive=True), edgeworth.x


@pytest.mark.parametrize("parity", PARITIES)
def test_reduced_fourth_cumulant(parity: str) -> None:
    (lambda_4,) = edgeworth.reduced_cumulants(parity, 4)
    assert sp.simplify(lambda_4 + sp.Rational(6, 5) * (F**2 + 1) / (F**2 - 1)) == 0


@pytest.mark.parametrize("parity", PARITIES)
def test_first_term_is_the_fourth_hermite_polynomial(parity: str) -> None:
    (lambda_4,) = edgeworth.reduced_cumulants(parity, 4)
    he_4 = x**4 - 6 * x**2 + 3
    assert sp.simplify(edgeworth.polynomial(1, parity) - lambda_4 * he_4 / 24) == 0


@pytest.mark.parametrize("parity", PARITIES)
def test_expansion_keeps_mass_variance_and_fourth_cumulant(parity: str) -> None:
    bare = 1 + sum(edgeworth.polynomial(j, parity) / k**j for j in (1, 2))

    def average(power: int) -> sp.Expr:
        """∫ xᵖ bare φ(x) dx by ⟨xᵐ⟩ = (m−1)!!."""
        terms = sp.Poly(sp.expand(x**power * bare), x).terms()
        return sp.simplify(sum(c * sp.factorial2(m - 1) for (m,), c in terms if m % 2 == 0))

    mass, square, fourth = (average(power) for power in (0, 2, 4))
    (lambda_4,) = edgeworth.reduced_cumulants(parity, 4)
    assert (mass, square) == (1, 1)
    assert sp.simplify(fourth - 3 - lambda_4 / k) == 0


@pytest.mark.parametrize("order", [0, 1, 2])
def test_central_binomial_coefficient(order: int) -> None:
    """F = 2 at its centre, (k choose k/2)/2^k: the error has the declared constant and power."""
    errors = []
    for depth in (200, 400):
        exact = sp.Rational(comb(depth, depth // 2), 2**depth)
        expanded = edgeworth.kernel(order, "even").subs({F: 2, x: 0, k: depth}) / sp.sqrt(sp.Rational(depth, 4))
        errors.append(abs(float((sp.N(expanded, 30) - exact) / exact)))
    # the next order moves the ratio by some 1/k
    assert errors[0] / errors[1] == pytest.approx(2 ** -edgeworth.error_exponent(order), rel=0.02)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 12])
def test_error_constant_of_the_gaussian(size: int) -> None:
    assert edgeworth.error_constant(0, size) == pytest.approx(3 / 20 * (size**2 + 1) / (size**2 - 1), rel=1e-12)
