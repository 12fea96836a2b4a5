"""The simple CNNs' filters as (out, in, F₁, …, F_d) tensors, and networks with other filters."""

from collections.abc import Sequence

import torch
from torch import Tensor

from nets.models.generators import stream
from nets.models.learned import Intervention, Split, split
from nets.simple.network import SimpleCNNs
from nets.simple.state import join


def filters_of(network: SimpleCNNs, dim: int = 1) -> list[Tensor]:
    """K (H, H_in, F, …) filters, layer by layer, of a single network."""
    size = round(network.patch_size ** (1 / dim))
    return [
        network.filters(k)[0].permute(2, 1, 0).reshape(network.channels, -1, *[size] * dim)
        for k in range(1, network.depth + 1)
    ]


def with_filters(network: SimpleCNNs, filters: Sequence[Tensor]) -> SimpleCNNs:
    """A single network with these filters instead, in its own precision; biases and readout are kept."""
    stored = [f.flatten(2).permute(2, 1, 0).reshape(1, -1, network.channels).to(network.first) for f in filters]
    return SimpleCNNs(stored[0], torch.stack(stored[1:]) if stored[1:] else network.hidden, network.bias,
                      network.readout, network.offset)  # fmt: skip


def splits(before: SimpleCNNs, after: SimpleCNNs, dim: int = 1) -> list[list[Split]]:
    """[seed][layer] W = σ W(0) + ΔW of S networks."""
    return [
        [
            split(start, end, f"layer {k}")
            for k, (start, end) in enumerate(
                zip(filters_of(before.view(seed), dim), filters_of(after.view(seed), dim), strict=True), start=1
            )
        ]
        for seed in range(len(after.offset))
    ]


def intervened(
    after: SimpleCNNs, parts: Sequence[Sequence[Split]], change: Intervention, seeds: Sequence[int]
) -> SimpleCNNs:
    """The networks with every layer's filters changed; a seed's random numbers are its own."""
    changed = []
    for place, (layers, seed) in enumerate(zip(parts, seeds, strict=True)):
        generator = stream("learned", seed)
        changed.append(with_filters(after.view(place), [change(part, generator) for part in layers]))
    return join(changed)
