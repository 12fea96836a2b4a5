"""Euler's identity of the simple CNNs' own loss, and balanced channels at the end of training."""

import math

import numpy as np
import pytest
import torch

from nets.simple.balance import channel_powers, imbalance
from nets.simple.network import SimpleCNNs, initialize, representations
from nets.simple.settings import Training
from nets.simple.training import train
from theory.balance import drift, remaining_imbalance
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

ARCHITECTURE, TASK = Architecture(2, 2, 4), ScaleDetection(2, 32, 8)


def hinge_loss(networks: SimpleCNNs) -> torch.Tensor:
    images = torch.as_tensor(TASK.amplitude * TASK.active(TASK.pairs[::7]), dtype=torch.float64)
    *_, f = out_of_place(networks, images)
    output = (f.mean(2) @ networks.readout).squeeze(2) / networks.channels + networks.offset.squeeze(2)
    return torch.relu(1 - output * torch.as_tensor(TASK.labels[::7])).mean()


def out_of_place(networks: SimpleCNNs, images: torch.Tensor) -> list[torch.Tensor]:
    """`representations`, without writing into what autograd keeps."""
    f, layers = images.expand(1, *images.shape).unsqueeze(-1), []
    for k in range(1, networks.depth + 1):
        weight, root = networks.weight(k), math.sqrt(networks.patch_size)
        positions = torch.as_tensor(ARCHITECTURE.patches(f.shape[2]))
        patches = f[:, :, positions.reshape(-1)].reshape(1, f.shape[1] * len(positions), -1)
        z = networks.bias[k - 1] + patches @ weight / math.sqrt(weight.shape[1])
        f = (root * torch.relu(z)).view(1, f.shape[1], len(positions), -1)
        layers.append(f)
    return layers


def test_scaling_a_channel_changes_nothing() -> None:
    """Σ w ∂L/∂w + b ∂L/∂b = Σ v ∂L/∂v of every channel, the readout's too."""
    networks = initialize(ARCHITECTURE, 6, [0]).to(torch.float64)
    images = torch.as_tensor(TASK.active(TASK.pairs[:5]), dtype=torch.float64)
    for own, theirs in zip(
        out_of_place(networks, images), representations(networks, ARCHITECTURE, images), strict=True
    ):
        torch.testing.assert_close(own, theirs)
    tensors = networks.tensors()
    for tensor in tensors.values():
        tensor.requires_grad_(True)
    gradients = torch.autograd.grad(hinge_loss(networks), list(tensors.values()))
    gradient = SimpleCNNs(**dict(zip(tensors, gradients, strict=True)))
    products = [(networks.filters(k) * gradient.filters(k))[0].sum(0) for k in range(1, 5)]
    biases = (networks.bias * gradient.bias)[:, 0, 0]
    for k in range(3):
        torch.testing.assert_close(products[k].sum(0) + biases[k], products[k + 1].sum(1))
    readout = (networks.readout * gradient.readout)[0, :, 0]
    torch.testing.assert_close(products[3].sum(0) + biases[3], readout)
    assert float(readout.detach().abs().max()) > 1e-4


def test_without_data_the_imbalance_decays_as_the_filters_do() -> None:
    networks = initialize(ARCHITECTURE, 6, [0])
    into, out = channel_powers(networks)
    shrunk = networks.to(torch.float64)
    shrunk.first.mul_(math.exp(-0.7))
    shrunk.hidden.mul_(math.exp(-0.7))
    later = [power[0, 0, 0].item() for power in channel_powers(shrunk)]
    start = float(into[0, 0, 0] - out[0, 0, 0])
    assert later[0] - later[1] == pytest.approx(remaining_imbalance(start, 0.7), rel=1e-6)
    assert str(drift()) == "-2*delta*(P_in - P_out)"


def test_channels_are_balanced_at_the_end_of_training_only() -> None:
    training = Training(
        24, (0, 1), 200, validation=64, learning_rate=0.02, cooldown=0.8, ridge=0.1, epochs=400, patience=None
    )
    before, after, seed_results = train(TASK, ARCHITECTURE, training)
    assert all(seed_result.learned for seed_result in seed_results)
    # channels of random filters: uncorrelated within the scatter of 24 of them
    assert float(imbalance(before).min()) > 0.4
    assert float(imbalance(after).max()) < 0.05
    into, out = channel_powers(after)
    np.testing.assert_allclose(into.sum(2), out.sum(2), rtol=0.15)
