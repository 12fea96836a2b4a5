"""The exact curves against explicit enumeration, closed forms and sampling."""

import itertools

import numpy as np
import pytest

from simulate import filtered, monte_carlo
from simulate.operator import apply, norm
from simulate.sensitivity import homogeneous_sensitivities, one_pixel_sensitivities
from tests.simulate.test_operator import dense_layers
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.perturbation import Conventions, Move, move_outcomes
from theory.definitions.task import ScaleDetection, paper_task

MAIN = Conventions()
CASES = [
    (ScaleDetection(1, 12, 4, 2), Architecture(3, 1, 3), MAIN),
    (ScaleDetection(1, 11, 4, 2, sampling="balanced"), Architecture(4, 1, 3), Conventions("lazy")),
    (ScaleDetection(2, 16, 4), Architecture(2, 2, 3), Conventions("guarded", denominator="distinct")),
    (ScaleDetection(2, 18, 6, sampling="balanced"), Architecture(3, 3, 2), Conventions(noise="linear")),
    (ScaleDetection(1, 4, 2, 1, dim=2), Architecture(3, 1, 2), MAIN),
    (ScaleDetection(2, 4, 2, dim=2), Architecture(3, 1, 2), Conventions("rounded")),
    (ScaleDetection(1, 16, 6, 2), Architecture(3, 2, 3), MAIN),
    (ScaleDetection(2, 12, 6), Architecture(4, 2, 2), MAIN),
    (paper_task(1), paper_architecture(1), MAIN),
    (paper_task(2), paper_architecture(2), MAIN),
]


def enumerate_equation_one(task: ScaleDetection, layers: list[np.ndarray], conventions: Conventions) -> np.ndarray:
    """(K, 2) D and G of Eq. 1: every image, every pair of images (of up to 500), every move, written out."""
    images = task.amplitude * task.active(task.pairs)
    square = np.zeros(len(images))
    moved = []
    for (p, first), (q, second) in itertools.product(move_outcomes(task, conventions.move), repeat=2):
        pairs = np.stack([first[task.pairs[:, 0]], second[task.pairs[:, 1]]], axis=1)
        moved.append((p * q, task.amplitude * task.active(pairs)))
        square += p * q * ((moved[-1][1] - images) ** 2).sum(axis=1)
    sigma = np.sqrt(task.weights @ square / task.pixels)
    mean = 0.0 if conventions.noise == "linear" else sigma / np.sqrt(2 * np.pi)
    second_moment = sigma**2 if conventions.noise == "linear" else sigma**2 / 2
    noise = np.full((task.pixels, task.pixels), mean**2)
    np.fill_diagonal(noise, second_moment)
    curves = []
    for operator in layers:
        f = images @ operator.T
        numerator = sum(p * (task.weights @ ((x @ operator.T - f) ** 2).sum(axis=1)) for p, x in moved)
        both = np.outer(task.weights, task.weights)
        if len(f) < 500:
            distance = float(sum(both[n] @ ((f - f[n]) ** 2).sum(axis=1) for n in range(len(f))))
        else:  # pairs of images are too many: twice the variance
            distance = float(2 * (task.weights @ ((f - task.weights @ f) ** 2).sum(axis=1)))
        if conventions.denominator == "distinct":
            distance /= 1 - np.trace(both)
        curves.append((numerator / distance, np.trace(operator @ noise @ operator.T) / distance))
    return np.array(curves)


