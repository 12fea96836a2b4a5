"""Exact D_k, G_k, R_k of the homogeneous network: Eq. 1 with its true averages, and the one-pixel forms Eqs. 4, 6."""

import numpy as np

from simulate import noise as noises
from simulate.operator import (
    matrix,
    mean_over_modes,
    modulus,
    receptive_field,
    sufficient_width,
    wave_numbers,
)
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, Denominator, Move, Noise, move_outcomes
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection

# E‖f‖² and ‖Ef‖² agree to rounding where all images have one representation: their difference is then no number
ROUNDING = 1e-12


def homogeneous_sensitivities(
    task: ScaleDetection, architecture: Architecture, conventions: Conventions
) -> Sensitivities:
    """D_k = E‖f_k(τ(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖², G_k = E‖f_k(x+η) − f_k(x)‖² / the same (Eq. 1), k = 1 … K,
    of the homogeneous network on all images of `task`, with no sampling anywhere.

    The representation is linear in x ≥ 0, f_k(x) = √(N/2)(M δ_i + M δ_j), so every average is a sum over pairs of
    entries of the Gram matrix MᵀM. D and G are NaN where all images have the same representation.
    Raises ValueError where the architecture does not fit the image, or there are too many images.
    """
    architecture.widths(task.width)
    weights = task.weights  # too many images are refused before matrices of their size are made
    layers = np.arange(1, architecture.depth + 1)
    moved = pair_displacements(np.eye(task.pixels), task, conventions.move)
    variances = moved / task.pixels
    if conventions.noise_norm == "average":
        variances = np.full_like(variances, weights @ variances)
    gaussian = noises.gaussian_powers(task, architecture, variances) if conventions.noise == "gaussian" else None
    d, g = np.empty(len(layers)), np.empty(len(layers))
    for n, k in enumerate(layers):
        operator = matrix(architecture, task.width, int(k), task.dim)
        gram = operator.T @ operator
        denominator = image_distance(gram, task, conventions.denominator)
        # the power is linear in σ² for "rectified" and "linear": its mean over images is that of the mean σ²
        power = (
            gaussian[n]
            if gaussian is not None
            else noises.added_power(operator, float(weights @ variances), conventions.noise)
        )
        displacement = weights @ pair_displacements(gram, task, conventions.move)
        d[n] = displacement / denominator if displacement > ROUNDING * denominator else 0 * denominator
        g[n] = power / denominator
    field = np.array([receptive_field(architecture, task.width, int(k)) for k in layers])
    return Sensitivities(layers, field, d, g, "homogeneous network, Eq. 1, all images")


def pair_displacements(gram: np.ndarray, task: ScaleDetection, move: Move) -> np.ndarray:
    """(P,) E_τ‖f(τ(x)) − f(x)‖² of every image, given the Gram matrix of single pixels.

    With d_i = f(δ_τ(i)) − f(δ_i) it is (N/2) E(‖d_i‖² + ‖d_j‖² + 2 d_i·d_j), and the two moves are independent.
    """
    shift = -np.eye(task.pixels)
    spread = np.zeros(task.pixels)
    pixels = np.arange(task.pixels)
    for probability, moved in move_outcomes(task, move):
        shift[pixels, moved] += probability
        spread += probability * (gram[moved, moved] + gram[pixels, pixels] - 2 * gram[pixels, moved])
    mean_gram = shift @ gram @ shift.T
    i, j = task.pairs.T
    return np.asarray(task.amplitude**2 * (spread[i] + spread[j] + 2 * mean_gram[i, j]))


def image_distance(gram: np.ndarray, task: ScaleDetection, denominator: Denominator = "independent") -> float:
    """E‖f(x₁) − f(x₂)‖², the denominator of Eq. 1: 2(E‖f‖² − ‖Ef‖²); NaN where it is 0 to rounding."""
    i, j = task.pairs.T
    weights = task.weights
    square = weights @ (gram[i, i] + gram[j, j] + 2 * gram[i, j])
    occupation = np.bincount(i, weights, task.pixels) + np.bincount(j, weights, task.pixels)
    variance = square - occupation @ gram @ occupation
    if variance <= ROUNDING * square:
        return float("nan")
    distance = 2 * task.amplitude**2 * variance
    if denominator == "distinct":
        distance /= 1 - float(weights @ weights)
    return float(distance)


def one_pixel_sensitivities(
    architecture: Architecture, width: int, layers: np.ndarray, noise: Noise = "rectified"
) -> Sensitivities:
    """D_k = E_i‖f_k(δ_{i+1}) − f_k(δ_i)‖² / E_i‖f_k(δ_i)‖² (Eq. 4),  G_k = E‖f_k(φ(η))‖² / E_i‖f_k(δ_i)‖² (Eq. 6),

    averaged over the pixel's position i, for a ring of any width and any layers: O(L log L) each, with η of the
    magnitude of the move, L σ² = 2. By Parseval both are sums over the power spectrum, and the
    numerator of D carries the factor 4 sin²(q/2): nothing cancels, however smooth f_k. Where all modes but the
    constant underflow, the result is that of a flat representation, D = 0.

    noise   "rectified" in the image; "gaussian", rectified by layer 1, where the pixel itself is neglected (Section
            4.1); "linear", never rectified
    """
    layers = np.asarray(layers)
    d, g, field = (np.empty(len(layers)) for _ in range(3))
    for n, k in enumerate(layers.tolist()):
        ring = sufficient_width(architecture, width, 2 * k)
        power = modulus(architecture, ring, k) ** 2
        steepness = 4 * np.sin(wave_numbers(ring) / 2) ** 2
        total = mean_over_modes(power, ring)
        square = total / float(architecture.stride**k)
        d[n] = mean_over_modes(steepness * power, ring) / total
        g[n] = noises.one_pixel_power(architecture, width, k, noise, square) / square
        field[n] = receptive_field(architecture, width, k)
    return Sensitivities(layers, field, d, g, f"homogeneous network, Eqs. 4 and 6, L = {width}")
