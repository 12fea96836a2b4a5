"""One-channel networks on given draws of images and noise: what a finite sample says of Eq. 1's G."""

import numpy as np

from simulate.filtered import layer_matrix, operators
from simulate.sensitivity import image_distance
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection


def sampled_noise_sensitivity(
    task: ScaleDetection,
    architecture: Architecture,
    conventions: Conventions,
    filters: np.ndarray,
    images: np.ndarray,
    noisy: np.ndarray,
) -> np.ndarray:
    """(K,) G_k of Eq. 1 with its mean over (B, N) `images` x and `noisy` images x+η in place of that over all.

    The network is one channel of the (K, F^dim) `filters` with its rectifiers; the denominator is exact. NaN from the
    first filter on that is not non-negative, and where all images have the same representation.
    """
    g = np.full(architecture.depth, np.nan)
    widths = architecture.widths(task.width)
    for n, (weights, operator) in enumerate(operators(task, architecture, filters)):
        layer = layer_matrix(architecture, widths[n], weights, task.dim).T
        images, noisy = np.maximum(images @ layer, 0), np.maximum(noisy @ layer, 0)
        power = float(((noisy - images) ** 2).sum(axis=1).mean())
        g[n] = power / image_distance(operator.T @ operator, task, conventions.denominator)
    return g
