"""D_k of simple CNNs for a translation of the whole image, in what moves with it and what is lost."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs, representations
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

# numbers of a representation at a time
CHUNK = 2**25


@dataclass(frozen=True)
class Translation:
    """E‖f_k(τx) − f_k(x)‖², moved E‖τ_k f_k(x) − f_k(x)‖² and lost E‖f_k(τx) − τ_k f_k(x)‖², (S, K) each, over
    E‖f_k(x₁) − f_k(x₂)‖², of S networks; τ moves the whole image by one pixel on its ring.
    """

    D: np.ndarray
    moved: np.ndarray
    lost: np.ndarray


@torch.no_grad()
def measure_translation(
    networks: SimpleCNNs, task: ScaleDetection, architecture: Architecture, device: str = "cpu"
) -> Translation:
    """On all images of a one-dimensional task, with their weights."""
    networks = networks.to(device)
    weights = torch.as_tensor(task.weights, device=device)
    images = torch.as_tensor(task.amplitude * task.active(task.pairs), dtype=networks.first.dtype, device=device)
    size = max(1, CHUNK // (len(networks.offset) * task.width * networks.channels))
    steps = [architecture.stride**k for k in range(1, architecture.depth + 1)]
    parts = torch.zeros(3, len(networks.offset), architecture.depth, dtype=torch.float64, device=device)
    squares, means = torch.zeros_like(parts[0]), [torch.zeros(1)] * architecture.depth
    for start in range(0, len(images), size):
        part, weight = images[start : start + size], weights[start : start + size]
        before, after = (
            [f.double() for f in representations(networks, architecture, x)] for x in (part, part.roll(1, 1))
        )
        for k, (f, g, step) in enumerate(zip(before, after, steps, strict=True)):
            transported = transport(f, 1 / step)
            for n, difference in enumerate((g - f, transported - f, g - transported)):
                parts[n, :, k] += difference.square().sum((2, 3)) @ weight
            squares[:, k] += f.square().sum((2, 3)) @ weight
            means[k] = means[k].to(device) + torch.einsum("sbnh,b->snh", f, weight)
    mean_squares = torch.stack([mean.square().sum((1, 2)) for mean in means], 1)
    d, moved, lost = (parts / (2 * (squares - mean_squares))).cpu().numpy()
    return Translation(d, moved, lost)


def transport(f: Tensor, displacement: float) -> Tensor:
    """(S, B, n, H) representations on rings of n neurons, displaced by a number of neurons: each Fourier mode turned,
    of the mode π the real part.
    """
    neurons = f.shape[2]
    modes = torch.arange(neurons // 2 + 1, device=f.device, dtype=torch.float64)
    turn = torch.exp(-2j * torch.pi * modes * displacement / neurons)[:, None]
    transported: Tensor = torch.fft.irfft(torch.fft.rfft(f, dim=2) * turn, neurons, dim=2)
    return transported
