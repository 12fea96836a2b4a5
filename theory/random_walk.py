"""Appendix A: a layer with the homogeneous filter 1/F is one step of a random walk (Eqs. 10, 13–16).

Everything is derived for symbolic F from the master equation p_{k+1}(a) = (1/F) Σ_o p_k(a+o), o running over the
patch. What the paper prints instead stands in `printed`.
"""

import functools
from typing import Literal

import sympy as sp

F = sp.Symbol("F", positive=True, integer=True)
"""Filter size."""
q = sp.Symbol("q", real=True)
"""Wave number, in 1/pixel."""

Parity = Literal["odd", "even"]


def parity_of(size: int) -> Parity:
    """The case of App. A that filters of `size` pixels fall under."""
    return "odd" if size % 2 else "even"


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
    """(κ₁, …, κ_n) of one step: ln⟨e^{to}⟩ = Σ κ_n tⁿ/n!; κ₁ = 0 or −1/2, then κ_n = B_n(Fⁿ−1)/n (Bernoulli).

    The geometric sum is ⟨e^{to}⟩ = e^{t·first}(e^{Ft}−1)/(F(e^t−1)), so only the series of g(t) = ln((e^t−1)/t) is
    needed: ln⟨e^{to}⟩ = t·first + g(Ft) − g(t).
    """
    t = sp.Symbol("t", positive=True)
    exponential = sum((t**n / sp.factorial(n + 1) for n in range(1, orders + 1)), sp.Integer(0))
    log = sum((-((-exponential) ** j) / j for j in range(1, orders + 1)), sp.Integer(0))
    g = sp.Poly(sp.expand(log), t)
    first, _ = offsets(parity)
    return tuple(
        sp.factor(sp.factorial(n) * g.coeff_monomial(t**n) * (F**n - 1) + (first if n == 1 else 0))
        for n in range(1, orders + 1)
    )


def characteristic(parity: Parity) -> sp.Expr:
    """ŵ(q) = ⟨e^{iqo}⟩ = e^{iqc} sin(Fq/2)/(F sin(q/2)), c the patch's centre: the eigenvalue of M at wave number q."""
    first, last = offsets(parity)
    return sp.exp(sp.I * q * sp.simplify((first + last) / 2)) * sp.sin(F * q / 2) / (F * sp.sin(q / 2))


def kramers_moyal(order: int, parity: Parity) -> sp.Expr:
    """Coefficient of ∂_aⁿ p in the expansion of ∂_k p, in pixelsⁿ a layer: κ_n/n!.

    A layer multiplies by ⟨e^{o∂_a}⟩, k layers by its k-th power, so ∂_k p = ln⟨e^{o∂_a}⟩ p = Σ_n κ_n/n! ∂_aⁿ p:
    cumulants, not the moments ⟨oⁿ⟩/n!, which would take the difference p_{k+1} − p_k for the derivative. With
    n = 1, 2 it is Eq. 15; the next is −(F⁴−1)/2880 at n = 4.
    """
    return sp.factor(cumulants(parity, order)[order - 1] / sp.factorial(order))


def drift(parity: Parity) -> sp.Expr:
    """v = κ₁ of Eq. 15, ∂_k p = v ∂_a p + D ∂_a² p, in pixels a layer: 0 for odd F and −1/2 for even F."""
    return kramers_moyal(1, parity)


def diffusion(parity: Parity) -> sp.Expr:
    """D = κ₂/2 = (F²−1)/24 of Eq. 15, in pixels² a layer, for either parity.

    >>> diffusion("odd").subs(F, 3)
    1/3
    """
    return kramers_moyal(2, parity)
