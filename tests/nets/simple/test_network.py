import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from nets.simple.filters import mean_filters
from nets.simple.network import initialize, mean_channel, representations
from theory.definitions.architecture import Architecture


def by_convolution(networks, architecture: Architecture, images: torch.Tensor, seed: int) -> list[torch.Tensor]:  # type: ignore[no-untyped-def]
    """f_k of one network by torch's own convolution, (B, L_k, H)."""
    f = images[:, None, :]
    size, layers = architecture.filter_size, []
    for k in range(1, networks.depth + 1):
        filters = networks.filters(k)[seed].permute(2, 1, 0)  # (H, H_in, F)
        if architecture.stride == 1:
            left = -int(architecture.offsets[0])
            f = functional.pad(f, (left, size - 1 - left), mode="circular")
        fan_in = size * filters.shape[1]
        z = functional.conv1d(f, filters, stride=architecture.stride) / math.sqrt(fan_in)
        f = math.sqrt(size) * torch.relu(z + networks.bias[k - 1, seed, 0][:, None])
        layers.append(f.transpose(1, 2))
    return layers


@pytest.mark.parametrize(
    ("architecture", "width"),
    [
        (Architecture(3, 1, 4), 12),
        (Architecture(4, 1, 3), 12),
        (Architecture(2, 2, 3), 16),
        (Architecture(3, 3, 2), 18),
    ],
)
def test_representations_are_those_of_conv1d(architecture: Architecture, width: int) -> None:
    networks = initialize(architecture, 5, [3, 4])
    images = torch.randn(6, width)
    ours = representations(networks, architecture, images)
    for seed in (0, 1):
        for f, reference in zip(ours, by_convolution(networks, architecture, images, seed), strict=True):
            torch.testing.assert_close(f[seed], reference)


def test_representations_in_two_dimensions_are_those_of_conv2d() -> None:
    architecture = Architecture(3, 1, 1)
    networks = initialize(architecture, 4, [0], dim=2)
    images = torch.randn(3, 25)
    padded = functional.pad(images.view(3, 1, 5, 5), (1, 1, 1, 1), mode="circular")
    filters = networks.first[0].T.view(4, 1, 3, 3)
    reference = 3 * torch.relu(functional.conv2d(padded, filters) / 3 + networks.bias[0, 0, 0].view(4, 1, 1))
    ours = representations(networks, architecture, images, dim=2)[0][0]
    torch.testing.assert_close(ours, reference.flatten(2).transpose(1, 2))


def test_a_seed_is_the_same_whatever_batch_it_is_in() -> None:
    architecture = Architecture(2, 2, 3)
    alone, together = initialize(architecture, 4, [7]), initialize(architecture, 4, [1, 7])
    for name, tensor in together.select([1]).tensors().items():
        assert torch.equal(tensor, alone.tensors()[name])


def test_mean_channel_has_the_mean_filter_everywhere() -> None:
    networks = initialize(Architecture(3, 1, 3), 6, [0, 1])
    averaged = mean_channel(networks)
    torch.testing.assert_close(mean_filters(averaged), mean_filters(networks))
    for k in (1, 2, 3):
        assert averaged.filters(k).flatten(2).std(2).max() < 1e-7
    assert torch.equal(averaged.bias, networks.bias)
    again = mean_channel(averaged)
    torch.testing.assert_close(again.hidden, averaged.hidden)


def test_initial_parameters_are_standard_normal() -> None:
    networks = initialize(Architecture(3, 1, 4), 40, [0, 1])
    values = torch.cat([tensor.flatten() for tensor in networks.tensors().values()]).numpy()
    assert abs(values.mean()) < 4 / np.sqrt(len(values))
    assert abs(values.var() - 1) < 4 * np.sqrt(2 / len(values))
