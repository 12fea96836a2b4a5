"""The proof of Proposition A.1 step by step: each step is an equation, a check, and a rival that the check refuses."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from simulate import exact, operator
from theory import fokker_planck, printed, random_walk
from theory.definitions.architecture import Architecture

# the FFT form is a transform of numbers ≤ 1: a few ulp of the largest, whatever k
ULP = 2.0**-52
MOST_ULPS = 20
DEEP = 1000


@dataclass(frozen=True)
class Step:
    """One step: what it says, whether it holds, how that was seen; a rival, and whether the same check refused it."""

    name: str
    equation: str
    holds: bool
    seen: str
    rival: str
    refused: bool


def steps(size: int) -> list[Step]:
    """All steps for filters of `size` pixels."""
    return [
        master_equation(size),
        conservation(size),
        fourier_form(size),
        plane_waves(size),
        kramers_moyal(size),
        gaussian_solution(size),
    ]


def master_equation(size: int) -> Step:
    """Eqs. 13, 14 ⇔ M^k δ of Eq. 10 ⇔ the polynomial (1 + … + z^{F−1})^k, as fractions."""
    width, layers = 4 * size + 1, 8

    def same(architecture: Architecture) -> bool:
        matrix, column = exact.circulant(size, width), np.array([int(a == 0) for a in range(width)], dtype=object)
        p = [Fraction(a == 0) for a in range(width)]
        for k in range(1, layers + 1):
            p, column = exact.master_equation(size, p), matrix @ column
            counts = exact.kernel(architecture, width, k)
            if counts != column.tolist() or p != [Fraction(count, size**k) for count in counts]:
                return False
        return True

    other = Architecture(size + 1, 1, 1)
    return Step(
        "master equation",
        "p_{k+1}(a) = (1/F) Σ_o p_k(a+o)  ⇔  M^k δ (Eqs. 10, 13, 14)",
        same(Architecture(size, 1, 1)),
        f"equal fractions, k = 1 … {layers}, L = {width}",
        f"F = {size + 1}",
        not same(other),
    )


def conservation(size: int) -> Step:
    """Mass 1, Parseval, adjoint ⟨y, Mx⟩ = ⟨Mᵀy, x⟩ and M^j M^k = M^{j+k}, exactly, also where the kernel wraps."""
    width, j, k = 4 * size + 1, 5, 7
    one = Architecture(size, 1, 1)
    x, y = ([(a * a * factor) % 11 - 5 for a in range(width)] for factor in (3, 7))

    def dot(first: list[int], second: list[int]) -> int:
        return sum(a * b for a, b in zip(first, second, strict=True))

    def equations(layers: int) -> list[bool]:
        """Each equation with its right side at so many layers in place of k."""
        return [
            sum(exact.kernel(one, width, k)) == size**layers,
            exact.parseval(one, width, k)[0] == exact.parseval(one, width, layers)[1],
            dot(y, exact.apply(one, x, k)) == dot(exact.apply_adjoint(one, y, layers), x),
            exact.apply(one, exact.kernel(one, width, j), k) == exact.kernel(one, width, j + layers),
        ]

    return Step(
        "conservation",
        "ΣM^kδ = 1, Parseval, ⟨y, Mx⟩ = ⟨Mᵀy, x⟩, M^j M^k = M^{j+k}",
        all(equations(k)),
        f"equal integers, j = {j}, k = {k}, L = {width}",
        "each with k − 1 on its right",
        not any(equations(k - 1)),
    )


def fourier_form(size: int) -> Step:
    """M^k δ by Fourier transform, against integers, at k = 1000, on a ring that it wraps and one that it does not."""
    one = Architecture(size, 1, 1)

    def error(layer: int) -> float:
        worst = 0.0
        for width in (64, DEEP * size):
            true = np.array([count / size**DEEP for count in exact.kernel(one, width, DEEP)])
            worst = max(worst, float(np.abs(operator.kernel(one, width, layer) - true).max() / true.max()) / ULP)
        return worst

    found = error(DEEP)
    return Step(
        "Fourier form",
        "M^k δ = (1/L) Σ_q ŵ(q)^k e^{iqa}",
        found <= MOST_ULPS,
        f"error {found:.1f} ulp of the peak at k = {DEEP}",
        f"k = {DEEP + 1}",
        error(DEEP + 1) > MOST_ULPS,
    )


def plane_waves(size: int) -> Step:
    """The eigenvalue ŵ(q) = ⟨e^{iqo}⟩, symbolic, against the operator's."""
    width = 4 * size + 1
    found = operator.multiplier(Architecture(size, 1, 1), width, 1)[1:]
    q = operator.wave_numbers(width)[1:]

    def same(other: int) -> bool:
        predicted = sp.lambdify(
            random_walk.q, random_walk.characteristic(random_walk.parity_of(other)).subs(random_walk.F, other), "numpy"
        )
        return bool(np.abs(predicted(q) - found).max() <= MOST_ULPS * ULP)

    return Step(
        "plane waves",
        "M e^{iqa} = ŵ(q) e^{iqa}, ŵ(q) = ⟨e^{iqo}⟩",
        same(size),
        f"sympy's expression, {len(q)} wave numbers",
        f"F = {size + 1}",
        not same(size + 1),
    )


