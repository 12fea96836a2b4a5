"""What the filters of trained networks look like: mean filters (Tables 1, 2) and homogeneity (Eq. 3)."""

import torch
from torch import Tensor

from nets.simple import SimpleCNNs


def mean_filters(networks: SimpleCNNs) -> Tensor:
    """(S, K, F) filters of each layer averaged over the channels of both sides (Tables 1 and 2)."""
    return torch.stack([networks.filters(k).double().mean((2, 3)) for k in range(1, networks.depth + 1)], dim=1)


def homogeneity(networks: SimpleCNNs) -> Tensor:
    """(S, K) share of the constant mode in the filters' power, γ_{k,0}/Σ_l γ_{k,l} of Eq. 3.

    1 for homogeneous filters, 1/F on average for independent random entries; NaN for filters that are all 0.
    """
    shares = []
    for k in range(1, networks.depth + 1):
        filters = networks.filters(k).double()
        constant = filters.sum(1).square().sum((1, 2)) / networks.patch_size
        shares.append(constant / filters.square().sum((1, 2, 3)))
    return torch.stack(shares, dim=1)


def class_weights(networks: SimpleCNNs, stride: int) -> Tensor:
    """(S, K, s) weight of the mean filter, scaled to sum 1, on the offsets of each remainder modulo the stride.

    All 1/s where the sum rule of order 1 holds (docs/law.md), of filters in one dimension.
    """
    filters = mean_filters(networks)
    filters = filters / filters.sum(2, keepdim=True)
    return torch.stack([filters[..., remainder::stride].sum(2) for remainder in range(stride)], dim=2)


def sum_rule_defect(networks: SimpleCNNs, stride: int) -> Tensor:
    """(S, K) largest less smallest class weight: 0 under the sum rule, 1/3 for homogeneous filters of F = 3, s = 2."""
    weights = class_weights(networks, stride)
    return weights.amax(2) - weights.amin(2)
