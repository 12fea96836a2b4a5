"""Eqs. 4–9: D_k, G_k and R_k against the receptive field A_k, with prefactors, and their exponents as limits."""

from typing import Literal, get_args

import sympy as sp

from theory import fokker_planck, rectified_noise
from theory.definitions.architecture import Architecture
from theory.definitions.ranges import choice, whole
from theory.random_walk import F as FILTER_SIZE
from theory.random_walk import diffusion as diffusion_coefficient
from theory.random_walk import parity_of

A = fokker_planck.A
Quantity = Literal["D", "G", "R"]
Stride = Literal["one", "filter"]
"""s = 1 (Section 4.1) or s = F (Section 4.2)."""
ImageNoise = Literal["rectified", "linear"]
"""The words of `theory.definitions.perturbation.Noise`: φ(η) is added to the image, or η to a network without φ."""

# Both sides of Eqs. 4 and 6 carry one active pixel of value 1, and the noise has the magnitude of its deformation,
# N σ² = ‖δ_{i+1} − δ_i‖² = 2; the number N of pixels drops out of every result.
N = sp.Symbol("N", positive=True)
NOISE_VARIANCE = 2 / N

dimension = sp.Symbol("d", positive=True, integer=True)
"""Dimension of the image, for laws that hold in any; A is the linear size."""


def displacement_stride_one(dim: sp.Expr = 1) -> sp.Expr:
    """D_k = ‖f_k(δ_{i+1}) − f_k(δ_i)‖²/‖f_k(δ_i)‖² (Eq. 4) = 2(1 − e^{−1/(4A²)}) → 1/(2A²) (Eq. 5: ∼ A_k^{−2}).

    For stride 1, in A = A_k. The F^d filter is a product of lines and the pixel moves along one of them, so that the
    others drop out of the quotient.
    """
    across = fokker_planck.norm() ** (dim - 1)
    return fokker_planck.displacement() * across / (fokker_planck.norm() * across)


def noise_stride_one(noise: ImageNoise = "rectified", dim: sp.Expr = 1) -> sp.Expr:
    """G_k = E‖f_k(φ(η))‖²/‖f_k(δ_i)‖² (Eq. 6) = (2√π A)^d/π + 1 − 1/π (Eq. 7 for d = 1: ∼ A_k).

    For stride 1, in A = A_k. Rectified noise has mean m at every one of N pixels, and a part Var = ⟨φ²⟩ − m²
    independent between them: E‖f_k(φ(η))‖² = N(m² + Var·‖f_k‖²), ‖f_k‖² the d-th power of a line's.
    """
    norm = fokker_planck.norm() ** dim
    return N * (_mean(noise) ** 2 + _variance(noise) * norm) / norm


def displacement_stride_filter() -> sp.Expr:
    """D_k = 2/A = 2F^{−k} (Eq. 8: ∼ F^{−k} ∼ A_k^{−1}): Eq. 4 averaged over the pixel's position, for stride F.

    A neuron sums its block of A^d = F^{kd} pixels: a displaced pixel changes ‖f_k‖² by 2 if it leaves the block, as one
    of A positions along its line does.
    """
    position, size = sp.symbols("position size", integer=True, positive=True)
    stays = sp.summation(1, (position, 0, size - 2)).subs(size, A) / A
    return 2 * (1 - stays)


def noise_stride_filter(noise: ImageNoise = "rectified", dim: sp.Expr = 1) -> sp.Expr:
    """G_k = (N/A^d)(A^{2d}m² + A^d·Var) = A^d/π + 1 − 1/π (Eq. 9 for d = 1: ∼ (F^k)²(L/F^k) ∼ A_k), for stride F.

    N/A^d neurons see noise of mean A^d·m and variance A^d·Var, A = F^k.
    """
    block = A**dim
    return (N / block) * ((block * _mean(noise)) ** 2 + block * _variance(noise))


