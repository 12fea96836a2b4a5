"""Exact D_k, G_k of a one-channel network whose layers have given non-negative filters instead of homogeneous ones."""

import numpy as np

from simulate.noise import added_power
from simulate.operator import receptive_field
from simulate.sensitivity import image_distance, pair_displacements
from theory.architecture import Architecture
from theory.perturbation import Conventions
from theory.sensitivities import Sensitivities
from theory.task import ScaleDetection


def sensitivities(
    task: ScaleDetection, architecture: Architecture, filters: np.ndarray, conventions: Conventions
) -> Sensitivities:
    """Eq. 1 for k = 1 … K with the (K, F^dim) `filters`, over all images; A_k is that of homogeneous filters.

    NaN from the first layer on whose filter has a negative entry or none that is positive: there the network is not
    linear. G is NaN for "gaussian" noise, which a linear network cannot rectify.
    """
    architecture.widths(task.width)
    variance = float(task.weights @ pair_displacements(np.eye(task.pixels), task, conventions.move)) / task.pixels
    operator = np.eye(task.pixels)
    d, g = np.full((2, architecture.depth), np.nan)
    for n, width in enumerate(architecture.widths(task.width)[:-1]):
        if not (filters[n].min() >= 0 and filters[n].sum() > 0):
            break
        operator = layer_matrix(architecture, width, filters[n] / filters[n].sum(), task.dim) @ operator
        gram = operator.T @ operator
        denominator = image_distance(gram, task, conventions.denominator)
        d[n] = task.weights @ pair_displacements(gram, task, conventions.move) / denominator
        if conventions.noise != "gaussian":
            g[n] = added_power(operator, variance, conventions.noise) / denominator
    layers = np.arange(1, architecture.depth + 1)
    field = np.array([receptive_field(architecture, task.width, int(k)) for k in layers])
    return Sensitivities(layers, field, d, g, "one channel with given filters, Eq. 1, all images")


def layer_matrix(architecture: Architecture, width: int, weights: np.ndarray, dim: int = 1) -> np.ndarray:
    """One layer as a dense ((width/s)^dim, width^dim) matrix, from its (F^dim,) filter."""
    patches = architecture.patches(width, dim)
    matrix = np.zeros((len(patches), width**dim))
    np.add.at(matrix, (np.arange(len(patches))[:, None], patches), weights)
    return matrix
