"""The stride-1 operator without rounding: every entry of M^k is a whole number over F^k.

A layer multiplies by the polynomial 1 + z + … + z^{F−1}, shifted to the patch's anchor, modulo z^L − 1 on a ring of L
pixels. Polynomials are those of FLINT (python-flint).
"""

from fractions import Fraction

import numpy as np
from flint import fmpz, fmpz_poly

from theory.definitions.architecture import Architecture

Counts = list[int]
"""(L,) whole numbers: a representation times F^k."""


def kernel(architecture: Architecture, width: int, layer: int) -> Counts:
    """F^k M^k δ_0: row k of the F-nomial coefficients, wrapped around the ring. Output a sees input a + o, so that
    mass moves by −o.
    """
    return _wrapped(_row(architecture.filter_size, layer), -int(architecture.offsets[-1]) * layer, width)


def autocorrelation(architecture: Architecture, width: int, layer: int) -> Counts:
    """F^{2k} C_k(r) = Σ_a h(a) h(a+r) F^{2k}: row 2k, centred on r = 0, wrapped."""
    return _wrapped(_row(architecture.filter_size, 2 * layer), -(architecture.filter_size - 1) * layer, width)


def apply(architecture: Architecture, image: Counts, layer: int) -> Counts:
    """F^k M^k x of an image of whole numbers, as one cyclic product."""
    shift = -int(architecture.offsets[-1]) * layer
    return _wrapped(fmpz_poly(image) * _row(architecture.filter_size, layer), shift, len(image))


def apply_adjoint(architecture: Architecture, image: Counts, layer: int) -> Counts:
    """F^k (Mᵀ)^k x: the patch reflected."""
    shift = int(architecture.offsets[0]) * layer
    return _wrapped(fmpz_poly(image) * _row(architecture.filter_size, layer), shift, len(image))


def circulant(filter_size: int, width: int) -> np.ndarray:
    """F·M = all cyclic shifts of the row [1 … 1][0 … 0] of F ones and L − F zeros (Eq. 10, which misses 1/F).

    (L, L) whole numbers; the patch is centred on the first entry for odd F, with F/2 ones at its left and F/2 − 1 at
    its right for even F.

    >>> circulant(2, 3).tolist()
    [[1, 0, 1], [1, 1, 0], [0, 1, 1]]
    """
    row = np.zeros(width, dtype=object)
    left = filter_size // 2
    for place in range(-left, filter_size - left):
        row[place % width] += 1
    return np.array([np.roll(row, a) for a in range(width)])


def master_equation(filter_size: int, p: list[Fraction]) -> list[Fraction]:
    """p_{k+1}(a) = (1/F)(p_k(a − (F−1)/2) + … + p_k(a + (F−1)/2)) (Eq. 13, odd F), or from p_k(a − F/2) to
    p_k(a + F/2 − 1) (Eq. 14, even F), as printed; on a ring of len(p) pixels.
    """
    first, last = (
        (-(filter_size - 1) // 2, (filter_size - 1) // 2)
        if filter_size % 2
        else (-filter_size // 2, filter_size // 2 - 1)
    )
    width = len(p)
    return [sum((p[(a + o) % width] for o in range(first, last + 1)), Fraction(0)) / filter_size for a in range(width)]


def displacement(architecture: Architecture, width: int, layer: int) -> Fraction:
    """D_k = 2(1 − C_k(1)/C_k(0)) (Eq. 4) as a fraction; 2/(k+1) for F = 2 where nothing wraps.

    >>> displacement(Architecture(2, 1, 3), width=16, layer=3)
    Fraction(1, 2)
    """
    c = autocorrelation(architecture, width, layer)
    return 2 - Fraction(2 * c[1 % width], c[0])


def norm(architecture: Architecture, width: int, layer: int) -> Fraction:
    """‖f_k(δ_i)‖² = C_k(0) as a fraction."""
    return Fraction(autocorrelation(architecture, width, layer)[0], architecture.filter_size ** (2 * layer))


def parseval(architecture: Architecture, width: int, layer: int) -> tuple[int, int]:
    """(Σ_a h(a)², (1/L) Σ_q ŵ(q)^k ŵ(−q)^k), both times F^{2k} and exactly.

    Modulo a prime p = cL + 1 the roots of unity e^{2πi/L} are whole numbers. p is above F^{2k}, so that the left side
    is itself.
    """
    scale = architecture.filter_size ** (2 * layer)
    prime, root = _prime_with_roots(width, scale)
    total = 0
    for n in range(width):
        at_q, at_minus_q = (
            sum(pow(root, sign * n * int(o) % width, prime) for o in architecture.offsets) for sign in (1, -1)
        )
        total += pow(at_q * at_minus_q, layer, prime)
    left = sum(count**2 for count in kernel(architecture, width, layer))
    return left, total * pow(width, -1, prime) % prime


def _row(filter_size: int, layer: int) -> fmpz_poly:
    return fmpz_poly([1] * filter_size) ** layer


def _wrapped(polynomial: fmpz_poly, shift: int, width: int) -> Counts:
    wrapped = [0] * width
    for n, c in enumerate(polynomial.coeffs()):
        wrapped[(n + shift) % width] += int(c)
    return wrapped


def _prime_with_roots(width: int, above: int) -> tuple[int, int]:
    """(a prime p > `above` with p ≡ 1 modulo L, an element of order L modulo p)."""
    prime = (above // width + 1) * width + 1
    while not fmpz(prime).is_prime():
        prime += width
    for base in range(2, prime):
        root = pow(base, (prime - 1) // width, prime)
        if all(pow(root, width // int(p), prime) != 1 for p, _ in fmpz(width).factor()):
            return prime, root
    raise AssertionError("the multiplicative group of a prime is cyclic")
