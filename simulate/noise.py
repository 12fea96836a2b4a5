"""The power that noise in the image leaves in layer k of the homogeneous network, in closed form."""

import functools

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr

from simulate.operator import matrix, mean_over_modes, modulus, sufficient_width, wave_numbers
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Noise
from theory.definitions.task import ScaleDetection


def added_power(operator: np.ndarray, variance: float, noise: Noise) -> float:
    """E‖M ξ‖², for ξ = φ(η) ("rectified") or η ("linear") with η ~ N(0, variance) at every pixel.

    φ(η) has mean m = σ/√(2π) and variance σ²(1/2 − 1/(2π)), so the power is m²‖M1‖² + Var‖M‖² (Frobenius). The
    perturbation passes the rectifiers unchanged because image, noise and filters are non-negative.
    """
    square = float(np.sum(operator**2))
    if noise == "linear":
        return variance * square
    mean_square = variance / (2 * np.pi)
    return mean_square * float(np.sum(operator.sum(axis=1) ** 2)) + (variance / 2 - mean_square) * square


def one_pixel_power(architecture: Architecture, width: int, layer: int, noise: Noise, square: float) -> float:
    """E‖f_k(x+η) − f_k(x)‖², L σ² = 2, on a ring so wide that the active pixels do not matter (Eq. 6).

    square  ‖f_k(δ_i)‖², averaged over the pixel's position
    noise   "linear": η as it is; "rectified": φ(η) is added to the image; "gaussian": layer 1 rectifies the mean of
            F pixels of η, variance σ²/F, correlation 1 − s|r|/F between its neurons, s the stride
    """
    mean_square, variance = 1 / (2 * np.pi), 1 / 2 - 1 / (2 * np.pi)
    size, kept = architecture.filter_size, float(architecture.stride**layer)
    if noise == "linear":
        return 2 * square
    if noise == "rectified":
        return 2 * (mean_square / kept + variance * square)
    ring = sufficient_width(architecture, width, 2 * layer) // architecture.stride
    q = wave_numbers(ring)
    spectrum = np.zeros(len(q))
    for r in range(-(-size // architecture.stride)):
        covariance = _rectified_covariance(1 - r * architecture.stride / size) - mean_square
        spectrum += (1 if r == 0 else 2) * covariance * np.cos(q * r)
    fluctuation = mean_over_modes(spectrum * modulus(architecture, ring, layer - 1) ** 2, ring)
    return 2 / size * (mean_square + fluctuation) / kept


@functools.cache
def _rectified_covariance(correlation: float) -> float:
    return rectified_product(0.0, 0.0, correlation)


def gaussian_powers(task: ScaleDetection, architecture: Architecture, variances: np.ndarray) -> np.ndarray:
    """(K,) E‖f_k(x+η) − f_k(x)‖² over images and unrectified η, which layer 1 rectifies on top of the image.

    f_1(x+η) = φ(z), z Gaussian with mean c·u (c active pixels in the patch, u their contribution) and covariance
    σ²M₁M₁ᵀ; layers above are linear. `variances` (P,) is σ² for each image.
    """
    first = matrix(architecture, task.width, 1, task.dim)
    patch = architecture.filter_size**task.dim
    covariance = first @ first.T
    correlations, which = np.unique(np.round(covariance * patch, 12), return_inverse=True)
    which = which.reshape(covariance.shape)
    counts = np.rint(task.active(task.pairs) @ first.T * patch).astype(int)
    excess = np.zeros_like(covariance)
    for variance in np.unique(np.round(variances, 12)):
        chosen = np.isclose(variances, variance, rtol=0, atol=1e-11)
        scale = np.sqrt(variance / patch)
        unit = task.amplitude / patch / scale
        hot = [(counts[chosen] == c).astype(float) for c in range(3)]
        for c, left in enumerate(hot):
            for other, right in enumerate(hot):
                joint = (left * task.weights[chosen, None]).T @ right
                moments = np.array([_excess_moment(c * unit, other * unit, rho) for rho in correlations])
                excess += scale**2 * joint * moments[which]
    powers = []
    for above in range(architecture.depth):
        rest = matrix(architecture, task.width // architecture.stride, above, task.dim)
        powers.append(float(np.sum((rest.T @ rest) * excess)))
    return np.array(powers)


def _excess_moment(first: float, second: float, correlation: float) -> float:
    """E[(φ(a+g) − a)(φ(b+g') − b)] for standard normal g, g' of this correlation; a, b ≥ 0."""
    product = rectified_product(first, second, correlation)
    return product - first * _rectified_mean(second, 1) - second * _rectified_mean(first, 1) + first * second


def rectified_product(first: float, second: float, correlation: float) -> float:
    """E[φ(a+g) φ(b+g')] for standard normal g, g' of this correlation, by one-dimensional quadrature (1e-12)."""
    if correlation >= 1:
        low = min(first, second)  # both are positive where the smaller is
        both = (first * second + 1) * ndtr(low) + (first + second - low) * _density(low)
        return float(both)
    spread = np.sqrt(1 - correlation**2)

    def integrand(g: float) -> float:
        return (first + g) * _density(g) * _rectified_mean(second + correlation * g, spread)

    return float(quad(integrand, -first, max(12.0, -first + 12), epsabs=1e-13, epsrel=1e-12, limit=200)[0])


def _rectified_mean(mean: float, deviation: float) -> float:
    """E φ(mean + deviation·g) = mean·Φ(mean/deviation) + deviation·ϕ(mean/deviation)."""
    ratio = mean / deviation
    return float(mean * ndtr(ratio) + deviation * _density(ratio))


def _density(x: float) -> float:
    return float(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))
