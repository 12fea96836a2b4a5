"""A maximum in place of the mean, for sparse non-negative images. Derivation: docs/law.md, § 9.

The maximum of maxima is one maximum: k poolings of size F and stride s take the maximum over W = 1 + (F−1)(S−1)/(s−1)
pixels, S = s^k apart. A single active pixel keeps its height, where a mean divides it by the pixels it is taken over.
"""

import math

import mpmath

from theory.definitions.stack import Stack, strides


def window(stack: Stack) -> int:
    """W = 1 + Σ_k (F_k − 1) S_{k−1} pixels, those that a neuron of the last layer takes the maximum over.

    Only the places of the filters' weights count; raises ValueError for filters with holes.
    """
    for layer in stack:
        if sorted(layer.taps) != list(range(min(layer.taps), max(layer.taps) + 1)):
            raise ValueError("a maximum over pixels with holes between them has no window: use filters without holes")
    return 1 + sum((len(layer.taps) - 1) * step for layer, step in zip(stack, strides(stack), strict=False))


def one_pixel_displacement(stack: Stack) -> float:
    """D_k = 2/W: a pixel is in W/S neurons, and a step of one pixel takes it out of 1/S of them and into as many (L29).

    >>> from theory.definitions.stack import box
    >>> one_pixel_displacement((box(3, 2),) * 2), one_pixel_displacement((box(2, 2),) * 3)
    (0.2857142857142857, 0.25)
    """
    return 2 / window(stack)


def one_pixel_noise(stack: Stack, dim: int = 1) -> float:
    """G_k = 2 M(n)/n, n = W^dim, M(n) = E max(0, η_1, …, η_n)² of standard normal η (L30): noise of the norm of a move,
    N σ² = 2 on N pixels, small beside the active one, rectified. M(n) ~ 2 ln n: G_k falls where a mean's grows like n.
    """
    size: int = window(stack) ** dim
    return 2 * mean_square_maximum(size) / size


def mean_square_maximum(size: int) -> float:
    """E max(0, η_1, …, η_n)² = ∫₀^∞ 2x (1 − Φ(x)ⁿ) dx."""
    ends = [0, math.sqrt(2 * math.log(size + 1)), math.sqrt(2 * math.log(size + 1)) + 2, mpmath.inf]
    return float(mpmath.quad(lambda x: -2 * x * mpmath.expm1(size * mpmath.log(mpmath.ncdf(x))), ends))


def two_pixel_displacement(stack: Stack, distance: int) -> float:
    """D_k of an image of two active pixels of equal height, 2 ≤ d < S apart, one of which moves by one pixel; blocks,
    F = s: 1/(S + d), of E‖f_k‖² (L31). The mean has 1/(2S − d).

    Raises ValueError for other poolings or distances.
    """
    size = strides(stack)[-1]
    if window(stack) != size or not 2 <= distance < size:
        raise ValueError(f"two pixels {distance} apart: use pooling over blocks, and a distance of 2 to {size - 1}")
    return 1 / (size + distance)
