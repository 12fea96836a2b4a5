"""D_k and G_k of stride 1 at finite depth: Eqs. 5 and 7 with their corrections in 1/k, for symbolic F.

Everything follows from the overlap C_k(r) = Σ_a h_k(a) h_k(a+r) = ∫ dq/2π cos(qr) |ŵ(q)|^{2k}, in which q = t/(√2 A_k)
has the Gaussian weight e^{−t²/2} and the corrections of 2k steps of the walk.
"""

import functools
from typing import Literal

import sympy as sp

from theory import rectified_noise
from theory.edgeworth import it, mode_corrections
from theory.random_walk import F, Parity, diffusion, parity_of

RectifiedNoise = Literal["rectified", "gaussian"]
"""The words of `theory.definitions.perturbation.Noise`: φ(η) is added to the image, or η, which layer 1 rectifies."""

k = sp.Symbol("k", positive=True)


def field(parity: Parity) -> sp.Expr:
    """A_k = √(2Dk) in F and k."""
    return sp.sqrt(2 * diffusion(parity) * k)


@functools.cache
def overlap(distance: int, order: int, parity: Parity) -> sp.Expr:
    """2√π A_k C_k(r) at r = `distance`, in F and k to relative order k^−order; 1 + λ₄/(16k) + … for r = 0."""
    t, small = sp.symbols("t small", positive=True)  # small: 1/k
    q_square = t**2 * small / (4 * diffusion(parity))
    wave = sum((-(distance**2) * q_square) ** n / sp.factorial(2 * n) for n in range(order + 1))
    modes = sum(c.subs(it, sp.I * t) * (small / 2) ** j for j, c in enumerate(mode_corrections(order, parity)))
    weighted = sp.Poly(sp.expand(wave * modes), t, small)
    # ⟨tⁿ⟩ = (n−1)!! over e^{−t²/2}
    terms = (c * sp.factorial2(n - 1) / k**j for (n, j), c in weighted.terms() if j <= order)
    return sum((sp.factor(term) for term in terms), sp.Integer(0))


@functools.cache
def displacement(order: int, parity: Parity) -> sp.Expr:
    """2A_k² D_k = 4A_k²(1 − C_k(1)/C_k(0)) to relative order k^−order: Eq. 5 with prefactor and corrections.

    To first order 1 + (λ₄/4 − 1/(8κ₂))/k, with κ₂ = 2D: for F = 2 it is 1 − 1/k, of the exact D_k = 2/(k+1).
    """
    small = sp.Symbol("small", positive=True)
    moved, norm = (overlap(r, order + 1, parity).subs(k, 1 / small) for r in (1, 0))
    ratio = sp.series(sp.expand((norm - moved) / small) / norm, small, 0, order + 1).removeO()
    return sum(
        (
            sp.factor(sp.simplify(8 * diffusion(parity) * sp.expand(ratio).coeff(small, j))) / k**j
            for j in range(order + 1)
        ),
        sp.Integer(0),
    )


def noise_growth(parity: Parity, noise: RectifiedNoise = "rectified", dim: int = 1) -> sp.Expr:
    """lim G_k/A_k^d: (2√π)^d/π with rectified noise in the image (Eq. 7), F^−d of that after the first layer.

    The mean of rectified noise is L·m² ‖f_k‖^−2 with L·σ² = 2; layer 1 averages F^d pixels before its rectifier.
    """
    before = 2 * (rectified_noise.mean() / rectified_noise.sigma) ** 2 * (2 * sp.sqrt(sp.pi)) ** dim
    return before if noise == "rectified" else before / F**dim


def noise_constant(size: int, noise: RectifiedNoise = "rectified") -> sp.Expr:
    """What G_k tends to beyond the power of Eq. 7, at F = `size`: G_k = g·A_k (1 + O(1/k)) + constant.

    It is L times the summed covariance of the rectified noise: 2(1/2 − 1/(2π)) in the image. After layer 1 the noise
    has variance σ²/F and correlation ρ(r) = 1 − |r|/F, and its rectified covariance is the degree-1 arc-cosine kernel.
    """
    mean_square = (rectified_noise.mean() / rectified_noise.sigma) ** 2
    if noise == "rectified":
        return sp.simplify(2 * (rectified_noise.moment(2) / rectified_noise.sigma**2 - mean_square))
    correlations = (1 - sp.Rational(abs(r), size) for r in range(-size + 1, size))
    total = sum((rectified_noise.covariance(rho) - mean_square for rho in correlations), sp.Integer(0))
    return 2 * total / size


def noise_sensitivity(size: int, noise: RectifiedNoise = "rectified") -> sp.Expr:
    """G_k = g A_k (1 − λ₄/(16k)) + constant + O(1/k) in k, at F = `size` (Eq. 7 with its constant)."""
    parity = parity_of(size)
    correction = sp.series(1 / overlap(0, 1, parity).subs(k, 1 / k), k, 0, 2).removeO().subs(k, 1 / k)
    power = noise_growth(parity, noise) * field(parity) * correction
    return power.subs(F, size) + noise_constant(size, noise)


def local_slope(quantity: sp.Expr) -> sp.Expr:
    """d ln X/d ln A = 2 d ln X/d ln k of an expression X in k."""
    return sp.simplify(2 * k * sp.diff(quantity, k) / quantity)


def displacement_slope(size: int) -> sp.Expr:
    """Local slope of D_k to order 1/k: −2 − 2d/k, d the coefficient of 1/k in `displacement`; −2 + 9/(8k) for F = 3.

    >>> displacement_slope(3)
    -2 + 9/(8*k)
    """
    parity = parity_of(size)
    first = displacement(1, parity).coeff(k, -1).subs(F, size)
    return -2 - 2 * first / k