def sensitivity(quantity: Quantity, stride: Stride, noise: ImageNoise = "rectified", dim: sp.Expr = 1) -> sp.Expr:
    """D (Eqs. 4, 5 or 8), G (Eqs. 6, 7 or 9) or R = D/G as a function of A = A_k, for stride 1 or stride F.

    >>> sensitivity("D", "filter"), sensitivity("G", "one", noise="linear")
    (2/A, 2)

    Raises ValueError, one sentence, for a name that is unknown or a dimension below 1; so do `exponent`, `prefactor`.
    """
    for name, value, kind in (
        ("quantity", quantity, Quantity),
        ("stride", stride, Stride),
        ("noise", noise, ImageNoise),
    ):
        choice(name, value, get_args(kind))
    if not isinstance(dim, sp.Basic):
        whole("dim", dim)
    d, g = (
        (displacement_stride_one(dim), noise_stride_one(noise, dim))
        if stride == "one"
        else (displacement_stride_filter(), noise_stride_filter(noise, dim))
    )
    return sp.simplify({"D": d, "G": g, "R": d / g}[quantity])


def exponent(quantity: Quantity, stride: Stride, noise: ImageNoise = "rectified", dim: sp.Expr = 1) -> sp.Expr:
    """lim_{A→∞} d ln X/d ln A: −2, d, −2−d for stride 1 and −1, d, −1−d for stride F (Eqs. 5, 7, 8, 9 for d = 1).

    Without rectification G has the exponent 0 for either stride (Section 4.2).

    >>> [exponent(quantity, "one") for quantity in ("D", "G", "R")], exponent("D", "filter")
    ([-2, 1, -3], -1)
    """
    if quantity == "R":
        return exponent("D", stride, noise, dim) - exponent("G", stride, noise, dim)
    x = sensitivity(quantity, stride, noise, dim)
    return sp.limit(sp.simplify(A * sp.diff(x, A) / x), A, sp.oo)


def prefactor(quantity: Quantity, stride: Stride, noise: ImageNoise = "rectified", dim: sp.Expr = 1) -> sp.Expr:
    """lim_{A→∞} X/A^exponent: 1/2, 2/√π, √π/4 for stride 1 and d = 1; 2, 1/π, 2π for stride F and any d.

    >>> prefactor("D", "one"), prefactor("R", "filter")
    (1/2, 2*pi)
    """
    if quantity == "R":
        return prefactor("D", stride, noise, dim) / prefactor("G", stride, noise, dim)
    x = sensitivity(quantity, stride, noise, dim)
    return sp.limit(sp.simplify(x / A ** exponent(quantity, stride, noise, dim)), A, sp.oo)


def receptive_field(architecture: Architecture, layer: int) -> sp.Expr:
    """A_k in input pixels: √(2Dk) with D of App. A for stride 1, F^k for stride F (Section 4).

    For stride s in general the side of the box of the kernel's variance, √(12 Var + 1) with
    Var = (F²−1)/12 (s^{2k}−1)/(s²−1): F^k for s = F.
    """
    size, stride = architecture.filter_size, architecture.stride
    if stride > 1:
        return sp.sqrt(sp.Rational((size**2 - 1) * (stride ** (2 * layer) - 1), stride**2 - 1) + 1)
    coefficient = diffusion_coefficient(parity_of(size)).subs(FILTER_SIZE, size)
    return fokker_planck.receptive_field().subs({fokker_planck.k: layer, fokker_planck.D: coefficient})


def _mean(noise: ImageNoise) -> sp.Expr:
    value = rectified_noise.mean() if noise == "rectified" else sp.Integer(0)
    return value.subs(rectified_noise.sigma, sp.sqrt(NOISE_VARIANCE))


def _variance(noise: ImageNoise) -> sp.Expr:
    value = rectified_noise.variance() if noise == "rectified" else rectified_noise.sigma**2
    return value.subs(rectified_noise.sigma, sp.sqrt(NOISE_VARIANCE))