@pytest.mark.parametrize(("task", "architecture", "conventions"), CASES)
def test_exact_curve_is_enumeration(task: ScaleDetection, architecture: Architecture, conventions: Conventions) -> None:
    sensitivities = homogeneous_sensitivities(task, architecture, conventions)
    line = [dense_layers(architecture, task.width, k) for k in sensitivities.layer]
    brute = enumerate_equation_one(task, [m if task.dim == 1 else np.kron(m, m) for m in line], conventions)
    defined = np.isfinite(sensitivities.D)
    assert defined.sum() >= len(sensitivities.layer) - 1
    # sums of some 10⁴ terms of double precision
    np.testing.assert_allclose(sensitivities.D[defined], brute[defined, 0], rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(sensitivities.G[defined], brute[defined, 1], rtol=1e-11)


def test_closed_form_of_stride_f() -> None:
    """D_k = (1/b)(1 − 1/(2(L−1)))/(1 + (b−1)/(L−1) − 2b/L) for blocks of b = F^k pixels."""
    task, architecture = paper_task(2), paper_architecture(2)
    b, width = 2.0 ** np.arange(1, 7), task.width
    closed = (1 - 1 / (2 * (width - 1))) / (1 + (b - 1) / (width - 1) - 2 * b / width) / b
    np.testing.assert_allclose(homogeneous_sensitivities(task, architecture, MAIN).D[:6], closed, rtol=1e-13)


def test_fully_pooled_layer_is_undefined() -> None:
    last = homogeneous_sensitivities(paper_task(2), paper_architecture(2), MAIN)
    assert np.isnan(last.D[-1])
    assert np.isnan(last.G[-1])
    assert np.isnan(last.R[-1])


def test_guarded_moves_do_not_change_a_layer_that_pools_the_block() -> None:
    sensitivities = homogeneous_sensitivities(paper_task(2), paper_architecture(2), Conventions("guarded"))
    assert (sensitivities.D[:4] > 0).all()
    assert (sensitivities.D[4:6] == 0).all()


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize(
    "conventions",
    [MAIN, Conventions("lazy", "gaussian"), Conventions("guarded", "gaussian", "image", "distinct")],
)
def test_sampled_network_agrees_with_the_closed_form(kind: int, conventions: Conventions) -> None:
    task, architecture = paper_task(kind), paper_architecture(kind)  # type: ignore[arg-type]
    exact = homogeneous_sensitivities(task, architecture, conventions)
    sampled = monte_carlo.sampled_sensitivities(task, architecture, conventions, samples=6000, seed=1)
    for name, curve in (("D", exact.D), ("G", exact.G)):
        estimate, error = sampled[name]
        usable = np.isfinite(curve) & (error > 0)
        # the layers share their samples; 4.5 standard errors leave 1e-4 of all seeds outside
        assert np.abs((estimate - curve)[usable] / error[usable]).max() < 4.5


def test_rounded_moves_in_the_plane_are_those_of_random_unit_vectors() -> None:
    """D of 40,000 images whose pixels move by rounded unit vectors; other moves are more than 5 standard errors off."""
    task, architecture = ScaleDetection(1, 8, 3, 1, dim=2), Architecture(3, 1, 3)
    rng = np.random.default_rng(0)
    pairs = task.pairs[rng.choice(len(task.pairs), 40_000, p=task.weights)]
    steps = rng.normal(size=(*pairs.shape, 2))
    steps = np.rint(steps / np.linalg.norm(steps, axis=-1, keepdims=True)).astype(int)
    rows, columns = ((p + steps[..., axis]) % 8 for axis, p in enumerate(np.divmod(pairs, 8)))
    before, after = (task.amplitude * task.active(p) for p in (pairs, 8 * rows + columns))
    line = dense_layers(architecture, 8, 2)
    square = (((after - before) @ np.kron(line, line).T) ** 2).sum(axis=1)

    def gap(move: Move) -> float:
        exact = homogeneous_sensitivities(task, architecture, Conventions(move))
        images = task.amplitude * task.active(task.pairs) @ np.kron(line, line).T
        distance = 2 * task.weights @ ((images - task.weights @ images) ** 2).sum(axis=1)
        return float((square.mean() / distance - exact.D[1]) / (square.std() / distance / np.sqrt(len(square))))

    assert abs(gap("rounded")) < 4
    assert min(abs(gap(move)) for move in ("free", "lazy")) > 5


def test_sampling_notices_a_wrong_noise() -> None:
    task, architecture = paper_task(2), paper_architecture(2)
    sampled = monte_carlo.sampled_sensitivities(task, architecture, MAIN, samples=3000)
    other = homogeneous_sensitivities(task, architecture, Conventions(noise="gaussian"))
    estimate, error = sampled["G"]
    assert np.abs((estimate - other.G) / error)[:5].min() > 4.5


def test_noise_norm_by_image_changes_nothing_for_rectified_noise() -> None:
    """The power of φ(η) is linear in σ², so only its mean over images counts."""
    task, architecture = paper_task(1), paper_architecture(1)
    average, by_image = (
        homogeneous_sensitivities(task, architecture, Conventions(noise_norm=n)) for n in ("average", "image")
    )
    np.testing.assert_allclose(average.G, by_image.G, rtol=1e-12)


def test_one_pixel_form_is_the_sum_over_positions() -> None:
    for architecture, width in ((Architecture(3, 1, 5), 40), (Architecture(2, 2, 4), 64), (Architecture(3, 3, 3), 81)):
        layers = np.arange(1, architecture.depth + 1)
        sensitivities = one_pixel_sensitivities(architecture, width, layers)
        for n, k in enumerate(layers.tolist()):
            f = dense_layers(architecture, width, k)
            norm = (f**2).sum()
            mean_square, variance = (2 / width) / (2 * np.pi), (2 / width) * (0.5 - 1 / (2 * np.pi))
            power = mean_square * (f.sum(axis=1) ** 2).sum() + variance * norm
            assert sensitivities.D[n] == pytest.approx(((np.roll(f, 1, axis=1) - f) ** 2).sum() / norm, rel=1e-12)
            assert sensitivities.G[n] == pytest.approx(power / (norm / width), rel=1e-12)


def test_given_filters_reduce_to_homogeneous_ones_and_differ_otherwise() -> None:
    task, architecture = paper_task(1), paper_architecture(1)
    same = filtered.filtered_sensitivities(task, architecture, np.full((12, 3), 0.2), MAIN)
    exact = homogeneous_sensitivities(task, architecture, MAIN)
    np.testing.assert_allclose(same.D, exact.D, rtol=1e-12)
    np.testing.assert_allclose(same.G, exact.G, rtol=1e-12)
    edges = filtered.filtered_sensitivities(task, architecture, np.tile([0.35, 0.3, 0.35], (12, 1)), MAIN)
    assert (edges.D[2:] < exact.D[2:]).all()
    negative = np.full((12, 3), 0.2)
    negative[4, 1] = -0.1
    broken = filtered.filtered_sensitivities(task, architecture, negative, MAIN)
    assert np.isfinite(broken.D[:4]).all()
    assert np.isnan(broken.D[4:]).all()


def test_architecture_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="not divisible"):
        homogeneous_sensitivities(ScaleDetection(2, 12, 4), Architecture(2, 2, 3), MAIN)


@pytest.mark.parametrize(
    ("architecture", "width"), [(Architecture(3, 1, 1), 24), (Architecture(2, 2, 1), 32), (Architecture(3, 2, 1), 48)]
)
def test_noise_that_layer_one_rectifies_by_sampling(architecture: Architecture, width: int) -> None:
    """G_k of Eq. 6 with noise = "gaussian": φ of layer 1 of η, then the linear layers above."""
    rng = np.random.default_rng(0)
    eta = rng.normal(size=(20_000, width)) * np.sqrt(2 / width)
    layers = np.array([1, 2, 3])
    sensitivities = one_pixel_sensitivities(architecture, width, layers, "gaussian").G
    first = np.maximum(apply(architecture, eta, 1), 0)
    for k, g in zip(layers, sensitivities, strict=True):
        samples = (apply(architecture, first, int(k) - 1) ** 2).sum(axis=1) / norm(architecture, width, int(k))
        assert g == pytest.approx(samples.mean(), abs=4 * samples.std() / np.sqrt(len(samples)))
