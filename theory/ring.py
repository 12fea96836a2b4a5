"""A ring of L pixels: the wrapped Gaussian, and how long the line's Gaussian of Eq. 11 stands for it."""

import functools
import math
from typing import Literal

import sympy as sp

from theory.fokker_planck import A, a

L = sp.Symbol("L", positive=True)
"""Width of the image, in pixels."""
u = sp.Symbol("u", positive=True)
"""A_k/L; F√k/L = √12 u (1 + O(1/F²)) is the paper's measure."""

RingQuantity = Literal["kernel", "D", "G"]


def by_images(images: int) -> sp.Expr:
    """p(a) = Σ_n e^{−(a+nL)²/(2A²)}/(√(2π) A), |n| ≤ `images`: the solution of Eq. 15 on the ring, from its centre."""
    terms = (sp.exp(-((a + n * L) ** 2) / (2 * A**2)) for n in range(-images, images + 1))
    return sum(terms, sp.Integer(0)) / (sp.sqrt(2 * sp.pi) * A)


def by_modes(modes: int) -> sp.Expr:
    """p(a) = (1/L) Σ_m e^{−2π²m²A²/L²} cos(2πma/L), |m| ≤ `modes`: the same theta function ϑ₃, by Poisson summation.

    Every mode obeys Eq. 15 on the ring, and p tends to the flat 1/L.
    """
    terms = (sp.exp(-2 * (sp.pi * m * A / L) ** 2) * sp.cos(2 * sp.pi * m * a / L) for m in range(1, modes + 1))
    return (1 + 2 * sum(terms, sp.Integer(0))) / L


@functools.cache
def relative_error(quantity: RingQuantity, images: int = 4) -> sp.Expr:
    """How far the line's value is from the ring's, as a function of u = A/L, 1/k → 0.

    kernel   sup|p_ring − p_line| over the peak, at a = L/2:                      e^{−1/(8u²)}
    D        −C″(0)/C(0) against 1/(2A²), C the overlap, of variance 2A²:         −u^{−2} e^{−1/(4u²)} and smaller
    G        1/C(0) against 2√π A, without the constant:                          −2 e^{−1/(4u²)} and smaller
    """
    in_units = {A: u * L}
    if quantity == "kernel":
        far = (by_images(images) - by_images(0)).subs(a, L / 2) / by_images(0).subs(a, 0)
        return far.subs(in_units)
    overlap = by_images(images).subs(A, sp.sqrt(2) * A)
    on_line = by_images(0).subs(A, sp.sqrt(2) * A)

    def sensitivity(c: sp.Expr) -> sp.Expr:
        return (1 / c if quantity == "G" else -sp.diff(c, a, 2) / c).subs(a, 0)

    # not simplified: that would divide large exponentials
    return (sensitivity(overlap) / sensitivity(on_line)).subs(in_units) - 1


def largest_field(quantity: RingQuantity, tolerance: float) -> float:
    """The largest A/L at which the line's value is within `tolerance`: 1/√(8 ln(1/tolerance)) for the kernel."""
    error = sp.lambdify(u, relative_error(quantity), "math")
    below, above = 0.01, 1.0
    while above - below > 1e-12:
        middle = math.sqrt(below * above)
        below, above = (middle, above) if abs(error(middle)) <= tolerance else (below, middle)
    return below
