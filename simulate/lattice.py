"""The homogeneous network on a torus of L^dim pixels, by the dim-dimensional Fourier transform of its F^dim filter.

Nothing here uses that the filter factorises into lines: that is what `theory.scaling` assumes and this checks.
"""

import numpy as np
import scipy.fft

from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities


def lattice_sensitivities(architecture: Architecture, width: int, dim: int, layers: np.ndarray) -> Sensitivities:
    """Eqs. 4 and 6 in dimension `dim`, the pixel moving along one axis; A_k is the linear size.

    Noise is rectified in the image and has the magnitude of the move, N σ² = 2, N = L^dim.
    Stride 1 takes 8·L^dim bytes a few times, stride F as many for each of F^k positions of the pixel in its block.
    """
    by_layer = [
        (_strided if architecture.stride > 1 else _convolved)(architecture, width, dim, k)
        for k in np.asarray(layers).tolist()
    ]
    d, square, mean_power, field = np.array(by_layer).T
    # E‖M φ(η)‖² = m²‖M1‖² + Var‖M‖², with Nσ² = 2 and ‖M‖² = N ‖f_k(δ)‖²
    g = (mean_power / width**dim / np.pi + (1 - 1 / np.pi) * square) / square
    return Sensitivities(np.asarray(layers), field, d, g, f"homogeneous network, Eqs. 4 and 6, L = {width}, d = {dim}")


def _convolved(architecture: Architecture, width: int, dim: int, layer: int) -> tuple[float, float, float, float]:
    """(D_k, ‖f_k(δ)‖², ‖M^k 1‖², A_k) at stride 1."""
    box = np.zeros((width,) * dim)
    # += : a patch wider than the torus covers pixels twice
    np.add.at(box, np.ix_(*[-architecture.offsets % width] * dim), architecture.filter_size**-dim)
    response = scipy.fft.irfftn(scipy.fft.rfftn(box) ** layer, s=box.shape)
    moved = np.roll(response, 1, axis=0)
    square = float(np.sum(response**2))
    profile = response.sum(axis=tuple(range(1, dim)))
    turns = np.arange(width) / width
    centre = np.angle(np.sum(profile * np.exp(2j * np.pi * turns))) / (2 * np.pi)
    distance = width * ((turns - centre + 0.5) % 1 - 0.5)
    field = float(np.sqrt(np.sum(profile * distance**2)))
    return float(np.sum((moved - response) ** 2)) / square, square, float(width**dim), field


def _strided(architecture: Architecture, width: int, dim: int, layer: int) -> tuple[float, float, float, float]:
    """The same at stride F, D_k averaged over the F^k positions along the axis of the move."""
    block = architecture.filter_size**layer
    if width % block:
        raise ValueError(
            f"blocks of F^k = {block} pixels do not tile L = {width}: choose another width or fewer layers"
        )
    # the pixel at every position of its block along the axis of the move, and one step beyond
    line = np.eye(width)[np.arange(block + 1) % width]
    place = np.zeros((block + 1, width, width ** (dim - 1)))
    place[:, :, 0] = line
    place = place.reshape(block + 1, *(width,) * dim)
    response = _pooled(place, architecture.filter_size, layer)
    axes = tuple(range(1, dim + 1))
    square = float(np.mean(np.sum(response[:-1] ** 2, axis=axes)))
    moved = float(np.mean(np.sum((response[1:] - response[:-1]) ** 2, axis=axes)))
    mean = _pooled(np.ones((1, *(width,) * dim)), architecture.filter_size, layer)
    return moved / square, square, float(np.sum(mean**2)), float(block)


def _pooled(images: np.ndarray, size: int, layer: int) -> np.ndarray:
    """(B, (L/F^k)^dim) from (B, L^dim): the mean over blocks of F^dim, `layer` times."""
    for _ in range(layer):
        for axis in range(1, images.ndim):
            shape = (*images.shape[:axis], images.shape[axis] // size, size, *images.shape[axis + 1 :])
            images = images.reshape(shape).mean(axis=axis + 1)
    return images
