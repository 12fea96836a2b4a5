"""Each symbolic moment is tied to enumeration of the lattice step."""

from fractions import Fraction
from math import comb

import pytest
import sympy as sp

from theory import printed, random_walk
from theory.definitions.architecture import Architecture

PARITIES = ("odd", "even")


def enumerated_moment(size: int, order: int) -> Fraction:
    return sum((Fraction(int(o)) ** order for o in Architecture(size, 1, 1).offsets), Fraction(0)) / size


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 11])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_moments_match_enumeration(size: int, order: int) -> None:
    symbolic = random_walk.moment(order, PARITIES[1 - size % 2]).subs(random_walk.F, size)
    assert symbolic == sp.Rational(*enumerated_moment(size, order).as_integer_ratio())


@pytest.mark.parametrize("parity", PARITIES)
def test_drift_diffusion_and_fourth_cumulant(parity: str) -> None:
    f = random_walk.F
    assert random_walk.drift(parity) == (0 if parity == "odd" else -sp.Rational(1, 2))  # type: ignore[arg-type]
    assert sp.simplify(random_walk.diffusion(parity) - (f**2 - 1) / 24) == 0  # type: ignore[arg-type]
    assert sp.simplify(random_walk.cumulants(parity)[3] + (f**4 - 1) / 120) == 0


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
    assert printed.diffusion(parity).subs(random_walk.F, size) == sp.Rational(printed_value)  # type: ignore[arg-type]
    assert random_walk.diffusion(parity).subs(random_walk.F, size) == sp.Rational(exact)  # type: ignore[arg-type]


@pytest.mark.parametrize("parity", PARITIES)
def test_printed_over_exact_diffusion_tends_to_two(parity: str) -> None:
    assert sp.limit(printed.diffusion_ratio(parity), random_walk.F, sp.oo) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [2, 3, 4, 7])
def test_cumulants_match_enumeration(size: int) -> None:
    """From the moments of enumerated steps, κ₁ … κ₆ by their recursion."""
    moments = [enumerated_moment(size, n) for n in range(7)]
    kappas: list[Fraction] = [Fraction(0)]
    for n in range(1, 7):
        rest = sum(comb(n - 1, m - 1) * kappas[m] * moments[n - m] for m in range(1, n))
        kappas.append(moments[n] - rest)
    symbolic = [kappa.subs(random_walk.F, size) for kappa in random_walk.cumulants(PARITIES[1 - size % 2], 6)]
    assert symbolic == [sp.Rational(kappa.numerator, kappa.denominator) for kappa in kappas[1:]]


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_characteristic_function_is_the_sum_over_the_patch(size: int) -> None:
    function = random_walk.characteristic(PARITIES[1 - size % 2]).subs(random_walk.F, size)  # type: ignore[arg-type]
    summed = sum(sp.exp(sp.I * random_walk.q * int(o)) for o in Architecture(size, 1, 1).offsets) / size
    for value in (0.3, 1.7, 3.1):
        assert abs(complex(function.subs(random_walk.q, value)) - complex(summed.subs(random_walk.q, value))) < 1e-15


def test_moments_in_place_of_cumulants_would_be_wrong_for_even_filters() -> None:
    """D = ⟨o²⟩/2, the textbook's coefficient of p_{k+1} − p_k, is not centred: (F²+2)/24 for even F."""
    uncentred = sp.simplify(random_walk.moment(2, "even") / 2)
    assert sp.simplify(uncentred - (random_walk.F**2 + 2) / 24) == 0
    assert sp.simplify(uncentred - random_walk.kramers_moyal(2, "even")) != 0
