"""The network of App. B.2 as one would write it down: conv1d on whole images, autograd, torch.optim.SGD."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from nets.simple.network import SimpleCNNs
from theory.definitions.architecture import Architecture


def loss(
    parameters: list[Tensor], images: Tensor, labels: Tensor, architecture: Architecture, ridge: float
) -> tuple[Tensor, Tensor]:
    """(hinge + ridge, hinge) of one network on (B, N) images, as one would write it down."""
    *layers, readout, offset = parameters
    size, f = architecture.filter_size, images[:, None, :]
    for filters, bias in zip(layers[::2], layers[1::2], strict=True):
        if architecture.stride == 1:
            f = functional.pad(f, (size // 2, (size - 1) // 2), mode="circular")
        fan_in = size * filters.shape[1]
        f = math.sqrt(size) * torch.relu(
            functional.conv1d(f, filters / math.sqrt(fan_in), bias, stride=architecture.stride)
        )
    output = f.mean(2) @ readout / readout.shape[0] + offset
    hinge = torch.relu(1 - labels * output).mean()
    norm = sum(filters.square().sum() for filters in layers[::2])
    return hinge + ridge * norm / (readout.shape[0] * architecture.depth), hinge


def plain_step(
    parameters: list[Tensor],
    optimizer: torch.optim.SGD,
    images: Tensor,
    labels: Tensor,
    architecture: Architecture,
    ridge: float,
) -> float:
    """One step of one network; the hinge loss."""
    whole, hinge = loss(parameters, images, labels, architecture, ridge)
    optimizer.zero_grad()
    whole.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return hinge.item()


def plain_parameters(networks: SimpleCNNs, seed: int) -> list[Tensor]:
    """Filters (H, H_in, F) and biases layer by layer, readout and offset of one seed, for conv1d."""
    parameters = []
    for k in range(1, networks.depth + 1):
        parameters += [networks.filters(k)[seed].permute(2, 1, 0).contiguous(), networks.bias[k - 1, seed, 0].clone()]
    parameters += [networks.readout[seed, :, 0].clone(), networks.offset[seed, 0, 0].clone()]
    return [tensor.requires_grad_() for tensor in parameters]
