"""One law for every filter and stride: the exponents of D_k and G_k as eigenvalues of a transfer matrix.

k layers of filter w and stride s have the kernel h_{k+1} = w ∗ (↑s h_k), and its autocorrelation C_k obeys
    C_{k+1}(r) = Σ_p a(r − s p) C_k(p),    a = w ⋆ w,
closed on |p| ≤ (F−1)/(s−1), F − 1 the distance of the outermost taps. Averaged over the pixel's position
D_k = 2(1 − C_k(1)/C_k(0)), and with rectified noise G_k = 1/(πC_k(0)) + 1 − 1/π (Eqs. 4, 6 of the paper).
Derivation: docs/law.md, whose equations are L1, L2, …
"""

import functools
import math
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from theory.definitions.stack import Layer, box

z = sp.Symbol("z")
DIGITS = 60


@dataclass(frozen=True)
class Growth:
    """x_k ~ weight·root^k: `root` an algebraic number (rational, in radicals up to degree 2, or CRootOf of its
    polynomial), `value` and `weight` to 30 digits.
    """

    root: sp.Expr
    value: sp.Float
    weight: sp.Float


@dataclass(frozen=True)
class GrowthLaw:
    """D_k ~ c_D s^{−αk} and G_k ~ c_G s^{βk} of identical layers; s^k is the step of the lattice, A_k ∝ s^k.

    norm    of C_k(0) ~ B₁λ₁^k              moved   of C_k(0) − C_k(1) ~ B_D λ_D^k
    """

    stride: int
    norm: Growth
    moved: Growth

    @property
    def saturates(self) -> bool:
        """Whether D_k tends to a constant: λ_D = λ₁."""
        return bool(self.norm.root == self.moved.root)

    @property
    def alpha(self) -> sp.Expr:
        """α = log_s(λ₁/λ_D), exactly."""
        return sp.Integer(0) if self.saturates else log(self.norm.root / self.moved.root, self.stride)

    @property
    def beta(self) -> sp.Expr:
        """β = −log_s λ₁, exactly."""
        return log(1 / self.norm.root, self.stride)

    @property
    def exponents(self) -> tuple[float, float]:
        """(α, β) as numbers."""
        alpha, beta = self.norm.value / self.moved.value, 1 / self.norm.value
        return float(sp.log(alpha) / sp.log(self.stride)), float(sp.log(beta) / sp.log(self.stride))

    @property
    def prefactors(self) -> tuple[float, float]:
        """(c_D, c_G) = (2B_D/B₁, 1/(πB₁))."""
        return float(2 * self.moved.weight / self.norm.weight), float(1 / (sp.pi * self.norm.weight))


def autocorrelation(layer: Layer) -> dict[int, Fraction]:
    """{r: a(r)}, a(r) = Σ_o w(o) w(o+r), r in pixels of the layer below."""
    correlation: dict[int, Fraction] = {}
    for offset, weight in layer.taps.items():
        for other, second in layer.taps.items():
            correlation[other - offset] = correlation.get(other - offset, Fraction(0)) + weight * second
    return correlation


