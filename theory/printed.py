"""What the paper prints: the drift and diffusion coefficients (Eqs. 11, 12, 16), kept apart from what is derived, and
the mean filters of its trained networks (Tables 1, 2).

The coefficients differ from `random_walk` because Eq. 16 replaces the sum over the patch by an integral over an
interval of length F−1 under the weight 1/F, drops the 1/2 of the second Kramers–Moyal coefficient, and does not centre
the second moment for even F.
"""

import sympy as sp

from theory import random_walk
from theory.random_walk import F, Parity


def drift(parity: Parity) -> sp.Expr:
    """v of Eq. 12 as printed, (1−F)/(2F), in pixels a layer; 0 for odd F (Eq. 11)."""
    return sp.Integer(0) if parity == "odd" else (1 - F) / (2 * F)


def diffusion(parity: Parity) -> sp.Expr:
    """D⁽¹⁾ = (F−1)³/(12F) of Eq. 11 or D⁽²⁾ = (F³−3F²+6F−4)/(12F) of Eq. 12 as printed, in pixels² a layer."""
    return (F - 1) ** 3 / (12 * F) if parity == "odd" else (F**3 - 3 * F**2 + 6 * F - 4) / (12 * F)


def by_integral(order: int, parity: Parity) -> sp.Expr:
    """∫ dx xⁿ/F over the patch as an interval (Eq. 16, taken literally), which gives the printed coefficients."""
    x = sp.Symbol("x", real=True)
    first, last = random_walk.offsets(parity)
    return sp.factor(sp.simplify(sp.integrate(x**order / F, (x, first, last))))


def diffusion_ratio(parity: Parity) -> sp.Expr:
    """Printed over exact diffusion coefficient: 2/3 at F = 3, 4/3 at F = 2, 2 for F → ∞."""
    return sp.factor(sp.simplify(diffusion(parity) / random_walk.diffusion(parity)))


MEAN_FILTERS: dict[int, list[tuple[tuple[float, ...], tuple[float, ...]]]] = {
    1: [
        ((0.0132, 0.0023, -0.0068), (0.2928, 0.2605, 0.2928)),
        ((0.0014, -0.0007, -0.0009), (0.0039, 0.0035, 0.0039)),
        ((-0.0006, -0.0001, 0.0010), (0.0043, 0.0038, 0.0043)),
        ((3.4610e-05, 6.5687e-04, -9.1634e-04), (0.0039, 0.0033, 0.0038)),
        ((-0.0006, 0.0002, -0.0009), (0.0038, 0.0032, 0.0038)),
        ((0.0012, -0.0011, -0.0003), (0.0038, 0.0031, 0.0038)),
        ((-0.0006, 0.0004, 0.0003), (0.0041, 0.0032, 0.0040)),
        ((0.0005, -0.0012, 0.0010), (0.0036, 0.0024, 0.0035)),
        ((0.0005, -0.0012, 0.0010), (0.0021, 0.0016, 0.0017)),
        ((-0.0025, 0.0015, -0.0006), (-0.0013, -0.0008, -0.0010)),
        ((-0.0006, 0.0005, 0.0009), (0.0002, 0.0002, 0.0002)),
        ((3.3418e-04, 3.3521e-05, 1.3936e-03), (0.0009, 0.0008, 0.0009)),
    ],
    2: [
        ((-0.0559, -0.0291), (0.3828, 0.3737)),
        ((-0.0022, 0.0010), (0.0060, 0.0059)),
        ((0.0006, -0.0010), (0.0064, 0.0065)),
        ((-0.0020, 0.0009), (0.0059, 0.0060)),
        ((0.0002, 0.0008), (9.9935e-05, 2.1380e-04)),
        ((-0.0003, -0.0010), (-0.0028, -0.0029)),
        ((-7.4610e-04, 8.4595e-05), (-0.0009, -0.0009)),
    ],
}
"""Tables 1 and 2: {task: [(mean filter of layer k at initialisation, after training), …]}, width 1000, one network."""
