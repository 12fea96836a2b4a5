"""Eqs. 4–9: D_k, G_k and R_k against the receptive field A_k, with prefactors, and their exponents as limits."""

from typing import Literal

import sympy as sp

from theory import diffusion, rectifier
from theory.architecture import Architecture
from theory.walk import F as FILTER_SIZE
from theory.walk import diffusion as diffusion_coefficient

A = diffusion.A
Quantity = Literal["D", "G", "R"]
Rectification = Literal["rectified", "linear"]

# Both sides of Eqs. 4 and 6 carry one active pixel of value 1, and the noise has the magnitude of its deformation,
# L σ² = ‖δ_{i+1} − δ_i‖² = 2; L drops out of every answer.
L = sp.Symbol("L", positive=True)
NOISE_VARIANCE = 2 / L


def sensitivity_stride_one(quantity: Quantity, noise: Rectification = "rectified") -> sp.Expr:
    """D_k (Eq. 4), G_k (Eq. 6) or R_k as a function of A = A_k for stride 1.

    D_k = 2(1 − e^{−1/(4A²)}) → 1/(2A²)                        (Eq. 5)
    G_k = L(m² + Var·‖f_k‖²)/‖f_k‖² = (2/√π) A + 1 − 1/π       (Eq. 7)
    since rectified noise has mean m at every one of L pixels, and a part Var = ⟨φ²⟩ − m² independent between them.
    """
    norm = diffusion.norm()
    return _answer(quantity, diffusion.displacement() / norm, L * (_mean(noise) ** 2 + _variance(noise) * norm) / norm)


def sensitivity_stride_filter(quantity: Quantity, noise: Rectification = "rectified") -> sp.Expr:
    """D_k (Eq. 4, averaged over the pixel's position), G_k (Eq. 6) or R_k as a function of A = F^k for stride F.

    A neuron sums its block of A pixels: a displaced pixel changes ‖f_k‖² by 2 if it leaves the block, as one of A
    positions does, so D_k = 2/A (Eq. 8). L/A neurons see noise of mean A·m and variance A·Var (Eq. 9):
    G_k = (L/A)(A²m² + A·Var) = A/π + 1 − 1/π.
    """
    position, size = sp.symbols("position size", integer=True, positive=True)
    stays = sp.summation(1, (position, 0, size - 2)).subs(size, A) / A
    noise_power = (L / A) * ((A * _mean(noise)) ** 2 + A * _variance(noise))
    return _answer(quantity, 2 * (1 - stays), noise_power)


def sensitivity(quantity: Quantity, stride: Literal["one", "filter"], noise: Rectification = "rectified") -> sp.Expr:
    """D, G or R as a function of A for stride 1 or stride F."""
    law = sensitivity_stride_one if stride == "one" else sensitivity_stride_filter
    return law(quantity, noise)


def exponent(quantity: Quantity, stride: Literal["one", "filter"], noise: Rectification = "rectified") -> sp.Rational:
    """lim_{A→∞} d ln X/d ln A: −2, 1, −3 for stride 1 and −1, 1, −2 for stride F (Eqs. 5, 7, 8, 9).

    Without rectification G has the exponent 0 for either stride (Section 4.2).
    """
    x = sensitivity(quantity, stride, noise)
    return sp.limit(sp.simplify(A * sp.diff(x, A) / x), A, sp.oo)


def prefactor(quantity: Quantity, stride: Literal["one", "filter"], noise: Rectification = "rectified") -> sp.Expr:
    """lim_{A→∞} X/A^exponent: 1/2, 2/√π, √π/4 for stride 1; 2, 1/π, 2π for stride F."""
    x = sensitivity(quantity, stride, noise)
    return sp.limit(sp.simplify(x / A ** exponent(quantity, stride, noise)), A, sp.oo)


def receptive_field(architecture: Architecture, layer: int) -> sp.Expr:
    """A_k in input pixels: √(2Dk) with D of App. A for stride 1, F^k for stride F (Section 4)."""
    if architecture.stride > 1:
        return sp.Integer(architecture.filter_size) ** layer
    size = architecture.filter_size
    coefficient = diffusion_coefficient("odd" if size % 2 else "even").subs(FILTER_SIZE, size)
    return diffusion.receptive_field().subs({diffusion.k: layer, diffusion.D: coefficient})


def _mean(noise: Rectification) -> sp.Expr:
    value = rectifier.mean() if noise == "rectified" else sp.Integer(0)
    return value.subs(rectifier.sigma, sp.sqrt(NOISE_VARIANCE))


def _variance(noise: Rectification) -> sp.Expr:
    value = rectifier.variance() if noise == "rectified" else rectifier.sigma**2
    return value.subs(rectifier.sigma, sp.sqrt(NOISE_VARIANCE))


def _answer(quantity: Quantity, d: sp.Expr, g: sp.Expr) -> sp.Expr:
    return sp.simplify({"D": d, "G": g, "R": d / g}[quantity])
