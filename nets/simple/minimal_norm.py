"""The solution of minimal norm, which the stop rule of App. B.2 waits for, reached from trained networks directly.

    minimise  Σ|w|²/(2·H·K)  over filters and biases,  subject to  y f(x) ≥ 1 on the training set

is what gradient descent on hinge loss and a small ridge tends to, in very many steps, since the filters' shape and the
biases are soft; here the augmented Lagrangian of the constraints is minimised instead. The readout stays as trained: it
is free of the ridge, and growing without bound it would let the filters shrink to nothing at the same outputs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs
from nets.simple.patches import Patches

# ρ of the rounds, the last one for all others, in units of N/K, to which the multipliers add up at the solution but for
# biases (Euler's theorem: the output is of degree K in the filters): stiff until they are known, since a network that
# is held softly collapses; then soft, which is better conditioned
STIFFNESS = (20.0, 6.0, 2.0)
HISTORY = 20
ITERATIONS = 250


@dataclass(frozen=True)
class MinimalNorm:
    """What the search ended with.

    norm         Σ|w|²/(H·K)                     gain     relative decrease of it in the last round
    violation    the largest 1 − y f(x) > 0      active   distinct training images with a positive multiplier
    """

    norm: float
    gain: float
    violation: float
    active: int


def minimal_norm(
    network: SimpleCNNs,
    patches: Patches,
    amplitude: float,
    labels: np.ndarray,
    rounds: int,
    iterations: int = ITERATIONS,
) -> tuple[SimpleCNNs, MinimalNorm]:
    """One network (S = 1) moved to the solution of minimal norm on the P images of `patches`, (P,) labels ±1.

    Each round minimises the augmented Lagrangian N/2 + Σ_i (max(0, λ_i + ρ(1 − y_i f(x_i)))² − λ_i²)/(2ρ) by at most
    `iterations` of L-BFGS in float64 and then sets λ_i to max(0, λ_i + ρ(1 − y_i f(x_i))).
    """
    place = np.unique(np.sort(patches.rows[-1], axis=1), axis=0, return_index=True)[1]  # images of different outputs
    y = torch.as_tensor(labels[place], dtype=torch.float64)
    moved = network.to(torch.float64).select([0])
    free = [moved.first, moved.hidden, moved.bias, moved.offset]
    for tensor in free:
        tensor.requires_grad_()
    outputs = _outputs(patches, place, amplitude)
    multipliers = torch.zeros_like(y)
    norms = [float(_norm(moved).detach())]
    for turn in range(rounds):
        rho = STIFFNESS[min(turn, len(STIFFNESS) - 1)] * norms[0] / network.depth
        optimizer = torch.optim.LBFGS(
            free,
            max_iter=iterations,
            history_size=HISTORY,
            line_search_fn="strong_wolfe",
            tolerance_grad=1e-10,
            tolerance_change=1e-13,
        )

        def lagrangian() -> Tensor:
            optimizer.zero_grad()  # noqa: B023  used before the next round
            force = torch.relu(multipliers + rho * (1 - y * outputs(moved)))  # noqa: B023
            loss = _norm(moved) / 2 + (force.square() - multipliers.square()).sum() / (2 * rho)  # noqa: B023
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(lagrangian)  # type: ignore[no-untyped-call]
        with torch.no_grad():
            slack = 1 - y * outputs(moved)
            multipliers = torch.relu(multipliers + rho * slack)
        norms.append(float(_norm(moved).detach()))
    result = SimpleCNNs(**{name: tensor.detach().to(network.first.dtype) for name, tensor in moved.tensors().items()})
    solution = MinimalNorm(
        norms[-1], 1 - norms[-1] / norms[-2], max(0.0, float(slack.max())), int((multipliers > 0).sum())
    )
    return result, solution


def _norm(network: SimpleCNNs) -> Tensor:
    """Σ|w|²/(H·K) over the filters."""
    return (network.first.square().sum() + network.hidden.square().sum()) / (network.channels * network.depth)


def _outputs(patches: Patches, place: np.ndarray, amplitude: float) -> Callable[[SimpleCNNs], Tensor]:
    """The differentiable outputs, (P',), of the images at `place` (Eq. 2), from their distinct patches."""
    needed, tables = np.unique(patches.rows[-1][place], return_inverse=True), []
    top = torch.as_tensor(needed[1].reshape(len(place), -1))
    rows = needed[0]
    for table in reversed(patches.tables):
        rows, inverse = np.unique(table[rows], return_inverse=True)
        tables.append(torch.as_tensor(inverse.reshape(-1, table.shape[1])))
    values = torch.as_tensor(amplitude * patches.values[rows], dtype=torch.float64).unsqueeze(1)

    def outputs(network: SimpleCNNs) -> Tensor:
        f, root = values, math.sqrt(network.patch_size)
        for k, table in enumerate(reversed(tables), start=1):
            weight = network.weight(k)[0]
            patch = f.index_select(0, table.reshape(-1)).reshape(len(table), -1)
            f = root * torch.relu(patch @ weight / math.sqrt(weight.shape[0]) + network.bias[k - 1, 0])
        return (f @ network.readout[0])[:, 0][top].mean(1) / network.channels + network.offset[0, 0, 0]

    return outputs
