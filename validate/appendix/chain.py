"""The proof of Proposition A.1 step by step: each step is an equation, a check, and a rival that the check refuses."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp

from simulate import exact, operator
from theory import fokker_planck, random_walk
from theory.definitions.architecture import Architecture
from validate.appendix.coefficients import drift_and_diffusion, kramers_moyal_coefficients

# the FFT form is a transform of numbers ≤ 1: a few ulp of the largest, whatever k
ULP = 2.0**-52
MOST_ULPS = 20
DEEP = 1000


@dataclass(frozen=True)
class Step:
    """One step: what it states, whether it holds, the evidence; a rival, and whether the same check refused it."""

    name: str
    equation: str
    holds: bool
    evidence: str
    rival: str
    refused: bool


def steps(size: int) -> list[Step]:
    """All steps for filters of `size` pixels."""
    checks = (master_equation, conservation, fourier_form, plane_waves, kramers_moyal, gaussian_solution)
    return [check(size) for check in checks]


def master_equation(size: int) -> Step:
    """Eqs. 13, 14 ⇔ M^k δ of Eq. 10 ⇔ the polynomial (1 + … + z^{F−1})^k, as fractions."""
    width, layers = 4 * size + 1, 8

    def same(kernel_size: int) -> bool:
        architecture = Architecture(kernel_size, 1, 1)
        matrix, column = exact.circulant(size, width), np.array([int(a == 0) for a in range(width)], dtype=object)
        p = [Fraction(a == 0) for a in range(width)]
        for k in range(1, layers + 1):
            p, column = exact.master_equation(size, p), matrix @ column
            counts = exact.kernel(architecture, width, k)
            if counts != column.tolist() or p != [Fraction(count, size**k) for count in counts]:
                return False
        return True

    equation = "p_{k+1}(a) = (1/F) Σ_o p_k(a+o)  ⇔  M^k δ (Eqs. 10, 13, 14)"
    evidence = f"equal fractions, k = 1 … {layers}, L = {width}"
    return Step("master equation", equation, same(size), evidence, f"F = {size + 1}", not same(size + 1))


def conservation(size: int) -> Step:
    """Mass 1, Parseval, adjoint ⟨y, Mx⟩ = ⟨Mᵀy, x⟩ and M^j M^k = M^{j+k}, exactly, also where the kernel wraps."""
    width, j, k = 4 * size + 1, 5, 7
    homogeneous = Architecture(size, 1, 1)
    x, y = ([(a * a * factor) % 11 - 5 for a in range(width)] for factor in (3, 7))

    def dot(first: list[int], second: list[int]) -> int:
        return sum(a * b for a, b in zip(first, second, strict=True))

    def equations(layers: int) -> list[bool]:
        """Each equation with its right side at so many layers in place of k."""
        j_layers = exact.kernel(homogeneous, width, j)
        return [
            sum(exact.kernel(homogeneous, width, k)) == size**layers,
            exact.parseval(homogeneous, width, k)[0] == exact.parseval(homogeneous, width, layers)[1],
            dot(y, exact.apply(homogeneous, x, k)) == dot(exact.apply_adjoint(homogeneous, y, layers), x),
            exact.apply(homogeneous, j_layers, k) == exact.kernel(homogeneous, width, j + layers),
        ]

    equation = "ΣM^kδ = 1, Parseval, ⟨y, Mx⟩ = ⟨Mᵀy, x⟩, M^j M^k = M^{j+k}"
    evidence, rival = f"equal integers, j = {j}, k = {k}, L = {width}", "each with k − 1 on its right"
    return Step("conservation", equation, all(equations(k)), evidence, rival, not any(equations(k - 1)))


def fourier_form(size: int) -> Step:
    """M^k δ = (1/L) Σ_q ŵ(q)^k e^{iqa} against integers, at k = 1000, on rings that the kernel wraps and does not."""
    homogeneous = Architecture(size, 1, 1)

    def ulps(layer: int) -> float:
        worst = 0.0
        for width in (64, DEEP * size):
            true = np.array([count / size**DEEP for count in exact.kernel(homogeneous, width, DEEP)])
            error = np.abs(operator.kernel(homogeneous, width, layer) - true).max()
            worst = max(worst, float(error / true.max()) / ULP)
        return worst

    error = ulps(DEEP)
    equation, evidence = "M^k δ = (1/L) Σ_q ŵ(q)^k e^{iqa}", f"error {error:.1f} ulp of the peak at k = {DEEP}"
    return Step("Fourier form", equation, error <= MOST_ULPS, evidence, f"k = {DEEP + 1}", ulps(DEEP + 1) > MOST_ULPS)


def plane_waves(size: int) -> Step:
    """M e^{iqa} = ŵ(q) e^{iqa}: the eigenvalue ŵ(q) = ⟨e^{iqo}⟩, symbolic, against the operator's."""
    width = 4 * size + 1
    multiplier = operator.multiplier(Architecture(size, 1, 1), width, 1)[1:]
    q = operator.wave_numbers(width)[1:]

    def same(other: int) -> bool:
        eigenvalue = random_walk.characteristic(random_walk.parity_of(other)).subs(random_walk.F, other)
        distance = np.abs(sp.lambdify(random_walk.q, eigenvalue, "numpy")(q) - multiplier)
        return bool(distance.max() <= MOST_ULPS * ULP)

    equation, evidence = "M e^{iqa} = ŵ(q) e^{iqa}, ŵ(q) = ⟨e^{iqo}⟩", f"sympy's expression, {len(q)} wave numbers"
    return Step("plane waves", equation, same(size), evidence, f"F = {size + 1}", not same(size + 1))


