"""Disjoint, seeded, balanced sets of images."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nets.deep.plane import PlaneTask
from theory.definitions.task import ScaleDetection, plane_task


@pytest.mark.parametrize(
    "task",
    [
        plane_task(),
        replace(plane_task(), width=64, scale=32, gap=2),
        replace(plane_task(2), width=16, scale=4),
        replace(plane_task(), width=10, scale=4, gap=2),
    ],
)
def test_sets_are_disjoint_balanced_and_seeded(task: ScaleDetection) -> None:
    sets, same, other = (PlaneTask(task).draw(200, 100, 500, seed).split for seed in (1, 1, 2))
    parts = [sets.train, sets.validation, sets.test]
    assert [len(part) for part in parts] == [200, 100, 500]
    assert len(np.unique(np.concatenate(parts), axis=0)) == 800
    assert all((part[:, 0] < part[:, 1]).all() for part in parts)
    assert all(task.label(part[:10]).sum() == 0 for part in parts)  # any beginning has both classes
    assert np.array_equal(sets.test, same.test)
    assert not np.array_equal(sets.test, other.test)


def test_every_pair_is_equally_likely() -> None:
    """χ² of how often each of the pairs of one class is drawn, over seeds."""
    task = replace(plane_task(), width=6, scale=3, gap=2)
    counts = np.zeros((36, 36))
    for seed in range(600):
        drawn = PlaneTask(task).draw(20, 2, 2, seed).split.train
        near = drawn[task.label(drawn) == 1]
        counts[near[:, 0], near[:, 1]] += 1
    pairs = np.array([(i, j) for i in range(36) for j in range(i + 1, 36)])
    near = pairs[task.label(pairs) == 1]
    drawn = counts[near[:, 0], near[:, 1]]
    assert len(near) == task.counts[1]
    expected = 600 * 10 / len(near)
    chi = ((drawn - expected) ** 2 / expected).sum() / (len(near) - 1)
    assert chi == pytest.approx(1, abs=5 * np.sqrt(2 / len(near)))


def test_a_whole_class_can_be_drawn() -> None:
    task = replace(plane_task(), width=6, scale=3, gap=2)
    few = min(task.counts.values())
    sets = PlaneTask(task).draw(2 * few - 4, 2, 2, 0).split
    assert len(np.unique(np.concatenate([sets.train, sets.validation, sets.test]), axis=0)) == 2 * few


def test_images_are_the_task_s() -> None:
    sets = PlaneTask(plane_task()).draw(10, 2, 2, 0)
    images = sets.images(sets.split.train)
    assert torch.equal(images, sets.training_images(sets.split.train, 3))
    assert sets.labels(sets.split.train).tolist() == [1, -1] * 5
    assert images.shape == (10, 1, 28, 28)
    assert images.dtype == torch.float32
    torch.testing.assert_close(images.square().sum((1, 2, 3)), torch.full((10,), 784.0))
    assert ((images > 0).sum((1, 2, 3)) == 2).all()


@pytest.mark.parametrize(
    ("numbers", "named"),
    [((11, 2, 2), "11 training images"), ((10, 0, 2), "0 validation images"), ((10, 2, 3), "3 test images"),
     ((10**6, 2, 2), "use at most")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_one_sentence(numbers: tuple[int, int, int], named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        PlaneTask(plane_task()).draw(*numbers, 0)
    assert "\n" not in str(refusal.value)


def test_losses_are_the_textbook_s() -> None:
    task, values, labels = PlaneTask(plane_task()), torch.tensor([2.0, 0.5, -1.0]), torch.ones(3)
    assert float(task.loss("hinge", values[:, None], labels)) == pytest.approx((0 + 0.5 + 2) / 3)
    two = torch.stack([values, torch.zeros(3)], dim=1)  # two classes, of which one has the output 0
    expected = F.cross_entropy(two, torch.zeros(3, dtype=torch.long))
    torch.testing.assert_close(task.loss("cross-entropy", values[:, None], labels), expected)


def test_no_answer_is_wrong() -> None:
    values = torch.tensor([[2.0], [0.0], [-1.0]])
    assert PlaneTask(plane_task()).wrong(values, torch.tensor([1.0, 1, -1])).tolist() == [False, True, False]
