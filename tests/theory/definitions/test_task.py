import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from theory.definitions.task import ScaleDetection, paper_task


def test_paper_task_one_has_256_and_112_pairs() -> None:
    labels = paper_task(1).labels
    assert ((labels == 1).sum(), (labels == -1).sum()) == (256, 112)


def test_full_gap_has_192_and_48_pairs() -> None:
    labels = ScaleDetection(1, 32, 11, 4, gap_rule="full").labels
    assert ((labels == 1).sum(), (labels == -1).sum()) == (192, 48)


def test_task_two_labels_are_blocks() -> None:
    task = paper_task(2)
    assert len(task.pairs) == 128 * 127 // 2
    for (i, j), y in zip(task.pairs[::97], task.labels[::97], strict=True):
        assert (y == 1) == (i // 32 == j // 32)


def test_parity_labels() -> None:
    task = ScaleDetection("parity", 8, 2)
    assert len(task.pairs) == 8 * 7 // 2
    for (i, j), y in zip(task.pairs, task.labels, strict=True):
        assert (y == 1) == ((i - j) % 2 == 0)
    plane = ScaleDetection("parity", 4, 2, dim=2)
    assert len(plane.pairs) == 16 * 15 // 2
    for (i, j), y in zip(plane.pairs, plane.labels, strict=True):
        assert (y == 1) == ((i // 4 - j // 4) % 2 == 0 and (i % 4 - j % 4) % 2 == 0)


def test_two_dimensional_distance_is_euclidean_on_the_torus() -> None:
    task = ScaleDetection(1, width=6, scale=2, gap=1, dim=2)
    expected = {}
    for i, j in combinations(range(36), 2):
        d = [min(abs(a - b), 6 - abs(a - b)) for a, b in zip(divmod(i, 6), divmod(j, 6), strict=True)]
        if not 1.5 <= math.hypot(*d) < 2.5:
            expected[i, j] = 1 if math.hypot(*d) < 2 else -1
    labels = {(i, j): y for (i, j), y in zip(task.pairs.tolist(), task.labels.tolist(), strict=True)}
    assert labels == expected


def test_weights() -> None:
    uniform, balanced = paper_task(2), ScaleDetection(2, 128, 32, sampling="balanced")
    assert uniform.weights.sum() == pytest.approx(1)
    assert np.ptp(uniform.weights) == 0
    assert balanced.weights[balanced.labels == 1].sum() == pytest.approx(0.5)


def test_norm_of_images_is_the_number_of_pixels() -> None:
    task = paper_task(1)
    images = task.amplitude * task.active(task.pairs)
    np.testing.assert_allclose((images**2).sum(axis=1), 32)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"kind": 3, "width": 32, "scale": 11}, "kind = 3 is unknown"),
        ({"kind": 1, "width": 32, "scale": 33}, "xi = 33"),
        ({"kind": 1, "width": 32, "scale": 11, "gap": 30}, "neither may be empty"),
        ({"kind": 1, "width": 32, "scale": 11, "gap": -1}, "gap = -1 is out of range"),
        ({"kind": 2, "width": 32, "scale": 5}, "tile"),
        ({"kind": 2, "width": 32, "scale": 8, "gap": 1}, "no gap"),
        ({"kind": 1, "width": 1, "scale": 1}, "width = 1 is out of range"),
        ({"kind": 1, "width": 32, "scale": 11, "gap_rule": "whole"}, "unknown"),
    ],
)
def test_impossible_tasks_are_refused_in_one_sentence(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        ScaleDetection(**arguments)
    assert "\n" not in str(refusal.value)
