"""The loss curve of the plain implementation, which the benchmark times, and of ours: the same within rounding."""

import numpy as np
import pytest
import torch

from benchmarks.plain_training import plain_parameters, plain_step
from nets.simple.descent import outputs, step
from nets.simple.images import split_images
from nets.simple.network import initialize
from nets.simple.patches import distinct_patches, plan_batches
from theory.definitions.architecture import paper_architecture
from theory.definitions.task import paper_task

RATE, RIDGE, STEPS, WIDTH = 0.01, 0.01, 40, 16


@pytest.mark.parametrize("kind", [1, 2])
def test_plain_and_ours_have_one_loss_curve(kind: int) -> None:
    task, architecture = paper_task(kind), paper_architecture(kind)  # type: ignore[arg-type]
    chosen = split_images(task, 48, 128, 0).train
    batches = np.random.default_rng(0).choice(chosen, (STEPS, 1, 8))
    labels = torch.as_tensor(task.labels[batches], dtype=torch.float32)
    images = torch.as_tensor(task.amplitude * task.active(task.pairs[batches.ravel()]), dtype=torch.float32)
    networks = initialize(architecture, WIDTH, [0])
    parameters = plain_parameters(networks, 0)
    optimizer = torch.optim.SGD(parameters, lr=RATE * WIDTH)
    patches = distinct_patches(architecture, task.active(task.pairs))
    plain, ours = [], []
    for n, plan in enumerate(plan_batches(patches, batches, task.amplitude)):
        plain.append(
            plain_step(parameters, optimizer, images.view(STEPS, 8, -1)[n], labels[n, 0], architecture, ridge=RIDGE)
        )
        ours.append(float(torch.relu(1 - labels[n] * outputs(networks, plan)[0]).mean()))
        step(networks, plan, labels[n], RATE, RIDGE)
    assert np.ptp(plain) > 0.1  # there is a curve
    np.testing.assert_allclose(ours, plain, rtol=1e-3, atol=1e-4)  # float32 through 40 steps
