"""D_k and G_k before training, at infinite width: the covariance recursion of the simple CNN (App. B.2, Fig. 7, grey).

Each layer of an infinitely wide network at initialisation is a Gaussian field. Of two images x, x' only the covariance
at equal positions is needed, K_k(a) = E f_k(x)_a f_k(x')_a per channel, and it is closed under
    S_k(a) = (1/F) Σ_o K_{k−1}(s·a + o) + 1,    K_k = F √(S_xx S_x'x') κ(S_xx'/√(S_xx S_x'x')),    K_0(a) = x_a x'_a,
for filters and biases N(0, 1) and f_k = √F φ(z_k); κ is the arc-cosine kernel of degree 1 (`arc_cosine_kernel`).
Source: Cho & Saul, 2009; Novak et al., 2019, for convolutions.
"""

from collections.abc import Iterator

import numpy as np

from simulate.operator import receptive_field
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection

# pairs of patches, or of pixels, that are worked on at a time
CHUNK = 2**21


def arc_cosine_kernel(rho: np.ndarray) -> np.ndarray:
    """κ(ρ) = ⟨φ(g)φ(g')⟩ of unit Gaussians with correlation ρ: (√(1−ρ²) + ρ(π − arccos ρ))/(2π); κ(1) = 1/2.

    >>> arc_cosine_kernel(np.array([1.0, -1.0])).tolist()
    [0.5, 0.0]
    """
    return np.asarray((np.sqrt(1 - rho**2) + rho * (np.pi - np.arccos(rho))) / (2 * np.pi))


def rectified_covariance(xx: np.ndarray, yy: np.ndarray, xy: np.ndarray, patch: int) -> np.ndarray:
    """F E[φ(z)φ(z')] of Gaussians z, z' with these variances and covariance; F = `patch` pixels of a filter."""
    deviation = np.sqrt(xx * yy)
    return np.asarray(patch * deviation * arc_cosine_kernel(np.clip(xy / deviation, -1, 1)))


def distances(first: np.ndarray, second: np.ndarray, architecture: Architecture, dim: int = 1) -> np.ndarray:
    """(K, B) E‖f_k(x) − f_k(x')‖² per channel, k = 1 … K, for each pair of rows of the (B, N) images."""
    xx, yy, xy = first * first, second * second, first * second
    width, patch = round(first.shape[1] ** (1 / dim)), architecture.filter_size**dim
    by_layer = []
    for _ in range(architecture.depth):
        positions = architecture.patches(width, dim)
        xx, yy, xy = (k[:, positions].mean(axis=2) + 1 for k in (xx, yy, xy))
        # κ(1) = 1/2
        xx, yy, xy = patch * xx / 2, patch * yy / 2, rectified_covariance(xx, yy, xy, patch)
        by_layer.append((xx + yy - 2 * xy).sum(axis=1))
        width //= architecture.stride
    return np.array(by_layer)


def image_distances(task: ScaleDetection, architecture: Architecture, conventions: Conventions) -> np.ndarray:
    """(K,) E‖f_k(x₁) − f_k(x₂)‖² per channel, the denominator of Eq. 1, over all pairs of images.

    Equal patches have equal outputs, so the covariance is a matrix over the distinct patches of a layer.
    """
    kinds = task.active(task.pairs)
    values = task.amplitude * np.arange(kinds.max() + 1)
    covariance = np.outer(values, values)
    width, patch = task.width, architecture.filter_size**task.dim
    by_layer = []
    for k in range(1, architecture.depth + 1):
        children, kinds = distinct_patches(kinds[:, architecture.patches(width, task.dim)])
        positions = np.arange(kinds.shape[1]) * len(children)
        occupancy = np.bincount(
            (positions + kinds).ravel(), np.repeat(task.weights, len(positions)), len(positions) * len(children)
        ).reshape(len(positions), -1)
        below = covariance
        variance = 1 + below[children, children].mean(axis=1)
        covariance = np.empty((len(children),) * 2 if k < architecture.depth else (0, 0))
        square = float(occupancy.sum(axis=0) @ variance) * patch / 2
        for rows in _chunks(len(children), len(children)):
            mean = sum(below[np.ix_(children[rows, o], children[:, o])] for o in range(patch)) / patch
            part = rectified_covariance(variance[rows, None], variance[None], 1 + mean, patch)
            square -= float(np.sum((occupancy[:, rows] @ part) * occupancy))
            if len(covariance):
                covariance[rows] = part
        by_layer.append(2 * square)
        width //= architecture.stride
    distance = np.array(by_layer)
    return distance / (1 - task.weights @ task.weights) if conventions.denominator == "distinct" else distance


def distinct_patches(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((n, F) distinct patches, (P, L_k) place of each one among them) of (P, L_k, F) patches."""
    place = np.zeros(patches.shape[:2], dtype=np.int64)
    for column in np.moveaxis(patches, 2, 0):
        place = np.unique(place * (int(column.max()) + 1) + column, return_inverse=True)[1].reshape(place.shape)
    _, first = np.unique(place, return_index=True)
    return patches.reshape(-1, patches.shape[2])[first], place


def _chunks(count: int, size: int) -> Iterator[slice]:
    step = max(1, CHUNK // size)
    return (slice(start, start + step) for start in range(0, count, step))


def infinite_width_sensitivities(
    task: ScaleDetection, architecture: Architecture, conventions: Conventions, noisy_images: int = 4096, seed: int = 0
) -> Sensitivities:
    """Eq. 1 for k = 1 … K at infinite width, with the standard error of G.

    D is exact, over all images and moves; G is exact for each image and noise, and averaged over `noisy_images` draws.
    Raises ValueError where the architecture does not fit the image, and for "linear" noise.
    """
    if conventions.noise == "linear":
        raise ValueError("noise 'linear' is of a network without rectifier: use 'rectified' or 'gaussian'")
    architecture.widths(task.width)
    moved, variances = np.zeros(architecture.depth), np.zeros(len(task.pairs))
    single = move_outcomes(task, conventions.move)
    for rows in _chunks(len(task.pairs), task.pixels):
        i, j = task.pairs[rows].T
        images = task.amplitude * task.active(task.pairs[rows])
        for p, moved_i in single:
            for p_other, moved_j in single:
                other = task.amplitude * task.active(np.stack([moved_i[i], moved_j[j]], axis=1))
                moved += p * p_other * distances(images, other, architecture, task.dim) @ task.weights[rows]
                variances[rows] += p * p_other * ((images - other) ** 2).mean(axis=1)
    if conventions.noise_norm == "average":
        variances[:] = task.weights @ variances
    rng = np.random.default_rng(seed)
    power = []
    for rows in _chunks(noisy_images, task.pixels):
        chosen = rng.choice(len(task.pairs), len(range(noisy_images)[rows]), p=task.weights)
        images = task.amplitude * task.active(task.pairs[chosen])
        eta = rng.normal(size=images.shape) * np.sqrt(variances[chosen, None])
        noisy = images + (np.maximum(eta, 0) if conventions.noise == "rectified" else eta)
        power.append(distances(images, noisy, architecture, task.dim))
    noise = np.concatenate(power, axis=1)
    below = image_distances(task, architecture, conventions)
    layers = np.arange(1, architecture.depth + 1)
    field = np.array([receptive_field(architecture, task.width, int(k)) for k in layers])
    source = "networks of infinite width at initialisation, Eq. 1, all images"
    g_error = noise.std(axis=1, ddof=1) / np.sqrt(noisy_images) / below
    return Sensitivities(layers, field, moved / below, noise.mean(axis=1) / below, source, G_error=g_error)
