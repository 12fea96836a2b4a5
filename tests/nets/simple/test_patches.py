import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.simple.descent import outputs
from nets.simple.images import split_images
from nets.simple.network import initialize, representations
from nets.simple.patches import distinct_patches, plan_batches
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.task import paper_task


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(3, 1, 3, 12), (4, 1, 2, 9), (2, 2, 3, 16), (3, 3, 2, 18), (3, 2, 3, 16), (6, 3, 2, 18)]),
    st.integers(0, 10**6),
)
def test_rows_rebuild_every_patch(shape: tuple[int, int, int, int], seed: int) -> None:
    size, stride, depth, width = shape
    architecture = Architecture(size, stride, depth)
    images = np.random.default_rng(seed).integers(0, 3, size=(5, width))
    patches = distinct_patches(architecture, images)
    below: np.ndarray = np.unique(images, return_inverse=True)[1].reshape(images.shape)
    for table, rows in zip(patches.tables, patches.rows, strict=True):
        assert len(np.unique(table, axis=0)) == len(table)
        np.testing.assert_array_equal(table[rows], below[:, architecture.patches(below.shape[1])])
        below = rows


def test_counts_of_the_docstring() -> None:
    """On a ring only the distance of the pixels counts, and 48 images show all of them."""
    task, architecture = paper_task(1), paper_architecture(1)
    for seed in range(4):
        train = split_images(task, 48, 128, seed).train
        patches = distinct_patches(architecture, task.active(task.pairs[train]))
        assert sum(len(table) for table in patches.tables) == 1296
        assert sum(rows.size for rows in patches.rows) == 48 * 32 * 12


@pytest.mark.parametrize("kind", [1, 2])
def test_outputs_of_a_plan_are_those_of_the_images(kind: int) -> None:
    task, architecture = paper_task(kind), paper_architecture(kind)  # type: ignore[arg-type]
    patches = distinct_patches(architecture, task.active(task.pairs))
    networks = initialize(architecture, 6, [0, 1, 2])
    rng = np.random.default_rng(0)
    batches = rng.integers(len(task.pairs), size=(4, 3, 8))
    for plan, batch in zip(plan_batches(patches, batches, task.amplitude), batches, strict=True):
        images = torch.as_tensor(task.amplitude * task.active(task.pairs[batch.ravel()]), dtype=torch.float32)
        last = representations(networks, architecture, images.view(3, 8, -1))[-1]
        expected = (last.mean(2) @ networks.readout / 6 + networks.offset)[..., 0]
        torch.testing.assert_close(outputs(networks, plan)[0], expected)


def test_plans_need_few_rows() -> None:
    """An image of task 2 has two active pixels: a batch of 8 needs at most 16 patches and the background a layer."""
    task, architecture = paper_task(2), paper_architecture(2)
    patches = distinct_patches(architecture, task.active(task.pairs))
    (plan,) = plan_batches(patches, np.arange(0, 8000, 1000)[None, None], task.amplitude)
    assert all(len(table) // 2 <= 17 for table in plan.tables)
