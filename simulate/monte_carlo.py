"""The homogeneous network run layer by layer on sampled images, moves and noises: a check on the closed forms."""

import numpy as np

from simulate.sensitivity import pair_displacements
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.task import ScaleDetection


def layers_of(architecture: Architecture, images: np.ndarray, dim: int = 1) -> list[np.ndarray]:
    """[f_1, …, f_K] of (B, N) images: φ(mean over the patch), layer after layer."""
    width = round(images.shape[1] ** (1 / dim))
    layers, f = [], images
    for size in architecture.widths(width)[:-1]:
        f = np.maximum(f[:, architecture.patches(size, dim)].mean(axis=2), 0)
        layers.append(f)
    return layers


def sampled_sensitivities(
    task: ScaleDetection, architecture: Architecture, conventions: Conventions, samples: int, seed: int = 0
) -> dict[str, np.ndarray]:
    """{"D", "G"} → (2, K), estimates and standard errors of Eq. 1, from this many independent images.

    The error is that of a ratio of two means, to first order. "linear" noise is refused: this network rectifies.
    """
    if conventions.noise == "linear":
        raise ValueError(
            "noise 'linear' is of a network without rectifier, this one has it: use 'rectified' or 'gaussian'"
        )
    rng = np.random.default_rng(seed)
    pairs = task.pairs[rng.choice(len(task.pairs), samples, p=task.weights)]
    others = task.pairs[rng.choice(len(task.pairs), samples, p=task.weights)]
    outcomes = move_outcomes(task, conventions.move)
    probabilities, destinations = zip(*outcomes, strict=True)
    chosen = rng.choice(len(outcomes), size=pairs.shape, p=probabilities)
    moved = np.array(destinations)[chosen, pairs]
    x, tau, other = (task.amplitude * task.active(p) for p in (pairs, moved, others))
    eta = rng.normal(size=x.shape) * np.sqrt(_variance(task, conventions, pairs))
    noisy = x + (np.maximum(eta, 0) if conventions.noise == "rectified" else eta)
    f, f_tau, f_noisy, f_other = (layers_of(architecture, images, task.dim) for images in (x, tau, noisy, other))
    pairs_differ = 1 - float(task.weights @ task.weights) if conventions.denominator == "distinct" else 1.0
    distances = [((a - b) ** 2).sum(axis=1) / pairs_differ for a, b in zip(f, f_other, strict=True)]
    return {
        name: np.array([_ratio(((a - b) ** 2).sum(axis=1), d) for a, b, d in zip(f, g, distances, strict=True)]).T
        for name, g in (("D", f_tau), ("G", f_noisy))
    }


def _variance(task: ScaleDetection, conventions: Conventions, pairs: np.ndarray) -> np.ndarray:
    """(B, 1) σ² of the noise on each image."""
    variances = pair_displacements(np.eye(task.pixels), task, conventions.move) / task.pixels
    if conventions.noise_norm == "average":
        return np.full((len(pairs), 1), task.weights @ variances)
    place = {tuple(pair): n for n, pair in enumerate(task.pairs.tolist())}
    return variances[[place[tuple(pair)] for pair in pairs.tolist()], None]


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> tuple[float, float]:
    if denominator.mean() == 0:
        return float("nan"), float("nan")
    ratio = numerator.mean() / denominator.mean()
    return ratio, (numerator - ratio * denominator).std(ddof=1) / np.sqrt(len(numerator)) / denominator.mean()
