"""A representation displaced on its own grid, by a displacement field of the image.

Lagrange's polynomials through 6 × 6 neurons interpolate. PyTorch's bicubic `grid_sample` would not do: where the
displacement is a small part of a neuron, as in deep layers, its cubic (a = −0.75) moves 1.5 times too far.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from nets.models.grids import Grid

INTERPOLATION = "Lagrange, 6 × 6 neurons"
# of the six, relative to the one at or before the place
NODES = range(-2, 4)
# test images have wave numbers up to this share of the grid's largest, π, along each axis
BAND, TEST_IMAGES, WAVES = 0.5, 16, 32


def transport(f: Tensor, field: Tensor, grid: Grid) -> Tensor:
    """(n, C, h, w) τ_k f: at neuron m what lies at m + t(offset + step·m)/step, or at the nearest place of the border
    where that is outside; t is the (n, 2, H, W) field, down and right in pixels of the image, read linearly.
    """
    height, width = f.shape[2:]
    targets = _targets((height, width), field, grid).to(f.device)
    dtype = f.dtype if f.dtype in (torch.float32, torch.float64) else torch.float32
    transported = torch.empty_like(f)
    for image, target, output in zip(f, targets, transported, strict=True):
        rows, row_weights = _nodes(target[0].flatten(), height)
        columns, column_weights = _nodes(target[1].flatten(), width)
        neurons = (rows[:, :, None] * width + columns[:, None, :]).flatten(1)
        weights = (row_weights[:, :, None] * column_weights[:, None, :]).flatten(1)
        flat = image.flatten(1).T.to(dtype).contiguous()
        output[:] = F.embedding_bag(neurons, flat, per_sample_weights=weights.to(dtype), mode="sum").T.view_as(image)
    return transported


def interpolation_error(sides: Sequence[int], field: Tensor, grid: Grid, seed: int = 0) -> float:
    """‖τ_k g − g(m + t/step)‖² / ‖g(m + t/step) − g(m)‖² of random band-limited images g of h × w neurons; NaN where
    nothing is displaced.

    g is a sum of plane waves of random phases and of wave numbers up to BAND·π along each axis, and so known between
    neurons too. Neurons of which some of the six are missing beyond the border are left out where there are others.
    """
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(TEST_IMAGES, WAVES, 3, generator=generator, dtype=torch.float64)
    waves, phases = BAND * math.pi * (2 * uniform[..., :2] - 1), 2 * math.pi * uniform[..., 2:]

    def image(at: Tensor) -> Tensor:
        shown = torch.zeros(TEST_IMAGES, *at.shape[1:], dtype=torch.float64)
        for wave, phase in zip(waves.unbind(1), phases.unbind(1), strict=True):  # memory of one wave, not of 32
            shown += torch.cos(torch.einsum("na,ayx->nyx", wave, at) + phase[..., None])
        return shown

    g, exact = image(_indices(sides)), image(_targets(sides, field[:1], grid)[0])
    apart = exact - transport(g[None], field[:1], grid)[0]
    inner = (slice(None), *(slice(3, -3) if side > 6 else slice(None) for side in sides))
    moved = float((exact - g)[inner].square().mean())
    return float(apart[inner].square().mean()) / moved if moved else math.nan


def _nodes(place: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """((p, 6) neurons around each of p places, the polynomials' weights Π_{m ≠ n} (x − m)/(n − m))."""
    place = place.clamp(0, side - 1)
    before = place.floor()
    x = place - before
    weights = [math.prod(((x - m) / (n - m) for m in NODES if m != n), start=torch.ones_like(x)) for n in NODES]
    neurons = before.long()[:, None] + torch.tensor(list(NODES), device=place.device)
    return neurons.clamp(0, side - 1), torch.stack(weights, 1)


def _targets(sides: Sequence[int], field: Tensor, grid: Grid) -> Tensor:
    """(n, 2, h, w) m + t/step, in neurons."""
    offset, step = (torch.tensor(pair, dtype=torch.float64)[:, None, None] for pair in (grid.offset, grid.step))
    index = _indices(sides)
    y, x = (2 * at / (side - 1) - 1 for at, side in zip(offset + step * index, field.shape[2:], strict=True))
    where = torch.stack([x, y], -1).expand(len(field), -1, -1, -1)  # grid_sample wants (x, y) from −1 to 1
    return index + F.grid_sample(field, where, padding_mode="border", align_corners=True) / step


def _indices(sides: Sequence[int]) -> Tensor:
    """(2, h, w) the numbers (down, right) of the neurons."""
    index = [torch.arange(side, dtype=torch.float64) for side in sides]
    return torch.stack(torch.meshgrid(*index, indexing="ij"))