def transfer_matrix(layer: Layer) -> sp.Matrix:
    """T on r, p = 0 … P, P = (F−1)/(s−1) rounded down, at least 1: C_{k+1} = T C_k, for the even C (L4).

    T(r, p) = a(r − sp) + a(r + sp), the second without p = 0. Raises ValueError for stride 1, which has no window.
    """
    if layer.stride == 1:
        raise ValueError("stride 1 has no finite transfer matrix: its law is diffusion, `theory.finite_depth`")
    a = autocorrelation(layer)
    window = max(1, max(a) // (layer.stride - 1))  # D_k needs the lag 1, also of a filter that skips pixels

    def entry(r: int, p: int) -> sp.Rational:
        lags = {r - layer.stride * p, r + layer.stride * p}
        weight = sum((a.get(lag, Fraction(0)) for lag in lags), Fraction(0))
        return sp.Rational(weight.numerator, weight.denominator)

    return sp.Matrix(window + 1, window + 1, entry)


def correlations(layer: Layer, depth: int) -> list[tuple[sp.Rational, sp.Rational]]:
    """[(C_k(0), C_k(1))], k = 0 … depth, as fractions, from C_0 = δ."""
    matrix = transfer_matrix(layer)
    c = sp.zeros(matrix.rows, 1)
    c[0] = 1
    pairs = [(c[0], c[1])]
    for _ in range(depth):
        c = matrix * c
        pairs.append((c[0], c[1]))
    return pairs


@functools.cache
def growth_law(layer: Layer) -> GrowthLaw:
    """The exponents and prefactors of identical layers with stride s ≥ 2, exactly.

    T times the square of the weights' common denominator is a matrix of whole numbers. Of the factors of its
    characteristic polynomial only those count that C_k(0), or C_k(0) − C_k(1), does not obey a recurrence without.
    """
    matrix = transfer_matrix(layer)
    scale = math.lcm(*(weight.denominator for weight in layer.weights)) ** 2
    polynomial = sp.Poly(DomainMatrix.from_Matrix(matrix * scale).charpoly(), z)
    pairs = correlations(layer, 2 * matrix.rows)
    norm = [c * scale**k for k, (c, _) in enumerate(pairs)]
    moved = [(c - neighbour) * scale**k for k, (c, neighbour) in enumerate(pairs)]
    return GrowthLaw(layer.stride, *(_growth(sequence, polynomial, scale) for sequence in (norm, moved)))


def homogeneous_alpha(size: int, stride: int) -> sp.Expr:
    """α(F, s) of homogeneous filters in closed form: 0 unless s divides F; then 1 + β(F/s, s), so log_s F for F ≤ s²,
    2 where s² divides F, and between otherwise.

    >>> homogeneous_alpha(2, 2), homogeneous_alpha(4, 2), homogeneous_alpha(3, 2)
    (1, 2, 0)
    """
    if size % stride:
        return sp.Integer(0)
    return 1 + homogeneous_beta(size // stride, stride)


def homogeneous_beta(size: int, stride: int) -> sp.Expr:
    """β(m, s) of homogeneous filters: log_s m for m < s (kernels with holes), 1 where s divides m, else −log_s λ₁."""
    if size < stride:
        return log(sp.Integer(size), stride)
    return sp.Integer(1) if size % stride == 0 else growth_law(box(size, stride)).beta


def log(number: sp.Expr, base: int) -> sp.Expr:
    """log_base(number); a whole number where it is one."""
    if number.is_Rational:
        exponent = sp.log(number).expand(force=True) / sp.log(base)
        return sp.simplify(sp.expand_log(exponent, force=True))
    return sp.log(number) / sp.log(base)


def _growth(sequence: list[sp.Rational], polynomial: sp.Poly, scale: int) -> Growth:
    """The growth of a non-negative sequence that obeys the recurrence of `polynomial`; its roots are scale·λ.

    A power series of non-negative terms has its first singularity on the positive axis (Pringsheim), so the largest
    root that counts is the largest real one.
    """
    factors = [factor for factor, power in polynomial.factor_list()[1] for _ in range(power)]
    for factor in list(factors):
        rest = list(factors)
        rest.remove(factor)
        if _obeys(sequence, math.prod(rest, start=sp.Poly(1, z))):
            factors = rest
    ends = [(factor, *_largest_real_root(factor)) for factor in factors if factor.count_roots(0, sp.oo)]
    factor, exact, value = max(ends, key=lambda end: end[2])
    whole = math.prod(factors, start=sp.Poly(1, z))
    # all other modes annihilated: Σ_j p_j x_j = B p(scale·λ), p = whole/(z − scale·λ)
    coefficients, quotient = whole.all_coeffs(), [sp.Float(0, DIGITS)]
    for c in coefficients[:-1]:
        quotient.append(quotient[-1] * value + c)
    quotient = quotient[1:]
    top = sum(q * x for q, x in zip(reversed(quotient), sequence, strict=False))
    bottom = sum(q * value**j for j, q in enumerate(reversed(quotient)))
    return Growth(exact / scale, sp.Float(value / scale, 30), sp.Float(top / bottom, 30))


def _obeys(sequence: list[sp.Rational], polynomial: sp.Poly) -> bool:
    """Whether Σ_j p_j x_{k+j} = 0 for all k that the sequence holds."""
    coefficients = polynomial.all_coeffs()[::-1]
    return all(
        sum(c * x for c, x in zip(coefficients, sequence[k:], strict=False)) == 0
        for k in range(len(sequence) - len(coefficients) + 1)
    )


def _largest_real_root(factor: sp.Poly) -> tuple[sp.Expr, sp.Float]:
    """(the largest real root of an irreducible polynomial, its value by bisection of its isolating interval)."""
    low, high = factor.intervals()[-1][0]
    with mpmath.workdps(4 * DIGITS):
        coefficients = [mpmath.mpf(int(c)) for c in factor.all_coeffs()]
        below, above = (mpmath.mpf(int(end.p)) / int(end.q) for end in (low, high))
        rises = mpmath.sign(mpmath.polyval(coefficients, above)) or 1
        while above - below > above * mpmath.mpf(10) ** -DIGITS:
            middle = (below + above) / 2
            side = mpmath.sign(mpmath.polyval(coefficients, middle))
            below, above = (below, middle) if side in (0, rises) else (middle, above)
        value = sp.Float(above, DIGITS)
    if factor.degree() > 2:
        return sp.CRootOf(factor, factor.count_roots() - 1, radicals=False), value
    return max(sp.roots(factor), key=lambda root: sp.N(root, 30)), value
