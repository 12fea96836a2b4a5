"""Drift and diffusion of Eqs. 11, 12: as printed, exact, and measured on integer kernels."""

from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType

import sympy as sp

from simulate import exact
from theory import printed, random_walk
from theory.definitions.architecture import Architecture

ORDERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Coefficient:
    """The coefficient of ∂_aⁿ p in ∂_k p, n = `order`, in pixelsⁿ a layer, and whether the exact and the printed value
    are the measured one; the paper prints those of n = 1, 2.
    """

    order: int
    printed: sp.Rational | None
    exact: sp.Rational
    measured: sp.Rational
    holds: bool
    printed_holds: bool


def kramers_moyal_coefficients(size: int) -> list[Coefficient]:
    """v, D and the next two for filters of `size` pixels."""
    kind = random_walk.parity_of(size)
    derived = [random_walk.kramers_moyal(order, kind).subs(random_walk.F, size) for order in ORDERS]
    as_printed = (*drift_and_diffusion(size, printed), None, None)
    measured = lattice_coefficients(size)
    holds, printed_holds = ([a == b for a, b in zip(x, measured, strict=True)] for x in (derived, as_printed))
    return list(map(Coefficient, ORDERS, as_printed, derived, measured, holds, printed_holds))


def drift_and_diffusion(size: int, source: ModuleType = random_walk) -> tuple[sp.Rational, sp.Rational]:
    """(v, D) of Eq. 15, in pixels and pixels² a layer: exact, or as `printed` has them."""
    kind = random_walk.parity_of(size)
    return source.drift(kind).subs(random_walk.F, size), source.diffusion(kind).subs(random_walk.F, size)


def step_variance(size: int) -> float:
    """κ₂ = 2D of the random walk, in pixels² a layer."""
    return float(2 * drift_and_diffusion(size)[1])


def lattice_coefficients(size: int, layer: int = 6) -> list[sp.Rational]:
    """κ_n/n!, n = 1 … 4, of one layer: cumulants of the integer kernel of `layer` layers, divided by `layer`.

    The kernel's mass moves by −o, so odd orders change sign.
    """
    width = 2 * layer * size + 1
    counts, half = exact.kernel(Architecture(size, 1, 1), width, layer), width // 2
    positions = [(a + half) % width - half for a in range(width)]
    m = [sum(Fraction(c * (-a) ** n, size**layer) for a, c in zip(positions, counts, strict=True)) for n in range(5)]
    variance = m[2] - m[1] ** 2
    third = m[3] - 3 * m[1] * m[2] + 2 * m[1] ** 3
    fourth = m[4] - 4 * m[1] * m[3] + 6 * m[1] ** 2 * m[2] - 3 * m[1] ** 4 - 3 * variance**2
    cumulants = zip(ORDERS, map(sp.Rational, (m[1], variance, third, fourth)), strict=True)
    return [cumulant / layer / sp.factorial(order) for order, cumulant in cumulants]
