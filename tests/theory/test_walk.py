"""Each symbolic moment is tied to enumeration of the lattice step."""

from fractions import Fraction

import pytest
import sympy as sp

from theory import printed, walk
from theory.architecture import Architecture

PARITIES = ("odd", "even")


def enumerated_moment(size: int, order: int) -> Fraction:
    return sum((Fraction(int(o)) ** order for o in Architecture(size, 1, 1).offsets), Fraction(0)) / size


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 11])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_moments_match_enumeration(size: int, order: int) -> None:
    symbolic = walk.moment(order, PARITIES[1 - size % 2]).subs(walk.F, size)
    assert symbolic == sp.Rational(*enumerated_moment(size, order).as_integer_ratio())


@pytest.mark.parametrize("parity", PARITIES)
def test_drift_diffusion_and_fourth_cumulant(parity: str) -> None:
    f = walk.F
    assert walk.drift(parity) == (0 if parity == "odd" else -sp.Rational(1, 2))  # type: ignore[arg-type]
    assert sp.simplify(walk.diffusion(parity) - (f**2 - 1) / 24) == 0  # type: ignore[arg-type]
    assert sp.simplify(walk.cumulants(parity)[3] + (f**4 - 1) / 120) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("parity", PARITIES)
def test_printed_coefficients_are_the_integral_of_equation_16(parity: str) -> None:
    assert sp.simplify(printed.by_integral(1, parity) - printed.drift(parity)) == 0  # type: ignore[arg-type]
    assert sp.simplify(printed.by_integral(2, parity) - printed.diffusion(parity)) == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "printed_value", "exact"),
    [(2, "1/6", "1/8"), (3, "2/9", "1/3"), (5, "16/15", "1")],
)
def test_printed_diffusion_is_refused_by_the_exact_one(size: int, printed_value: str, exact: str) -> None:
    parity = PARITIES[1 - size % 2]
    assert printed.diffusion(parity).subs(walk.F, size) == sp.Rational(printed_value)  # type: ignore[arg-type]
    assert walk.diffusion(parity).subs(walk.F, size) == sp.Rational(exact)  # type: ignore[arg-type]


@pytest.mark.parametrize("parity", PARITIES)
def test_printed_over_exact_diffusion_tends_to_two(parity: str) -> None:
    assert sp.limit(printed.diffusion_ratio(parity), walk.F, sp.oo) == 2  # type: ignore[arg-type]
