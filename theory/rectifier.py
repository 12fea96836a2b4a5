"""Moments of rectified Gaussian noise φ(η), η ~ N(0, σ²) (Section 4.1, Eq. 6)."""

import functools

import sympy as sp

sigma = sp.Symbol("sigma", positive=True)


@functools.cache
def moment(order: int) -> sp.Expr:
    """⟨φ(η)ⁿ⟩ = ∫₀^∞ ηⁿ e^{−η²/2σ²}/√(2πσ²) dη: σ/√(2π) for n = 1, σ²/2 for n = 2."""
    x = sp.Symbol("x", positive=True)
    density = sp.exp(-(x**2) / (2 * sigma**2)) / sp.sqrt(2 * sp.pi * sigma**2)
    return sp.simplify(sp.integrate(x**order * density, (x, 0, sp.oo)))


def mean() -> sp.Expr:
    """m = ⟨φ(η)⟩."""
    return moment(1)


def variance() -> sp.Expr:
    """⟨φ(η)²⟩ − m² = σ²(1/2 − 1/(2π))."""
    return sp.simplify(moment(2) - moment(1) ** 2)
