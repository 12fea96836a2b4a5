"""Which part of a trained layer's filters is kept where the rest is replaced by Gaussian filters of the same power."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nets.models.generators import stream
from nets.models.learned import Split

# right singular directions of ΔW; a random frame; the first, with amplitudes and biases drawn anew from Gaussians of
# the same means and covariance over channels
Kept = Literal["learned", "random directions", "gaussian amplitudes"]


@dataclass(frozen=True)
class KeptFilters:
    """W = u·v + rest of one layer.

    directions   (F^d·H', r) orthonormal columns v over the patches below, pixel by pixel
    amplitudes   (r, H) W's components u along them          bias      (H,) of the layer
    scatter      root mean square of the rest, over its degrees of freedom
    """

    directions: np.ndarray
    amplitudes: np.ndarray
    bias: np.ndarray
    scatter: float


def kept_filters(part: Split, bias: np.ndarray, rank: int, kept: Kept = "learned", seed: int = 0) -> KeptFilters:
    """W's action on the r = `rank` leading right singular directions of ΔW (fewer where a patch has fewer numbers)."""
    learned, end = (f.flatten(2).permute(2, 1, 0).flatten(0, 1).numpy() for f in (part.learned, part.end))
    generator = np.random.default_rng(stream(kept, seed).initial_seed())
    source = generator.normal(size=learned.shape) if kept == "random directions" else learned
    directions = np.linalg.svd(source, full_matrices=False)[0][:, :rank]
    amplitudes = directions.T @ end
    rest = end - directions @ amplitudes
    free = (len(end) - directions.shape[1]) * end.shape[1]
    scatter = math.sqrt(float((rest**2).sum()) / free) if free else 0.0
    if kept == "gaussian amplitudes":
        numbers = np.vstack([amplitudes, bias])
        drawn = generator.multivariate_normal(numbers.mean(1), np.cov(numbers), size=end.shape[1]).T
        amplitudes, bias = drawn[:-1], drawn[-1]
    return KeptFilters(directions, amplitudes, bias, scatter)
