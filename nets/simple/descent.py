"""One step of stochastic gradient descent on the simple CNNs, over the distinct patches of a batch.

The gradient of a filter is one product of the distinct patches with their back-propagated errors. It is written out
so that seeds without a hinge loss, most of them once the training set is interpolated, cost no backward pass and the
update goes straight into the filters. A test holds it to torch.autograd.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs, layer
from nets.simple.patches import BatchPlan


@torch.no_grad()
def outputs(networks: SimpleCNNs, plan: BatchPlan, scale: float = 1.0) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """(S, B) outputs of the plan's images, with the patches and the representations f_k of its rows, k = 1 … K.

    The filters are `scale` times those stored.
    """
    seeds, channels = networks.readout.shape[:2]
    f, patches, rows = plan.values, [], []
    for k, table in enumerate(plan.tables, start=1):
        gathered = f.reshape(-1, f.shape[2]).index_select(0, table)
        gathered = gathered.view(seeds, -1, networks.weight(k).shape[1])
        f = layer(networks, k, gathered, scale)
        patches.append(gathered)
        rows.append(f)
    by_row = torch.bmm(f, networks.readout).squeeze(2) / channels
    images = by_row.gather(1, plan.rows.view(seeds, -1)).view(plan.rows.shape).mean(2)
    return images + networks.offset.squeeze(2), patches, rows


@torch.no_grad()
def scaled_outputs(network: SimpleCNNs, plan: BatchPlan, scales: Tensor) -> Tensor:
    """(G, B) outputs of one network, whose filters are scales[g] times those stored for group g of the plan."""
    groups, f = len(plan.rows), plan.values
    factors = scales.to(f).view(groups, 1, 1)
    for k, table in enumerate(plan.tables, start=1):
        gathered = f.reshape(-1, f.shape[2]).index_select(0, table).view(groups, -1, network.weight(k).shape[1])
        # the scale goes into the patches, so that all groups share one product with the filters
        f = layer(network, k, gathered.mul_(factors).view(1, -1, gathered.shape[2])).view(groups, -1, network.channels)
    by_row = (f @ network.readout[0]).squeeze(2) / network.channels
    return by_row.gather(1, plan.rows.view(groups, -1)).view(plan.rows.shape).mean(2) + network.offset[0]


@dataclass
class Momentum:
    """Heavy-ball state: v ← coefficient·v − learning_rate·H·gradient, then every parameter moves by its v."""

    coefficient: float
    velocity: SimpleCNNs


@torch.no_grad()
def step(
    networks: SimpleCNNs,
    plan: BatchPlan,
    labels: Tensor,
    learning_rate: float,
    ridge: float,
    momentum: Momentum | None = None,
) -> list[int]:
    """One step of SGD on mean hinge + ridge·Σ|w|²/(H·K), in place; (S, B) labels ±1; the places that had a hinge loss.

    A batch whose hinge loss is exactly 0 has no gradient but the ridge's: its backward pass is left out.
    """
    output, patches, rows = outputs(networks, plan)
    slope = torch.where(labels * output < 1, -labels, 0.0) / labels.shape[1]
    decay = 2 * learning_rate * ridge / networks.depth
    if momentum is None:
        moved, shrink = networks, 1 - decay
        networks.first.mul_(shrink)
        networks.hidden.mul_(shrink)
    else:
        moved, shrink = momentum.velocity, 1.0
        for tensor in moved.tensors().values():
            tensor.mul_(momentum.coefficient)
        moved.first.sub_(networks.first, alpha=decay)
        moved.hidden.sub_(networks.hidden, alpha=decay)
    active = slope.any(1).nonzero()[:, 0].tolist()
    together = [slice(None)] if 2 * len(active) > len(slope) else [slice(seed, seed + 1) for seed in active]
    for seeds in together:
        descend(networks, moved, plan, slope, patches, rows, learning_rate, 1 / shrink, 1.0, seeds)
    if momentum is not None:
        for name, tensor in networks.tensors().items():
            tensor.add_(getattr(moved, name))
    return active


@torch.no_grad()
def scaled_step(
    network: SimpleCNNs, plan: BatchPlan, slope: Tensor, learning_rate: float, scale: float, shrink: float
) -> None:
    """The same step of one network whose filters are scale·w, given slope = ∂loss/∂output, (1, B).

    The filters decay to shrink·scale·w, which the caller has to remember: w itself changes only by −learning rate·H·
    gradient/(shrink·scale).
    """
    _, patches, rows = outputs(network, plan, scale)
    stored = 1 / (shrink * scale)
    descend(network, network, plan, slope, patches, rows, learning_rate, scale, stored, slice(None))


def descend(
    networks: SimpleCNNs,
    moved: SimpleCNNs,
    plan: BatchPlan,
    slope: Tensor,
    patches: list[Tensor],
    rows: list[Tensor],
    learning_rate: float,
    forward: float,
    stored: float,
    seeds: slice,
) -> None:
    """Add −learning_rate·H·gradient of these seeds to `moved`, the networks themselves or their velocity, given
    slope = ∂loss/∂output, (S, B).

    The filters were `forward` times those stored in the forward pass, whose gradient this is; their change is stored
    `stored` times as large.
    """
    channels, depth = networks.channels, networks.depth
    rate, root = learning_rate * channels, math.sqrt(networks.patch_size)
    slope, top, last = slope[seeds], plan.rows[seeds], rows[-1][seeds]
    count = len(slope)
    spread = (slope / top.shape[2]).unsqueeze(2).expand(top.shape).reshape(-1)
    place = (top.reshape(count, -1) + last.shape[1] * torch.arange(count, device=top.device).unsqueeze(1)).view(-1)
    slopes = slope.new_zeros(count * last.shape[1]).index_add_(0, place, spread).view(count, -1, 1)
    gradient = torch.bmm(slopes, networks.readout[seeds].transpose(1, 2)).div_(channels)
    moved.readout[seeds].baddbmm_(last.transpose(1, 2), slopes, alpha=-rate / channels)
    moved.offset[seeds].sub_(slope.sum(1).view(count, 1, 1), alpha=rate)
    for k in range(depth, 0, -1):
        weight = networks.weight(k)[seeds]
        scale = root / math.sqrt(weight.shape[1])
        gradient.mul_(rows[k - 1][seeds] > 0)
        moved.bias[k - 1, seeds].sub_(gradient.sum(1, keepdim=True), alpha=rate * root)
        back = torch.bmm(gradient, weight.transpose(1, 2)).mul_(scale * forward).view(-1, channels) if k > 1 else None
        moved.weight(k)[seeds].baddbmm_(patches[k - 1][seeds].transpose(1, 2), gradient, alpha=-rate * stored * scale)
        if back is not None:
            gradient = torch.zeros_like(rows[k - 2][seeds])
            first = (seeds.start or 0) * gradient.shape[1]
            table = plan.tables[k - 1].view(len(plan.rows), -1)[seeds].reshape(-1) - first
            gradient.view(-1, channels).index_add_(0, table, back)
