"""The operator of any stack of layers, applied: to images on a ring, or to one pixel on the line."""

import numpy as np
import scipy.fft

from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Stack, strides


def apply(stack: Stack, images: np.ndarray) -> np.ndarray:
    """f_K of the (…, L) images on a ring: (…, L/S_K), layer after layer as Section 4 writes it.

    Raises ValueError where a stride does not divide the pixels that are left.
    """
    f = np.asarray(images, dtype=float)
    for number, layer in enumerate(stack, start=1):
        width = f.shape[-1]
        if width % layer.stride:
            raise ValueError(
                f"layer {number} has stride {layer.stride} and {width} pixels: choose an image of a multiple of "
                f"{strides(stack)[-1]} pixels"
            )
        anchors = layer.stride * np.arange(width // layer.stride)
        f = np.sum([float(w) * f[..., (anchors + o) % width] for o, w in layer.taps.items()], axis=0)
    return f


def response(stack: Stack) -> np.ndarray:
    """The weights with which one neuron of layer K sees the input: layer after layer, with holes of S_k pixels."""
    h = np.ones(1)
    for layer, step in zip(stack, strides(stack), strict=False):
        taps = layer.taps
        first, last = min(taps), max(taps)
        wider = np.zeros(len(h) + step * (last - first))
        for o, w in taps.items():
            start = step * (o - first)
            wider[start : start + len(h)] += float(w) * h
        h = wider
    return h


def line_sensitivities(stack: Stack) -> Sensitivities:
    """Eqs. 4 and 6 for k = 1 … K, averaged over the pixel's position, on an image wider than the last kernel.

    Averaged over positions, ‖f_k(δ_i)‖² = Σ h²/S_k and ‖f_k(δ_{i+1}) − f_k(δ_i)‖² = Σ (h(a) − h(a−1))²/S_k. Noise is
    rectified in the image, L σ² = 2. A_k is the side of the box of the kernel's variance.
    """
    layers = np.arange(1, len(stack) + 1)
    d, g, field = np.empty((3, len(layers)))
    for n, k in enumerate(layers):
        h = response(stack[:k])
        square = np.sum(h**2)
        d[n] = np.sum(np.diff(h, prepend=0, append=0) ** 2) / square
        g[n] = 1 / (np.pi * square) + 1 - 1 / np.pi
        place = np.arange(len(h))
        field[n] = np.sqrt(12 * np.sum(h * (place - np.sum(h * place)) ** 2) + 1)
    return Sensitivities(layers, field, d, g, "stack of layers, Eqs. 4 and 6")


def heavy_tailed(exponent: float, width: int, layers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(D_k, G_k) at stride 1 of the filter |o|^{−1−μ}, o ≠ 0, on a ring of `width` pixels, which cuts its tail."""
    o = np.arange(width)
    distance = np.minimum(o, width - o).astype(float)
    weights = np.zeros(width)
    weights[1:] = distance[1:] ** (-1 - exponent)
    spectrum = scipy.fft.rfft(weights / weights.sum()).real
    q = 2 * np.pi * np.arange(len(spectrum)) / width
    multiplicity = np.where((q == 0) | (2 * np.arange(len(q)) == width), 1, 2)
    d, g = np.empty((2, len(layers)))
    for n, k in enumerate(layers):
        power = multiplicity * spectrum ** (2 * int(k))
        square = power.sum() / width
        d[n] = np.sum(4 * np.sin(q / 2) ** 2 * power) / power.sum()
        g[n] = 1 / (np.pi * square) + 1 - 1 / np.pi
    return d, g


def images_sensitivity(stack: Stack, width: int) -> tuple[float, float]:
    """(D_K, ‖f_K(δ_i)‖²) of Eq. 4 on a ring, by enumeration of the pixel's positions."""
    f = apply(stack, np.eye(width))
    square = np.mean(np.sum(f**2, axis=1))
    moved = np.mean(np.sum((np.roll(f, -1, axis=0) - f) ** 2, axis=1))
    return float(moved / square), float(square)