def kramers_moyal(size: int) -> Step:
    """∂_k p = Σ_n κ_n/n! ∂ⁿp against the cumulants of the integer kernel, n = 1 … 4; v and D are the first two."""
    measured = lattice_coefficients(size)
    kind = random_walk.parity_of(size)
    predicted = [random_walk.kramers_moyal(n, kind).subs(random_walk.F, size) for n in range(1, 5)]
    said = [printed.drift(kind).subs(random_walk.F, size), printed.diffusion(kind).subs(random_walk.F, size)]

    def same(coefficients: list[sp.Expr]) -> bool:
        return measured == coefficients

    return Step(
        "Kramers–Moyal",
        "∂_k p = Σ_n (κ_n/n!) ∂_aⁿ p: v = κ₁, D = κ₂/2 (Eqs. 15, 16)",
        same(predicted),
        f"equal fractions: v = {measured[0]}, D = {measured[1]}, next {measured[2]}, {measured[3]}",
        f"printed v = {said[0]}, D = {said[1]}; κ₄ of the other sign",
        not (same([*said, *predicted[2:]]) or same([*predicted[:3], -predicted[3]])),
    )


def lattice_coefficients(size: int, layer: int = 6) -> list[sp.Rational]:
    """κ_n/n!, n = 1 … 4, of one layer: cumulants of the integer kernel of `layer` layers, divided by `layer`.

    The kernel's mass moves by −o, so odd orders change sign.
    """
    one, width = Architecture(size, 1, 1), 2 * layer * size + 1
    counts = exact.kernel(one, width, layer)
    half = width // 2
    places = [(a + half) % width - half for a in range(width)]
    m = [sum(Fraction(c * (-a) ** n, size**layer) for a, c in zip(places, counts, strict=True)) for n in range(5)]
    central = [m[2] - m[1] ** 2, m[3] - 3 * m[1] * m[2] + 2 * m[1] ** 3]
    fourth = m[4] - 4 * m[1] * m[3] + 6 * m[1] ** 2 * m[2] - 3 * m[1] ** 4 - 3 * central[0] ** 2
    kappas = [m[1], central[0], central[1], fourth]
    return [
        sp.Rational(kappa.numerator, kappa.denominator) / layer / sp.factorial(n)
        for n, kappa in enumerate(kappas, start=1)
    ]


def gaussian_solution(size: int) -> Step:
    """The Gaussian of Eqs. 11, 12 solves Eq. 15, with the coefficients of the step before, by substitution."""
    kind = random_walk.parity_of(size)
    coefficients = {
        fokker_planck.v: random_walk.drift(kind).subs(random_walk.F, size),
        fokker_planck.D: random_walk.diffusion(kind).subs(random_walk.F, size),
    }
    wrong = [
        {**coefficients, fokker_planck.D: coefficients[fokker_planck.D] * sp.Rational(102, 100)},
        {**coefficients, fokker_planck.v: coefficients[fokker_planck.v] + sp.Rational(2, 100)},
    ]

    def residual(of_gaussian: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
        return fokker_planck.fokker_planck_residual(fokker_planck.gaussian_solution().subs(of_gaussian)).subs(
            coefficients
        )

    return Step(
        "Fokker–Planck",
        "∂_k p = v ∂_a p + D ∂_a² p, solved by e^{−(a+vk)²/(4Dk)}/√(4πDk) (Eq. 15)",
        sp.simplify(residual(coefficients)) == 0,
        "residual 0 in sympy",
        "D wrong by 2 %, v by 0.02",
        all(sp.simplify(residual(one)) != 0 for one in wrong),
    )
