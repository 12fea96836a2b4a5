"""Exponents of the exact operator at A → ∞: the sizes it is measured at, and how far they can be trusted."""

import math

import numpy as np

from simulate import lattice
from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities
from theory.scaling import Quantity
from validate.exponents import Exponent, corrected_power_law
from validate.verdict import EXPONENT_TOLERANCE

QUANTITIES: tuple[Quantity, ...] = ("D", "G", "R")
# the asymptotic simulation: its largest ring, and for stride 1 its smallest A and k
LARGEST_RING = 2**19
SMALLEST_FIELD = 100
FEWEST_STEPS = 1000
# in the plane and in space: tori for stride 1 and for stride F that hold A up to L/12 (the two ends apart by e^{−18} in
# the norm) within 1 GiB, and the smallest A
TORI = {1: (4096, 512), 2: (512, 256), 3: (128, 32)}
SMALLEST_FIELD_ON_TORI = 4.0
# the fits keep one correction; the next is relatively A⁻⁴ for D and at most A⁻³ for G, so 2e-2 at A = 4 and falling
TORUS_TOLERANCE = 5e-3


def exponent_tolerance(dim: int) -> float:
    """How far a simulated exponent may be from the predicted one."""
    return EXPONENT_TOLERANCE if dim == 1 else TORUS_TOLERANCE


def asymptotic_sizes(architecture: Architecture) -> tuple[int, np.ndarray]:
    """(width of the ring, layers) at which exponents of the exact operator are measured.

    Stride 1: A = √(k(F²−1)/12) from 100 pixels and 1000 layers, so that terms left out of the fit are small, to
    1/500 of the ring, whose ends are then apart beyond rounding.
    Stride F: every layer but the one that pools the whole ring; D = c/A and G = c·A + constant hold exactly on these.
    Raises ValueError for filters that leave too few sizes to fit an exponent.
    """
    size = architecture.filter_size
    if architecture.stride > 1:
        deepest = math.floor(math.log(LARGEST_RING, size) + 1e-9)
        if deepest < 5:
            raise ValueError(
                f"filters of {size} pixels at stride {size} leave too few layers for a fit: use 2 <= F <= 13"
            )
        return size**deepest, np.arange(1, deepest)
    if not 2 <= size <= 31:
        raise ValueError(f"filters of {size} pixels at stride 1 have no range of A for a fit: use 2 <= F <= 31")
    variance = (size**2 - 1) / 12
    fields = np.geomspace(max(SMALLEST_FIELD, math.sqrt(FEWEST_STEPS * variance)), LARGEST_RING / 500, 12)
    return LARGEST_RING, np.rint(fields**2 / variance).astype(int)


def torus_layers(architecture: Architecture, dim: int) -> tuple[int, np.ndarray]:
    """(width of the torus, layers) at which the operator is measured: eight of them or, at stride F, all but the last.

    Raises ValueError for filters that leave fewer than four.
    """
    convolved, strided = TORI[dim]
    size = architecture.filter_size
    if architecture.stride == 1:
        variance = float(np.var(architecture.offsets))
        fields = np.geomspace(SMALLEST_FIELD_ON_TORI, convolved / 12, 8)
        return convolved, np.unique(np.rint(fields**2 / variance).astype(int))
    deepest = math.floor(math.log(strided, size) + 1e-9)
    if deepest < 5:
        raise ValueError(
            f"filters of {size} pixels at stride {size} leave too few layers in dimension {dim}: use F <= 3"
        )
    return size**deepest, np.arange(1, deepest)


def on_torus(architecture: Architecture, dim: int) -> Sensitivities:
    """Eqs. 4 and 6 of this filter and stride on the tori above."""
    width, layers = torus_layers(architecture, dim)
    return lattice.lattice_sensitivities(architecture, width, dim, layers)


def orders(stride: int, dim: int) -> tuple[int, int]:
    """The powers of 1/A by which the next terms of D and G are smaller."""
    return 2, (1 if dim == 1 else dim if stride > 1 else 2)


def asymptotic_exponents(architecture: Architecture, dim: int = 1) -> dict[str, Exponent]:
    """Exponents of D, G, R of the exact operator (Eqs. 4, 6) on a large ring, or torus, with the next term of each law
    fitted: D = c·A^α(1 + e/A²), G = c·A^α(1 + e/A) for dim = 1; that of R = D/G is their difference.
    """
    exact = (
        one_pixel_sensitivities(architecture, *asymptotic_sizes(architecture))
        if dim == 1
        else on_torus(architecture, dim)
    )
    d, g = (
        corrected_power_law(exact.receptive_field, values, order)
        for values, order in zip((exact.D, exact.G), orders(architecture.stride, dim), strict=True)
    )
    r = Exponent(d.value - g.value, math.hypot(d.stderr, g.stderr), d.first, d.last, d.points)
    return {"D": d, "G": g, "R": r}
