"""The shape of filters: mean filters (Tables 1, 2), homogeneity (Eq. 3), and how far they break the sum rule."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs


def mean_filters(networks: SimpleCNNs) -> Tensor:
    """(S, K, F) filters of each layer averaged over the channels of both sides (Tables 1 and 2)."""
    return torch.stack([networks.filters(k).double().mean((2, 3)) for k in range(1, networks.depth + 1)], dim=1)


def homogeneity(networks: SimpleCNNs) -> Tensor:
    """γ_{k,0}/Σ_l γ_{k,l}, γ_{k,l} = ⟨(Ψ_l·w)²⟩ over pairs of channels (Eq. 3): the constant mode's share, (S, K).

    1 for homogeneous filters, 1/F on average for independent random entries; NaN for filters that are all 0.
    """
    shares = []
    for k in range(1, networks.depth + 1):
        filters = networks.filters(k).double()
        constant = filters.sum(1).square().sum((1, 2)) / networks.patch_size
        shares.append(constant / filters.square().sum((1, 2, 3)))
    return torch.stack(shares, dim=1)


def remainder_sums(filters: Tensor, strides: Sequence[int], dilations: Sequence[int] | None = None) -> Tensor:
    """(…, s₁⋯s_n) sums of (…, F₁, …, F_n) filters over the offsets of each remainder modulo the strides.

    Under the sum rule of order 1 (docs/law.md) they are all equal.
    """
    first = filters.dim() - len(strides)
    sums = filters.double()
    for axis, (stride, dilation) in enumerate(zip(strides, dilations or [1] * len(strides), strict=True), start=first):
        remainders = torch.arange(sums.shape[axis], device=sums.device) * dilation % stride
        shape = [*sums.shape[:axis], stride, *sums.shape[axis + 1 :]]
        sums = sums.new_zeros(shape).index_add_(axis, remainders, sums)
    return sums.flatten(first)


def defect(sums: Tensor) -> Tensor:
    """Sum-rule defect, largest less smallest of the (…, C) remainder sums of filters scaled to sum 1.

    0 under the sum rule, 1/3 for homogeneous filters of F = 3, s = 2; not finite where a filter's sum is 0.
    """
    weights = sums / sums.sum(-1, keepdim=True)
    return weights.amax(-1) - weights.amin(-1)


def channel_defect(sums: Tensor) -> Tensor:
    """Root of aliased over pooled power, √(Σ_{j≠0} |m(2πj/s)|² / |m(0)|²), both summed over all channels: from
    (…, H, H', C) remainder sums.

    With C = 2 and one filter it is `defect`; unlike the defect of the mean filter it is blind to no channel. 0 if every
    filter satisfies the sum rule, √(C−1) for many filters of independent remainder sums of equal variance.
    """
    pooled = sums.sum(-1).square().sum((-1, -2))
    aliased = sums.shape[-1] * sums.square().sum((-1, -2, -3)) - pooled
    return (aliased.clamp(min=0) / pooled).sqrt()


def sum_rule_defect(networks: SimpleCNNs, stride: int) -> Tensor:
    """(S, K) `defect` of the mean filters, in one dimension."""
    return defect(remainder_sums(mean_filters(networks), [stride]))


def channel_sum_rule_defect(networks: SimpleCNNs, stride: int) -> Tensor:
    """(S, K) `channel_defect` of all filters, in one dimension."""
    layers = [networks.filters(k).permute(0, 2, 3, 1) for k in range(1, networks.depth + 1)]
    return torch.stack([channel_defect(remainder_sums(filters, [stride])) for filters in layers], dim=1)
