"""Homogeneous networks with borders, beside direct sums and the operator on the torus."""

import numpy as np
import pytest

from simulate.plane import along_axis, plane_sensitivities
from simulate.stack import line_sensitivities
from theory.definitions.stack import box


def test_one_layer_is_the_mean_over_each_patch() -> None:
    image = np.random.default_rng(0).random((9, 9))
    layer = box(3, 2, padding=(1, 2))
    wide = np.pad(image, (1, 2))
    matrix = along_axis(layer, 9)
    pooled = matrix @ image @ matrix.T
    direct = [[wide[y : y + 3, x : x + 3].mean() for x in range(0, 10, 2)] for y in range(0, 10, 2)]
    np.testing.assert_allclose(pooled, direct, rtol=1e-12)


def test_eq_1_is_that_of_all_pairs() -> None:
    generator = np.random.default_rng(0)
    images, moved = generator.normal(size=(2, 12, 8, 8))
    (ratio,) = plane_sensitivities((box(3, padding=(1, 1)), box(2, 2, rectified=False), box(2)), images, [moved])
    assert ratio.shape == (2,)

    def last(x: np.ndarray) -> np.ndarray:
        first, pool, second = (along_axis(p, w) for p, w in ((box(3, padding=(1, 1)), 8), (box(2, 2), 8), (box(2), 4)))
        f = np.maximum(first @ x @ first.T, 0)
        return np.asarray(np.maximum(second @ pool @ f @ pool.T @ second.T, 0).ravel())

    f, g = np.array([last(x) for x in images]), np.array([last(x) for x in moved])
    below = np.mean([((f[i] - f[j]) ** 2).sum() for i in range(12) for j in range(12) if i != j])
    assert ratio[1] == pytest.approx(((g - f) ** 2).sum(1).mean() / below)


def test_far_from_borders_it_is_the_law_of_the_stack() -> None:
    """One pixel moved along an axis: Eq. 4 is half of Eq. 1, whose two images do not overlap."""
    width, stack = 96, (box(3, padding=(1, 1)),) * 4
    places = [(y, x) for y in (24, 71) for x in (24, 71)]
    images, moved = np.zeros((2, len(places), width, width))
    for n, (y, x) in enumerate(places):
        images[n, y, x] = moved[n, y, x + 1] = 1
    (d,) = plane_sensitivities(stack, images, [moved])
    np.testing.assert_allclose(2 * d, line_sensitivities((box(3),) * 4).D, rtol=1e-9)


def test_one_representation_for_all_images_is_undefined() -> None:
    images = np.zeros((4, 6, 6))
    (ratio,) = plane_sensitivities((box(3), box(4)), images, [images + 1])
    assert np.isnan(ratio).all()
