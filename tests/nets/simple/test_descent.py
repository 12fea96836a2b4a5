"""The written-out gradient against torch.autograd on the images themselves."""

import math

import numpy as np
import pytest
import torch

from nets.simple.descent import Momentum, outputs, step
from nets.simple.network import SimpleCNNs, initialize, representations
from nets.simple.patches import BatchPlan, distinct_patches, plan_batches
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.task import ScaleDetection, paper_task

RATE, RIDGE = 0.01, 0.3


def stepped_by_autograd(
    networks: SimpleCNNs, architecture: Architecture, images: torch.Tensor, labels: torch.Tensor
) -> dict[str, torch.Tensor]:
    tensors = {name: tensor.clone().requires_grad_() for name, tensor in networks.tensors().items()}
    copy = SimpleCNNs(**tensors)
    last = representations(copy, architecture, images)[-1]
    output = (last.mean(2) @ copy.readout / copy.channels + copy.offset)[..., 0]
    hinge = torch.relu(1 - labels * output).mean(1).sum()
    ridge = RIDGE * (copy.first.square().sum() + copy.hidden.square().sum()) / (copy.channels * copy.depth)
    gradients = torch.autograd.grad(hinge + ridge, list(tensors.values()))
    return {
        name: (tensor - RATE * copy.channels * gradient).detach()
        for (name, tensor), gradient in zip(tensors.items(), gradients, strict=True)
    }


def compare_with_autograd(task: ScaleDetection, architecture: Architecture, violated: list[bool]) -> None:
    """One step of four seeds, of which only the `violated` have a hinge loss."""
    networks = initialize(architecture, 8, [0, 1, 2, 3])
    batch = np.random.default_rng(1).integers(len(task.pairs), size=(1, 4, 6))
    patches = distinct_patches(architecture, task.active(task.pairs))
    (plan,) = plan_batches(patches, batch, task.amplitude)
    scale = torch.where(torch.tensor(violated), 1.0, 1e5).view(4, 1, 1)
    networks.readout.mul_(scale)
    networks.offset.mul_(scale)
    sign = torch.sign(outputs(networks, plan)[0])
    labels = torch.where(torch.tensor(violated)[:, None], -sign, sign)
    images = torch.as_tensor(task.amplitude * task.active(task.pairs[batch.ravel()]), dtype=torch.float32)
    expected = stepped_by_autograd(networks, architecture, images.view(4, 6, -1), labels)
    before = {name: tensor.clone() for name, tensor in networks.tensors().items()}
    step(networks, plan, labels, RATE, RIDGE)
    for name, tensor in networks.tensors().items():
        moved = (expected[name] - before[name]).abs().max()
        # float32 rounding of parameters of order 1 (1e5 for the silenced readouts, which must not move at all)
        error = (tensor - expected[name]).abs().max()
        assert error <= 1e-3 * moved + 1e-12, name


@pytest.mark.parametrize("violated", [[True] * 4, [False, False, True, False], [False] * 4])
@pytest.mark.parametrize("kind", [1, 2])
def test_step_is_that_of_autograd(kind: int, violated: list[bool]) -> None:
    compare_with_autograd(paper_task(kind), paper_architecture(kind), violated)  # type: ignore[arg-type]


def test_ridge_alone_shrinks_the_filters() -> None:
    task, architecture = paper_task(2), paper_architecture(2)
    networks = initialize(architecture, 4, [0])
    networks.offset.fill_(100.0)
    patches = distinct_patches(architecture, task.active(task.pairs[:4]))
    (plan,) = plan_batches(patches, np.arange(4)[None, None], task.amplitude)
    before = networks.select([0])
    step(networks, plan, torch.ones(1, 4), RATE, RIDGE)
    shrink = 1 - 2 * RATE * RIDGE / 7
    torch.testing.assert_close(networks.hidden, before.hidden * shrink)
    assert torch.equal(networks.bias, before.bias)
    assert math.isclose(float(networks.offset), 100.0)


@pytest.mark.parametrize("violated", [[True] * 4, [False, False, True, False]])
def test_heavy_ball_is_the_recursion_of_its_gradients(violated: list[bool]) -> None:
    """v ← μv − H·lr·∇, w ← w + v, with the gradients that plain steps take from the same networks."""
    task, architecture = paper_task(1), paper_architecture(1)
    networks = initialize(architecture, 8, [0, 1, 2, 3]).to(torch.float64)
    patches = distinct_patches(architecture, task.active(task.pairs))
    batches = np.random.default_rng(1).integers(len(task.pairs), size=(3, 4, 6))
    momentum = Momentum(0.9, networks.zeros())
    velocity = {name: torch.zeros_like(tensor) for name, tensor in networks.tensors().items()}
    labels = torch.where(torch.tensor(violated)[:, None], -1.0, 1.0).double().expand(4, 6)
    networks.offset.fill_(5.0)  # outputs near 5: labels of −1 are violated, of +1 are not
    for plan in plan_batches(patches, batches, task.amplitude):
        plan = BatchPlan(plan.values.double(), plan.tables, plan.rows)
        plain, before = networks.select([0, 1, 2, 3]), networks.select([0, 1, 2, 3])
        step(plain, plan, labels, RATE, RIDGE)
        step(networks, plan, labels, RATE, RIDGE, momentum)
        for name, tensor in networks.tensors().items():
            start = getattr(before, name)
            velocity[name] = 0.9 * velocity[name] + getattr(plain, name) - start
            # float64 rounding of parameters of order 1, three steps
            torch.testing.assert_close(tensor, start + velocity[name], rtol=0, atol=1e-13)
