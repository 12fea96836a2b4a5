"""D_k in two parts: what moves with the image, and what aliasing loses.

Layer k has the step S = s^k and the kernel's transform H. Its wave number θ collects q_j = (θ + 2πj)/S of the image,
|θ| ≤ π, all j modulo S. A displacement by one pixel turns q_j by its own angle, its exact (Fourier) transport on the
grid of the layer turns all of them by that of j = 0. Of the power |H(q_j)|², averaged over positions, therefore

    D: 4 sin²(q_j/2)    moved: 4 sin²(θ/2S)    lost: 4 sin²(πj/S)    cross: 8 cos(q_j/2) sin(θ/2S) sin(πj/S)    (L21)

Derivation and proof of the exponents: docs/law.md, § 8.
"""

from fractions import Fraction
from typing import Literal

import mpmath
import numpy as np
import sympy as sp

from theory.definitions.moved_lost import MovedLost
from theory.definitions.stack import Layer, Stack, strides
from theory.layer_stack import stack_sensitivities
from theory.sum_rule import pools
from theory.transfer_matrix import autocorrelation, growth_law

theta, step, alias = sp.symbols("theta S j", real=True)
Part = Literal["D", "moved", "lost", "cross"]
DIGITS = 60
# of eigenvalues in double precision, of which two may be equal
ROUNDING = 1e-6


def weight(part: Part) -> sp.Expr:
    """The share of |H(q_j)|², q_j = (θ + 2πj)/S, that each part of D counts (L21)."""
    q = (theta + 2 * sp.pi * alias) / step
    return {
        "D": 4 * sp.sin(q / 2) ** 2,
        "moved": 4 * sp.sin(theta / (2 * step)) ** 2,
        "lost": 4 * sp.sin(sp.pi * alias / step) ** 2,
        "cross": 8 * sp.cos(q / 2) * sp.sin(theta / (2 * step)) * sp.sin(sp.pi * alias / step),
    }[part]


def coarse_overlaps(stack: Stack) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """({r: C(S r)}, {r: C(S r + 1)}) of the last layer's kernel: the correlations, at the lag r of its own grid, of the
    representation of a white image with itself and with that of the displaced image, as fractions.

    C_{k+1}(s S r + e) = Σ_p a(e − s p) C_k(S r + p): from the lowest layer up, a row of the transfer matrices' product.
    """
    rows = []
    for displacement in (0, 1):
        row = {displacement: Fraction(1)}
        for layer in stack:
            row = _up(layer, row)
        rows.append({-p: value for p, value in row.items()})
    return rows[0], rows[1]


def moved_lost(stack: Stack, neurons: int | None = None) -> MovedLost:
    """D = 2(1 − u(1)), moved = 2(1 − Σ_r sinc(r + 1/S) u(S r)), lost = 2(1 − Σ_r sinc(r + 1/S) u(S r + 1))  (L22)

    of the layers 1 … K, u(r) = C(r)/C(0), sinc(x) = sin(πx)/(πx): unit displacement, averaged over the pixel's place.
    On a ring of `neurons` of layer k, an odd number that its kernel fits, sinc(x) is sin(πx)/(n sin(πx/n)).
    """
    if neurons is not None and neurons % 2 == 0:
        raise ValueError(f"a ring of {neurons} neurons has a mode that no displacement turns: use an odd number")
    parts = [_parts(stack[:k], neurons) for k in range(1, len(stack) + 1)]
    d, moved, lost = np.array(parts).T
    sensitivities = stack_sensitivities(stack)
    source = f"theory, {f'ring of {neurons} neurons' if neurons else 'line'}"
    return MovedLost(sensitivities.layer, sensitivities.receptive_field, d, moved, lost, source)


def stride_filter(part: Part) -> sp.Expr:
    """Section 4.2, stride F (L28), where C(r)/C(0) = 1 − |r|/S up to |r| = S: the parts in closed form, S = F^k."""
    sinc = step * sp.sin(sp.pi / step) / sp.pi
    parts = {
        "D": 2 / step,
        "moved": 2 * (1 - sinc),
        "lost": 2 * (1 - sinc * (1 - 1 / step + 1 / (step * (step - 1)))),
    }
    return parts[part] if part != "cross" else parts["D"] - parts["moved"] - parts["lost"]


def moved_bounds(stack: Stack) -> tuple[float, float]:
    """4/(3(n+1)²S²) ≤ moved ≤ π²/S² for every stack, n the largest r with C(S r) ≠ 0 (L23)."""
    furthest = max(coarse_overlaps(stack)[0])
    step_of_layer = strides(stack)[-1]
    return 4 / (3 * (furthest + 1) ** 2 * step_of_layer**2), float(np.pi**2) / step_of_layer**2


def moved_limit(layer: Layer) -> sp.Expr:
    """lim S² moved = ⟨θ²⟩ = π²/3 + 4 Σ_{r≥1} (−1)^r ρ(r)/r², ρ(r) = lim u(S r) (L24), for s ≥ 2 and taps whose
    differences have no common divisor.
    """
    return sp.pi**2 / 3 + 4 * sum((-1) ** r * rho / r**2 for r, rho in _spectrum(layer).items() if r)


