"""How fast outputs can move while filters decay: a bound that is proved, from a forward pass and the filters' norms.

Let the filters be t·w with t = e^−(τ−τ₀) falling from 1 and w those at τ₀, and p_k the patches of layer k. Of its
z = t·w·p + b, the rectified f moves between τ₁ < τ₂ by no more than z does, over channels

    ‖f(τ₂) − f(τ₁)‖ ≤ √(F/fan-in) [(t₁ − t₂) ‖w·p(τ₁)‖ + t₂ ‖w‖ ‖p(τ₂) − p(τ₁)‖].

If below ‖p(τ₂) − p(τ₁)‖ ≤ c (τ₂ − τ₁) for all τ₀ ≤ τ₁ < τ₂ ≤ τ₀ + h, then ‖w·p(τ₁)‖ ≤ ‖w·p(τ₀)‖ + ‖w‖ c h, and with
t₁ − t₂ ≤ τ₂ − τ₁ and t₂ ≤ 1 the same holds of f with

    c_k = √(F/fan-in) [‖w·p(τ₀)‖ + (1 + h) ‖w‖ c],    c of a patch: root of the sum of squares of its F constants,

from c = 0 in the image up to the output, |output(τ₂) − output(τ₁)| ≤ ‖readout‖ ⟨c_K⟩_space/H·(τ₂ − τ₁). ‖w‖ is the
Frobenius norm, which bounds the spectral one, and equals it where training has left filters of rank one.
"""

import math

import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs
from nets.simple.patches import BatchPlan

HORIZON = 0.04  # h; ten epochs of task 2 are 0.037


def norms(network: SimpleCNNs) -> list[float]:
    """‖w‖ of layers 1 … K as stored."""
    return [float(torch.linalg.vector_norm(network.weight(k)[0])) for k in range(1, network.depth + 1)]


@torch.no_grad()
def outputs_and_speeds(
    network: SimpleCNNs, plan: BatchPlan, scale: float, weight_norms: list[float]
) -> tuple[Tensor, Tensor]:
    """(B,) outputs of the images, for filters `scale` times those stored, and (B,) bounds of |∂output/∂τ| up to h."""
    size, root = network.patch_size, math.sqrt(network.patch_size)
    f, speed = plan.values[0], torch.zeros_like(plan.values[0, :, 0])
    for k, table in enumerate(plan.tables, start=1):
        weight = network.weight(k)[0]
        factor = scale * math.sqrt(size / len(weight))
        z = (f.index_select(0, table).view(-1, len(weight)) @ weight).mul_(factor)
        patch = speed[table].view(-1, size).square().sum(1).sqrt()
        speed = torch.linalg.vector_norm(z, dim=1) + (1 + HORIZON) * factor * weight_norms[k - 1] * patch
        f = z.add_(network.bias[k - 1, 0], alpha=root).relu_()
    by_row = (f @ network.readout[0, :, 0]) / network.channels
    outputs = by_row[plan.rows[0]].mean(1) + network.offset[0, 0]
    return outputs, speed[plan.rows[0]].mean(1) * (torch.linalg.vector_norm(network.readout) / network.channels)
