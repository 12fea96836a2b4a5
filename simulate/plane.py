"""A network of homogeneous filters on given images of the plane, with the borders that convolutions have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pooling:
    """The mean over `size` × `size` pixels every `stride`, with zeros around: `before` and `after` along each axis.

    rectified   whether a layer f_k ends here, with its rectifier; a pooling inside a layer has none
    """

    size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    rectified: bool = True


def along_axis(one: Pooling, width: int) -> np.ndarray:
    """(width', width) matrix of the pooling along one axis."""
    wide = np.concatenate([np.zeros((one.before, width)), np.eye(width), np.zeros((one.after, width))])
    starts = range(0, len(wide) - one.size + 1, one.stride)
    return np.array([wide[start : start + one.size].mean(0) for start in starts])


def sensitivities(
    poolings: Sequence[Pooling], images: np.ndarray, perturbed: Sequence[np.ndarray]
) -> tuple[np.ndarray, ...]:
    """Eq. 1 in layers k = 1 … K of one channel without bias, f_k = φ(M_k f_{k−1}), on (n, L, L) images: (K,) for each
    of the perturbed copies; NaN where all images have one representation.

    E‖f_k(x₁) − f_k(x₂)‖² is over pairs of distinct images. Images may have negative pixels (noise).
    """
    answers: list[list[float]] = [[] for _ in perturbed]
    for clean, *others in zip(*(_layers(poolings, x) for x in (images, *perturbed)), strict=True):
        n = len(clean)
        below = 2 * float(((clean - clean.mean(0)) ** 2).sum()) / (n - 1)
        scale = float((clean**2).sum()) / n
        for answer, other in zip(answers, others, strict=True):
            # rounding of a mean over images
            answer.append(float(((other - clean) ** 2).sum()) / n / below if below > 1e-24 * scale else np.nan)
    return tuple(np.array(answer) for answer in answers)


def _layers(poolings: Sequence[Pooling], images: np.ndarray) -> Iterator[np.ndarray]:
    f = np.asarray(images, dtype=float)
    for one in poolings:
        matrix = along_axis(one, f.shape[-1])
        f = np.einsum("ia,nab,jb->nij", matrix, f, matrix, optimize=True)
        if one.rectified:
            f = np.maximum(f, 0)
            yield f
