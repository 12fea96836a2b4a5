"""Power in and out of every channel of the simple CNNs: a check of convergence that needs nothing but the filters.

Where training with ridge is stationary they are equal (`theory.balance`).
"""

import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs


def channel_powers(networks: SimpleCNNs) -> tuple[Tensor, Tensor]:
    """((S, K−1, H) Σ w² of the filters into each channel of layers 1 … K−1, (S, K−1, H) of those out of it)."""
    powers = [networks.filters(k).double().square().sum(1) for k in range(1, networks.depth + 1)]
    into = [power.sum(1) for power in powers[:-1]]
    out = [power.sum(2) for power in powers[1:]]
    return torch.stack(into, dim=1), torch.stack(out, dim=1)


def imbalance(networks: SimpleCNNs) -> Tensor:
    """(S, K−1) ⟨(in − out)²⟩/[Var in + Var out + (⟨in⟩ − ⟨out⟩)²] over channels: 0 where every channel is balanced,
    1 where in and out are uncorrelated, as before training.
    """
    if networks.depth == 1:
        return networks.first.new_zeros(len(networks.first), 0)
    into, out = channel_powers(networks)
    scatter = into.var(2, correction=0) + out.var(2, correction=0) + (into.mean(2) - out.mean(2)).square()
    return (into - out).square().mean(2) / scatter
