"""Exact D_k, G_k of a one-channel network whose layers have given non-negative filters instead of homogeneous ones."""

import math
from collections.abc import Iterator

import numpy as np

from simulate.noise import added_power
from simulate.sensitivity import image_distance, pair_displacements
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection


def filtered_sensitivities(
    task: ScaleDetection, architecture: Architecture, filters: np.ndarray, conventions: Conventions
) -> Sensitivities:
    """Eq. 1 for k = 1 … K with the (K, F^dim) `filters`, over all images; A_k is that of these filters.

    NaN from the first layer on whose filter has a negative entry or none that is positive: there the network is not
    linear. G is NaN for "gaussian" noise, which a linear network cannot rectify (`simulate.draws` can).
    """
    variance = float(task.weights @ pair_displacements(np.eye(task.pixels), task, conventions.move)) / task.pixels
    d, g, field = np.full((3, architecture.depth), np.nan)
    spread = 0.0
    for n, (weights, operator) in enumerate(operators(task, architecture, filters)):
        gram = operator.T @ operator
        denominator = image_distance(gram, task, conventions.denominator)
        d[n] = task.weights @ pair_displacements(gram, task, conventions.move) / denominator
        if conventions.noise != "gaussian":
            g[n] = added_power(operator, variance, conventions.noise) / denominator
        spread += architecture.stride ** (2 * n) * filter_variance(weights, task.dim)
        field[n] = math.sqrt(spread if architecture.stride == 1 else 12 * spread + 1)
    layers = np.arange(1, architecture.depth + 1)
    return Sensitivities(layers, field, d, g, "one channel with given filters, Eq. 1, all images")


def operators(
    task: ScaleDetection, architecture: Architecture, filters: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (filter of sum 1, dense operator of all layers up to it), layer by layer, as long as filters are
    non-negative.
    """
    operator = np.eye(task.pixels)
    for filter_, width in zip(filters, architecture.widths(task.width)[:-1], strict=True):
        if not (filter_.min() >= 0 and filter_.sum() > 0):
            return
        weights = filter_ / filter_.sum()
        operator = layer_matrix(architecture, width, weights, task.dim) @ operator
        yield weights, operator


def filter_variance(weights: np.ndarray, dim: int = 1) -> float:
    """Σ_o w(o)(o − ⟨o⟩)² of (F^dim,) non-negative weights of sum 1, in pixels², averaged over the axes.

    >>> filter_variance(np.array([1, 2, 1]) / 4)
    0.5
    """
    size = round(len(weights) ** (1 / dim))
    grid = weights.reshape((size,) * dim)
    offsets = np.arange(size)
    lines = [grid.sum(axis=tuple(other for other in range(dim) if other != axis)) for axis in range(dim)]
    return float(np.mean([line @ offsets**2 - (line @ offsets) ** 2 for line in lines]))


def layer_matrix(architecture: Architecture, width: int, weights: np.ndarray, dim: int = 1) -> np.ndarray:
    """One layer as a dense ((width/s)^dim, width^dim) matrix, from its (F^dim,) filter."""
    patches = architecture.patches(width, dim)
    matrix = np.zeros((len(patches), width**dim))
    np.add.at(matrix, (np.arange(len(patches))[:, None], patches), weights)
    return matrix