def cross_limit(layer: Layer) -> sp.Expr:
    """lim S² cross = −2π²/3 − 4 Σ_{r≥1} (−1)^r (2ρ(r)/r² − μ(r)/r) (L27), μ(r) = lim S (u(S r+1) − u(S r−1))/2.

    Of filters that pool, if no other eigenvalue on odd functions of the lag is as large as 1/s². In every layer
    Σ_r C(S r) = s^{−k} and Σ_r r C(S r + 1) = −s^{−2k}, so μ = ℓ Σρ, ℓ the odd left eigenvector with Σ_r r ℓ(r) = −1.
    Raises ValueError for other filters.
    """
    if not pools(layer):
        raise ValueError("the limit is of filters that pool (L6): use one whose sum rule holds")
    rho, odd = _spectrum(layer), _sector(layer, -1)
    vectors = (odd.T - sp.eye(odd.rows) / layer.stride**2).nullspace()
    if len(vectors) != 1 or max(_moduli(odd)) > (1 + ROUNDING) / layer.stride**2:
        raise ValueError("another odd eigenvalue is as large as 1/s²: the cross term may fall more slowly than S⁻²")
    (left,) = vectors
    left /= -2 * sum((n + 1) * value for n, value in enumerate(left))
    total = 1 + 2 * sum(value for r, value in rho.items() if r)
    return -2 * sp.pi**2 / 3 - 4 * sum(
        (-1) ** r * (2 * value / r**2 - left[r - 1] * total / r) for r, value in rho.items() if r
    )


def cross_exponent(layer: Layer) -> float:
    """cross = O(A_k^−γ), γ = min(2, 1 + log_s(λ₁/λ_odd)) (L26), λ_odd the largest in modulus on odd functions."""
    largest = max(_moduli(_sector(layer, -1)))
    if largest == 0:
        return 2.0
    return min(2.0, 1 + float(np.log(float(growth_law(layer).norm.value) / largest) / np.log(layer.stride)))


def _up(layer: Layer, row: dict[int, Fraction]) -> dict[int, Fraction]:
    """{p: Σ_e row(e) a(e − s p)}."""
    above: dict[int, Fraction] = {}
    for e, value in row.items():
        for lag, weight_of_lag in autocorrelation(layer).items():
            p, rest = divmod(e - lag, layer.stride)
            if not rest:
                above[p] = above.get(p, Fraction(0)) + value * weight_of_lag
    return above


def _parts(stack: Stack, neurons: int | None) -> tuple[float, float, float]:
    """(D, moved, lost); the sums cancel to S⁻², so in 60 digits."""
    own, displaced = coarse_overlaps(stack)
    size = strides(stack)[-1]
    with mpmath.workdps(DIGITS):

        def interpolated(row: dict[int, Fraction]) -> mpmath.mpf:
            return sum(_sinc(r + mpmath.mpf(1) / size, neurons) * _mpf(value / own[0]) for r, value in row.items())

        d = 2 * (1 - displaced.get(0, Fraction(0)) / own[0])
        return float(d), float(2 * (1 - interpolated(own))), float(2 * (1 - interpolated(displaced)))


def _sinc(x: mpmath.mpf, neurons: int | None) -> mpmath.mpf:
    """(1/n) Σ_θ e^{iθx} over the n wave numbers of a ring, or the mean over |θ| ≤ π."""
    if neurons is None:
        return mpmath.sincpi(x)
    return mpmath.mpf(1) if x % neurons == 0 else mpmath.sinpi(x) / (neurons * mpmath.sinpi(x / neurons))


def _mpf(value: Fraction) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator


def _sector(layer: Layer, sign: int) -> sp.Matrix:
    """a(e − s p) ± a(e + s p), e, p = 1 … P: the transfer matrix on even (without the lag 0) or odd functions."""
    a = autocorrelation(layer)
    window = max(1, max(a) // (layer.stride - 1))

    def entry(e: int, p: int) -> sp.Rational:
        near, far = (a.get(e + 1 - way * layer.stride * (p + 1), Fraction(0)) for way in (1, -1))
        value = near + sign * far
        return sp.Rational(value.numerator, value.denominator)

    return sp.Matrix(window, window, entry)


def _spectrum(layer: Layer) -> dict[int, sp.Expr]:
    """{r: ρ(r)}, r ≥ 0: λ₁ρ(p) = a(s p) + Σ_{e≥1} ρ(e) (a(e − s p) + a(e + s p)), ρ(0) = 1; exactly where λ₁ is
    rational, as under the sum rule, else to 30 digits.
    """
    even, a, norm = _sector(layer, 1), autocorrelation(layer), growth_law(layer).norm
    source = sp.Matrix(
        [sp.Rational(*a.get(layer.stride * p, Fraction(0)).as_integer_ratio()) for p in range(1, even.rows + 1)]
    )
    if norm.root.is_Rational:
        solution = (norm.root * sp.eye(even.rows) - even.T).LUsolve(source)
    else:
        with mpmath.workdps(DIGITS):
            system = mpmath.matrix((norm.value * sp.eye(even.rows) - even.T).evalf(DIGITS).tolist())
            solution = [
                sp.Float(value, 30) for value in mpmath.lu_solve(system, mpmath.matrix(source.evalf(DIGITS).tolist()))
            ]
    return {0: sp.Integer(1), **{p: solution[p - 1] for p in range(1, even.rows + 1)}}


def _moduli(matrix: sp.Matrix) -> list[float]:
    return [float(abs(value)) for value in np.linalg.eigvals(np.array(matrix.tolist(), dtype=float))]
