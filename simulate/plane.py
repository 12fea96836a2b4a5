"""A network of homogeneous filters on given images of the plane, with the borders that convolutions have."""

from collections.abc import Iterator, Sequence

import numpy as np

from theory.definitions.stack import Layer, Stack


def along_axis(layer: Layer, width: int) -> np.ndarray:
    """(width', width) matrix of the layer along one axis, zeros around."""
    before, after = layer.padding
    wide = np.concatenate([np.zeros((before, width)), np.eye(width), np.zeros((after, width))])
    taps = layer.taps
    starts = range(0, len(wide) - (len(layer.weights) - 1) * layer.dilation, layer.stride)
    return np.array([sum(float(weight) * wide[start + o] for o, weight in taps.items()) for start in starts])


def plane_sensitivities(stack: Stack, images: np.ndarray, perturbed: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Eq. 1 in layers k = 1 … K of one channel without bias, f_k = φ(M_k f_{k−1}), on (n, L, L) images: (K,) for each
    of the perturbed copies; NaN where all images have one representation.

    E‖f_k(x₁) − f_k(x₂)‖² is over pairs of distinct images. Images may have negative pixels (noise).
    """
    ratios: list[list[float]] = [[] for _ in perturbed]
    for clean, *others in zip(*(_representations(stack, x) for x in (images, *perturbed)), strict=True):
        n = len(clean)
        below = 2 * float(((clean - clean.mean(0)) ** 2).sum()) / (n - 1)
        scale = float((clean**2).sum()) / n
        for ratio, other in zip(ratios, others, strict=True):
            # rounding of a mean over images
            ratio.append(float(((other - clean) ** 2).sum()) / n / below if below > 1e-24 * scale else np.nan)
    return tuple(np.array(ratio) for ratio in ratios)


def _representations(stack: Stack, images: np.ndarray) -> Iterator[np.ndarray]:
    f = np.asarray(images, dtype=float)
    for layer in stack:
        matrix = along_axis(layer, f.shape[-1])
        f = np.einsum("ia,nab,jb->nij", matrix, f, matrix, optimize=True)
        if layer.rectified:
            f = np.maximum(f, 0)
            yield f
