"""D_k, G_k and A_k of an idealised stack of any layers, by products of transfer operators."""

import math
from fractions import Fraction

import numpy as np

from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, strides
from theory.transfer_matrix import autocorrelation


def stack_sensitivities(stack: Stack, dim: int = 1) -> Sensitivities:
    """D_k = 2(1 − C_k(1)/C_k(0)) (Eq. 4), G_k = 1/(πC_k(0)^d) + 1 − 1/π (Eq. 6, noise rectified in the image).

    For k = 1 … K, averaged over the pixel's position, on an image whose borders do not matter. In dimension `dim` the
    filters are products of lines. A_k = √(12 Var + 1), the side of the box of the kernel's variance: F^k for stride F,
    √12 σ√k for stride 1 and large k.
    """
    layers = np.arange(1, len(stack) + 1)
    pairs = [overlaps(stack[:k]) for k in layers]
    d = np.array([float(2 * (1 - neighbour / norm)) for norm, neighbour in pairs])
    g = np.array([1 / (math.pi * float(norm) ** dim) + 1 - 1 / math.pi for norm, _ in pairs])
    field = np.array([math.sqrt(12 * float(variance(stack[:k])) + 1) for k in layers])
    return Sensitivities(layers, field, d, g, f"idealised stack of {len(stack)} layers, Eqs. 4 and 6")


def overlaps(stack: Stack) -> tuple[Fraction, Fraction]:
    """(C(0), C(1)) of the last layer's kernel, in input pixels, as fractions.

    From the last layer down, C(r) = Σ_p a(r − s p) C'(p), each on the lags that the layers below need.
    """
    windows = [1]
    for layer in stack:
        windows.append((windows[-1] + max(layer.taps) - min(layer.taps)) // layer.stride)
    c = {0: Fraction(1)}
    for layer, window in zip(reversed(stack), reversed(windows[:-1]), strict=True):
        c = _down(layer, c, window)
    return c[0], c.get(1, Fraction(0))


def variance(stack: Stack) -> Fraction:
    """Var h_K = Σ_k S_{k−1}² Var w_k of the last layer's kernel, in input pixels².

    >>> from theory.definitions.stack import box
    >>> variance((box(2, 2), box(2, 2)))
    Fraction(5, 4)
    """
    total = Fraction(0)
    for layer, step in zip(stack, strides(stack), strict=False):
        mean = sum(o * w for o, w in layer.taps.items())
        total += step**2 * (sum(o**2 * w for o, w in layer.taps.items()) - mean**2)
    return total


def _down(layer: Layer, above: dict[int, Fraction], window: int) -> dict[int, Fraction]:
    """C on 0 … `window` from C' on the lags of the layer above (even functions, lags ≥ 0)."""
    a = autocorrelation(layer)
    below = dict.fromkeys(range(window + 1), Fraction(0))
    for p, value in above.items():
        for lag in {layer.stride * p, -layer.stride * p}:
            for shift, weight in a.items():
                if 0 <= lag + shift <= window:
                    below[lag + shift] += weight * value
    return below
