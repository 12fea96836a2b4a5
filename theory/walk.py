"""Appendix A: a layer with the homogeneous filter 1/F is one step of a random walk (Eqs. 10, 13–16).

Everything is derived for symbolic F from the master equation p_{k+1}(a) = (1/F) Σ_o p_k(a+o), o running over the
patch. What the paper prints instead stands in `printed`.
"""

import functools
from typing import Literal

import sympy as sp

F = sp.Symbol("F", positive=True, integer=True)
"""Filter size."""

Parity = Literal["odd", "even"]


def offsets(parity: Parity) -> tuple[sp.Expr, sp.Expr]:
    """First and last offset o of the patch: ∓(F−1)/2 for odd F (Eq. 13), −F/2 … F/2−1 for even F (Eq. 14)."""
    if parity == "odd":
        return -(F - 1) / 2, (F - 1) / 2
    return -F / 2, F / 2 - 1


@functools.cache
def moment(order: int, parity: Parity) -> sp.Expr:
    """⟨oⁿ⟩ = (1/F) Σ_o oⁿ, in pixelsⁿ: the n-th moment of one step, for symbolic F."""
    first, last = offsets(parity)
    shift = sp.Symbol("shift", integer=True)
    # sum from 0 so that the bounds are integers for either parity
    total = sp.summation(sp.expand((shift + first) ** order), (shift, 0, last - first))
    return sp.factor(sp.simplify(total / F))


@functools.cache
def cumulants(parity: Parity, orders: int = 4) -> tuple[sp.Expr, ...]:
    """(κ₁, …, κ_n) of one step: ln⟨e^{t·o}⟩ = Σ κ_n tⁿ/n!, from the moments."""
    t = sp.Symbol("t")
    generating = sum((moment(n, parity) * t**n / sp.factorial(n) for n in range(1, orders + 1)), sp.Integer(0))
    log = sum(((-1) ** (j + 1) * generating**j / j for j in range(1, orders + 1)), sp.Integer(0))
    series = sp.Poly(sp.expand(log), t)
    return tuple(sp.factor(sp.simplify(series.coeff_monomial(t**n) * sp.factorial(n))) for n in range(1, orders + 1))


def drift(parity: Parity) -> sp.Expr:
    """v of Eq. 15, ∂_k p = v ∂_a p + D ∂_a² p, in pixels a layer: v = κ₁, 0 for odd F and −1/2 for even F.

    The plane wave e^{iqa} is multiplied by ⟨e^{iqo}⟩ = exp(iqκ₁ − q²κ₂/2 + …) at every layer; Eq. 15 multiplies it
    by exp(iqv − q²D).
    """
    return cumulants(parity, 2)[0]


def diffusion(parity: Parity) -> sp.Expr:
    """D of Eq. 15, in pixels² a layer: D = κ₂/2 = (F²−1)/24 for either parity (see `drift`)."""
    return sp.factor(cumulants(parity, 2)[1] / 2)
