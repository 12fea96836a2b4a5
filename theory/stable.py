"""Stride 1 with any filter: finite variance or heavy tails, one law in terms of A_k.

The Fourier transform of k steps is e^{−ck|q|^μ}: μ = 2, c = σ_w²/2 for filters of variance σ_w², and 0 < μ < 2 where
steps have the law |o|^{−1−μ}. Then C_k(0) = ∫ dq/2π e^{−2ck|q|^μ} and D_k = ⟨q²⟩ in that weight.
"""

import functools
from typing import Literal

import sympy as sp

mu, c, k, A = sp.symbols("mu c k A", positive=True)


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

    The exponents −2 and 1 do not depend on the filter.
    """
    law = _moment(2) / _moment(0) if quantity == "D" else 1 / (sp.pi * _moment(0))
    return sp.simplify(sp.powsimp(law.subs(k, A**mu / c), force=True))


def tail_coefficient(exponent: sp.Expr) -> sp.Expr:
    """c of 1 − ŵ(q) → c|q|^μ for the filter w(o) = |o|^{−1−μ}/(2ζ(1+μ)), o ≠ 0: π/(2ζ(1+μ) Γ(1+μ) sin(πμ/2))."""
    return sp.pi / (2 * sp.zeta(1 + exponent) * sp.gamma(1 + exponent) * sp.sin(sp.pi * exponent / 2))