def kramers_moyal(size: int) -> Step:
    """∂_k p = Σ_n κ_n/n! ∂ⁿp against the cumulants of the integer kernel, n = 1 … 4; v and D are the first two."""
    coefficients = kramers_moyal_coefficients(size)
    measured, exact_values = ([getattr(c, name) for c in coefficients] for name in ("measured", "exact"))
    as_printed = [c.printed for c in coefficients[:2]]
    rivals = ([*as_printed, *exact_values[2:]], [*exact_values[:3], -exact_values[3]])
    equation = "∂_k p = Σ_n (κ_n/n!) ∂_aⁿ p: v = κ₁, D = κ₂/2 (Eqs. 15, 16)"
    evidence = f"equal fractions: v = {measured[0]}, D = {measured[1]}, next {measured[2]}, {measured[3]}"
    rival = f"printed v = {as_printed[0]}, D = {as_printed[1]}; κ₄ of the other sign"
    return Step("Kramers–Moyal", equation, measured == exact_values, evidence, rival, measured not in rivals)


def gaussian_solution(size: int) -> Step:
    """∂_k p = v ∂_a p + D ∂_a² p (Eq. 15), solved by the Gaussian of Eqs. 11, 12: by substitution, exact v and D."""
    v, d = drift_and_diffusion(size)

    def solved_by(gaussian_v: sp.Expr, gaussian_d: sp.Expr) -> bool:
        gaussian = fokker_planck.gaussian_solution().subs({fokker_planck.v: gaussian_v, fokker_planck.D: gaussian_d})
        residual = fokker_planck.fokker_planck_residual(gaussian).subs({fokker_planck.v: v, fokker_planck.D: d})
        return bool(sp.simplify(residual) == 0)

    equation = "∂_k p = v ∂_a p + D ∂_a² p, solved by e^{−(a+vk)²/(4Dk)}/√(4πDk) (Eq. 15)"
    refused = not (solved_by(v, d * sp.Rational(102, 100)) or solved_by(v + sp.Rational(2, 100), d))
    return Step("Fokker–Planck", equation, solved_by(v, d), "residual 0 in sympy", "D wrong by 2 %, v by 0.02", refused)
