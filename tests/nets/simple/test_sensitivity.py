"""Measured sensitivities against enumeration with the plain forward pass."""

import itertools

import numpy as np
import pytest
import torch

from nets.simple.network import SimpleCNNs, initialize, representations
from nets.simple.sensitivity import measure
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.task import ScaleDetection

CASES = [
    (ScaleDetection(1, 12, 4, 2), Architecture(3, 1, 3), Conventions()),
    (
        ScaleDetection(2, 16, 4, sampling="balanced"),
        Architecture(2, 2, 3),
        Conventions("guarded", denominator="distinct"),
    ),
    (ScaleDetection(1, 4, 2, 1, dim=2), Architecture(3, 1, 2), Conventions("lazy")),
    (ScaleDetection(1, 4, 2, 1, dim=2), Architecture(3, 1, 2), Conventions("rounded")),
    (ScaleDetection(1, 16, 6, 2), Architecture(3, 2, 3), Conventions()),
]


def enumerated_displacement(
    networks: SimpleCNNs, task: ScaleDetection, architecture: Architecture, conventions: Conventions
) -> np.ndarray:
    """(S, K) D_k: every image, every move, every pair of images."""

    def flat(pairs: np.ndarray) -> list[np.ndarray]:
        images = torch.as_tensor(task.amplitude * task.active(pairs))
        return [f.flatten(2).numpy() for f in representations(networks, architecture, images, task.dim)]

    clean = flat(task.pairs)
    numerators = np.zeros((len(networks.offset), architecture.depth))
    for (p, first), (q, second) in itertools.product(move_outcomes(task, conventions.move), repeat=2):
        moved = flat(np.stack([first[task.pairs[:, 0]], second[task.pairs[:, 1]]], axis=1))
        for k, (f, g) in enumerate(zip(clean, moved, strict=True)):
            numerators[:, k] += p * q * ((f - g) ** 2).sum(2) @ task.weights
    both = np.outer(task.weights, task.weights)
    for k, f in enumerate(clean):
        distance = np.array([(both * ((g[:, None] - g[None]) ** 2).sum(2)).sum() for g in f])
        if conventions.denominator == "distinct":
            distance = distance / (1 - np.trace(both))
        numerators[:, k] /= distance
    return numerators


@pytest.mark.parametrize(("task", "architecture", "conventions"), CASES)
def test_displacement_is_enumeration(
    task: ScaleDetection, architecture: Architecture, conventions: Conventions
) -> None:
    networks = initialize(architecture, 3, [0, 1], task.dim).to(torch.float64)
    expected = enumerated_displacement(networks, task, architecture, conventions)
    sensitivities = measure(networks, task, architecture, conventions, noisy_images=4)
    np.testing.assert_allclose(sensitivities.D, expected, rtol=1e-9)


def test_noise_power_of_a_linear_network_is_known() -> None:
    """With non-negative filters and no bias E‖f_1(x+φ(η)) − f_1(x)‖² is a sum over pairs of pixels."""
    task, architecture = ScaleDetection(1, 12, 4, 2), Architecture(3, 1, 1)
    networks = initialize(architecture, 2, [0]).to(torch.float64)
    networks.first.abs_()
    networks.bias.zero_()
    sensitivities = measure(networks, task, architecture, Conventions(), noisy_images=20_000)
    filters = networks.first[0].numpy()
    square = sum(
        p
        * q
        * ((task.active(np.stack([a[task.pairs[:, 0]], b[task.pairs[:, 1]]], 1)) - task.active(task.pairs)) ** 2).sum(1)
        for (p, a), (q, b) in itertools.product(move_outcomes(task, "free"), repeat=2)
    )
    variance = task.weights @ square * task.amplitude**2 / task.pixels
    mean_square = variance / (2 * np.pi)
    power = task.pixels * (mean_square * filters.sum(0) ** 2 + (variance / 2 - mean_square) * (filters**2).sum(0)).sum()
    images = torch.as_tensor(task.amplitude * task.active(task.pairs))
    f = representations(networks, architecture, images)[0][0].flatten(1).numpy()
    distance = 2 * ((f - task.weights @ f) ** 2).sum(1) @ task.weights
    assert sensitivities.G_error is not None
    assert sensitivities.G[0, 0] == pytest.approx(power / distance, abs=4 * sensitivities.G_error[0, 0])
    assert sensitivities.G_error[0, 0] < 0.02 * sensitivities.G[0, 0]


def test_dead_layers_are_undefined() -> None:
    task, architecture = ScaleDetection(2, 16, 4), Architecture(2, 2, 3)
    networks = initialize(architecture, 3, [0, 1])
    networks.bias[1, 1] = -1e6
    sensitivities = measure(networks, task, architecture, Conventions(), noisy_images=8)
    assert np.isfinite(sensitivities.D[0]).all()
    assert np.isfinite(sensitivities.D[1, 0])
    assert np.isnan(sensitivities.D[1, 1:]).all()
    assert np.isnan(sensitivities.R[1, 1:]).all()


def test_averaged_channels_of_one_channel_change_nothing() -> None:
    task, architecture = ScaleDetection(2, 16, 4), Architecture(2, 2, 2)
    networks = initialize(architecture, 1, [3])
    networks.bias.zero_()
    networks.first.abs_()
    networks.hidden.abs_()
    whole, averaged = (
        measure(networks, task, architecture, Conventions(), noisy_images=8, average_channels=a) for a in (False, True)
    )
    np.testing.assert_allclose(whole.D, averaged.D, rtol=1e-6)


def test_linear_noise_is_refused() -> None:
    task, architecture = ScaleDetection(2, 16, 4), Architecture(2, 2, 2)
    with pytest.raises(ValueError, match="without rectifier"):
        measure(initialize(architecture, 1, [0]), task, architecture, Conventions(noise="linear"))
