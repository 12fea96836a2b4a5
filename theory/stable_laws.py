"""Stride 1: finite variance or heavy tails, one law in terms of A_k, for every filter whose taps' differences have the
greatest common divisor 1 (else D_k = 2 in every layer: `theory.sum_rule`).

The Fourier transform of k steps is e^{−ck|q|^μ}: μ = 2, c = σ_w²/2 for filters of variance σ_w², and 0 < μ < 2 where
steps have the law |o|^{−1−μ}. Then C_k(0) = ∫ dq/2π e^{−2ck|q|^μ} and D_k = ⟨q²⟩ in that weight.
"""

import functools
from typing import Literal

import sympy as sp

mu, c, k, A = sp.symbols("mu c k A", positive=True)
b = sp.Symbol("b", real=True)


@functools.cache
def _moment(order: int) -> sp.Expr:
    """∫ dq/2π |q|ⁿ e^{−2ck|q|^μ}, with t = q^μ: (1/π) ∫₀^∞ t^{(n+1)/μ − 1} e^{−2ckt} dt/μ."""
    t = sp.Symbol("t", positive=True)
    integrand = t ** ((order + 1) / mu - 1) * sp.exp(-2 * c * k * t)
    return sp.integrate(integrand, (t, 0, sp.oo), conds="none") / (sp.pi * mu)


def receptive_field() -> sp.Expr:
    """A_k = (ck)^{1/μ}: σ_w√(k/2) for μ = 2."""
    return (c * k) ** (1 / mu)


def sensitivity(quantity: Literal["D", "G"]) -> sp.Expr:
    """Leading D_k or G_k in terms of A = A_k: D = Γ(3/μ)/Γ(1/μ) (2^{1/μ}A)^{−2}, G = μ 2^{1/μ} A/Γ(1/μ).

    Equation L17 of docs/law.md. The exponents −2 and 1 do not depend on the filter.
    """
    law = _moment(2) / _moment(0) if quantity == "D" else 1 / (sp.pi * _moment(0))
    return sp.simplify(sp.powsimp(law.subs(k, A**mu / c), force=True))


def correction(quantity: Literal["D", "G"]) -> sp.Expr:
    """Relative correction of first order to L17 for μ < 2, where 1 − ŵ(q) = c|q|^μ + bq² + …, in c, b and A.

    ln ŵ^{2k} = −2k(c|q|^μ + bq² + c²|q|^{2μ}/2) and 2(1 − cos q) = q² − q⁴/12, averages ⟨|q|ⁿ⟩ taken in L17's weight.
    """

    def mean(order: sp.Expr) -> sp.Expr:
        return sp.gamma((order + 1) / mu) / sp.gamma(1 / mu) * (2 ** (1 / mu) * A) ** -order

    curvature, square = 2 * b / c * A**mu, c * A**mu
    if quantity == "G":
        return curvature * mean(sp.Integer(2)) + square * mean(2 * mu)
    ratio = mean(sp.Integer(4)) / mean(sp.Integer(2))
    return (
        -ratio / 12
        - curvature * (ratio - mean(sp.Integer(2)))
        - square * (mean(2 + 2 * mu) / mean(sp.Integer(2)) - mean(2 * mu))
    )


def tail_curvature(exponent: sp.Expr) -> sp.Expr:
    """b of 1 − ŵ(q) = c|q|^μ + bq² + … for the filter of `tail_coefficient`: ζ(μ−1)/(2ζ(1+μ))."""
    return sp.zeta(exponent - 1) / (2 * sp.zeta(1 + exponent))


def tail_coefficient(exponent: sp.Expr) -> sp.Expr:
    """c of 1 − ŵ(q) → c|q|^μ for the filter w(o) = |o|^{−1−μ}/(2ζ(1+μ)), o ≠ 0: π/(2ζ(1+μ) Γ(1+μ) sin(πμ/2))."""
    return sp.pi / (2 * sp.zeta(1 + exponent) * sp.gamma(1 + exponent) * sp.sin(sp.pi * exponent / 2))
