"""Scale detection in the plane, beside enumeration."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from theory.definitions.task import ScaleDetection, plane_task


def every_pair(task: ScaleDetection) -> np.ndarray:
    return np.array(list(itertools.combinations(range(task.pixels), 2)))


@pytest.mark.parametrize("task", [
    replace(plane_task(), width=6, scale=3, gap=2), replace(plane_task(), width=7, scale=3, gap=1.5, wrap=True),
    replace(plane_task(2), width=8, scale=4), replace(plane_task(), width=5, scale=4, gap=0),
])  # fmt: skip
def test_counts_and_labels_are_those_of_all_pairs(task: ScaleDetection) -> None:
    pairs = every_pair(task)
    labels = task.label(pairs)
    assert {y: int((labels == y).sum()) for y in (1, -1)} == task.counts
    for (i, j), label in zip(pairs.tolist(), labels.tolist(), strict=True):
        apart = [abs(a - b) for a, b in zip(divmod(i, task.width), divmod(j, task.width), strict=True)]
        if task.kind == 2:
            same = all(
                a // task.scale == b // task.scale
                for a, b in zip(divmod(i, task.width), divmod(j, task.width), strict=True)
            )
            assert label == (1 if same else -1)
            continue
        d = np.hypot(*[min(a, task.width - a) if task.wrap else a for a in apart])
        near, far = d < task.scale - task.gap / 2, d >= task.scale + task.gap / 2
        assert label == (1 if near else -1 if far else 0)


def test_wrapped_it_is_the_task_of_the_simple_networks() -> None:
    other = ScaleDetection(1, 10, 4, gap=2, dim=2)
    task = replace(plane_task(), width=10, scale=4, gap=2, wrap=True)
    np.testing.assert_array_equal(task.label(other.pairs), other.labels)
    assert sum(task.counts.values()) == len(other.pairs)  # nothing else is in the gap


def test_the_paper_size_and_a_large_image_cost_no_list_of_pairs() -> None:
    assert sum(plane_task().counts.values()) < 784 * 783 // 2  # the gap is left out
    large = replace(plane_task(), width=64, scale=32, gap=2)
    assert sum(large.counts.values()) > 7_000_000
    diagonal = np.array([[0, 65], [130, 3 * 65]])  # not excluded
    assert large.label(diagonal).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"kind": 3}, "kind = 3 is unknown"),
        ({"width": 1}, "width = 1 is out of range"),
        ({"scale": 29}, "xi = 29 does not fit"),
        ({"gap": -1}, "gap = -1 is out of range"),
        ({"gap": float("nan")}, "gap = nan is out of range"),
        ({"kind": 2, "gap": 2}, "task 2 has no gap"),
        ({"kind": 2, "gap": 0, "scale": 5}, "do not tile"),
        ({"gap": 28}, "neither may be empty"),
    ],
)
def test_a_task_that_does_not_exist_is_one_sentence(settings: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        replace(plane_task(), **settings)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)
