"""The covariance recursion against sampled weights, and its sums over images against explicit pairs."""

import numpy as np
import pytest
import sympy as sp

from simulate import infinite_width
from theory import rectified_noise
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection

CASES = [
    (ScaleDetection(1, 10, 4, 2), Architecture(3, 1, 4)),
    (ScaleDetection(1, 11, 4, 2, sampling="balanced"), Architecture(2, 1, 3)),
    (ScaleDetection(2, 16, 4), Architecture(2, 2, 4)),
    (ScaleDetection(2, 16, 4), Architecture(3, 2, 3)),
    (ScaleDetection(2, 4, 2, dim=2), Architecture(2, 2, 2)),
]


@pytest.mark.parametrize(("task", "architecture"), CASES)
@pytest.mark.parametrize("denominator", ["independent", "distinct"])
def test_distance_of_images_is_the_mean_over_pairs(
    task: ScaleDetection, architecture: Architecture, denominator: str
) -> None:
    images = task.amplitude * task.active(task.pairs)
    total = np.zeros(architecture.depth)
    for image, weight in zip(images, task.weights, strict=True):
        repeated = np.broadcast_to(image, images.shape)
        distances = infinite_width.distances(repeated, images, architecture, task.dim)
        total += weight * distances @ task.weights
    if denominator == "distinct":
        total /= 1 - task.weights @ task.weights
    image_distances = infinite_width.image_distances(task, architecture, Conventions(denominator=denominator))  # type: ignore[arg-type]
    np.testing.assert_allclose(image_distances, total, rtol=1e-12)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    task, architecture = CASES[0]
    whole = infinite_width.infinite_width_sensitivities(task, architecture, Conventions(), noisy_images=64)
    at_once = infinite_width.image_distances(task, architecture, Conventions())
    monkeypatch.setattr(infinite_width, "CHUNK", 37)
    in_parts = infinite_width.image_distances(task, architecture, Conventions())
    np.testing.assert_allclose(in_parts, at_once, rtol=1e-12)
    parted = infinite_width.infinite_width_sensitivities(task, architecture, Conventions(), noisy_images=64)
    np.testing.assert_allclose(parted.D, whole.D, rtol=1e-12)


def test_one_layer_of_sampled_weights() -> None:
    """E‖f(x) − f(x')‖² per channel, over 400 000 channels of layer 1 written out."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1, 6)) + 0.3
    architecture = Architecture(3, 1, 1)
    patches = architecture.patches(6)
    weights, bias = rng.normal(size=(3, 400_000)), rng.normal(size=400_000)
    f, g = (np.sqrt(3) * np.maximum(image[0, patches] @ weights / np.sqrt(3) + bias, 0) for image in (x, y))
    samples = ((f - g) ** 2).sum(axis=0)
    error = samples.std() / np.sqrt(len(samples))
    (distance,) = infinite_width.distances(x, y, architecture)[0]
    assert distance == pytest.approx(samples.mean(), abs=4 * error)


def test_equal_images_are_not_apart() -> None:
    x = np.random.default_rng(1).normal(size=(3, 8))
    np.testing.assert_allclose(infinite_width.distances(x, x, Architecture(3, 1, 5)), 0, atol=1e-10)


def test_linear_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="without rectifier"):
        infinite_width.infinite_width_sensitivities(*CASES[0], Conventions(noise="linear"))


def test_the_arc_cosine_kernel_is_the_covariance_of_rectified_gaussians() -> None:
    rho = np.array([-1, -0.7, 0, 0.3, 1.0])
    exact = [float(rectified_noise.covariance(sp.Rational(str(r)))) for r in rho]
    np.testing.assert_allclose(infinite_width.arc_cosine_kernel(rho), exact, atol=1e-15)
