"""Moments of rectified Gaussian noise φ(η), η ~ N(0, σ²) (Section 4.1, Eq. 6)."""

import functools

import sympy as sp

sigma = sp.Symbol("sigma", positive=True)
rho = sp.Symbol("rho", real=True)


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


@functools.cache
def _covariance() -> sp.Expr:
    """In ρ: d/dρ ⟨φ(g)φ(g')⟩ = P(g, g' > 0) = 1/4 + asin(ρ)/(2π), and it is 0 at ρ = −1."""
    return sp.simplify(sp.integrate(sp.Rational(1, 4) + sp.asin(rho) / (2 * sp.pi), (rho, -1, rho)))


def covariance(correlation: sp.Expr) -> sp.Expr:
    """⟨φ(g)φ(g')⟩ of unit Gaussians with this correlation: the arc-cosine kernel of degree 1,
    (√(1−ρ²) + ρ(π − arccos ρ))/(2π) (Cho & Saul, 2009); 1/2 at ρ = 1, m² = 1/(2π) at ρ = 0.
    """
    return _covariance().subs(rho, correlation)
