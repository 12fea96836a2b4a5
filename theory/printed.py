"""What the paper prints for the drift and diffusion coefficients (Eqs. 11, 12, 16), kept apart from what is derived.

It differs from `walk` because Eq. 16 replaces the sum over the patch by an integral over an interval of length
F−1 under the weight 1/F, drops the 1/2 of the second Kramers–Moyal coefficient, and does not centre the second
moment for even F.
"""

import sympy as sp

from theory import walk
from theory.walk import F, Parity


def drift(parity: Parity) -> sp.Expr:
    """v of Eq. 12 as printed, (1−F)/(2F), in pixels a layer; 0 for odd F (Eq. 11)."""
    return sp.Integer(0) if parity == "odd" else (1 - F) / (2 * F)


def diffusion(parity: Parity) -> sp.Expr:
    """D⁽¹⁾ = (F−1)³/(12F) of Eq. 11 or D⁽²⁾ = (F³−3F²+6F−4)/(12F) of Eq. 12 as printed, in pixels² a layer."""
    return (F - 1) ** 3 / (12 * F) if parity == "odd" else (F**3 - 3 * F**2 + 6 * F - 4) / (12 * F)


def by_integral(order: int, parity: Parity) -> sp.Expr:
    """∫ dx xⁿ/F over the patch as an interval: Eq. 16 taken literally, which gives the printed coefficients."""
    x = sp.Symbol("x", real=True)
    first, last = walk.offsets(parity)
    return sp.factor(sp.simplify(sp.integrate(x**order / F, (x, first, last))))


def diffusion_ratio(parity: Parity) -> sp.Expr:
    """Printed over exact diffusion coefficient: 2/3 at F = 3, 4/3 at F = 2, 2 for F → ∞."""
    return sp.factor(sp.simplify(diffusion(parity) / walk.diffusion(parity)))
