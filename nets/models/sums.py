"""The sums over images of Eq. 1, for one layer."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

# numbers that are turned to float64 at a time on a CPU: 2 MiB, so that they stay in its cache
CACHE = 1 << 18
# the outputs' change under noise of four units in the last place, over their difference between images: beyond, these
# differences are rounding too. It is 0.3 to 1 where they are nothing else, and 0.002 G_k in bfloat16
ROUNDING_SHARE = 0.1


class LayerSums:
    """E‖f(p(x)) − f(x)‖² for each perturbation p, and E‖f(x₁) − f(x₂)‖².

    Sums are of differences from the first batch's mean, to lose no digits. `rounding` is E‖f(x + ε) − f(x)‖² for ε of
    the size of rounding.
    """

    def __init__(self, first: Tensor, rounding: float) -> None:
        rows = first.flatten(1)
        self.origin = (rows if _subtracts_well(rows) else rows.double()).mean(0, keepdim=True)
        self.resolution = torch.finfo(first.dtype).eps if first.is_floating_point() else 0.0
        self.rounding = rounding
        self.total = torch.zeros(self.origin.numel(), dtype=torch.float64, device=first.device)
        self.squares: list[Tensor] = []
        self.moved: dict[str, list[Tensor]] = {}

    def add(self, f: Tensor) -> None:
        """(b, …) outputs to images."""
        squares = []
        for apart in _differences(f, self.origin):
            self.total += apart.sum(0)
            squares.append(apart.square_().sum(1))
        self.squares.append(torch.cat(squares).cpu())

    def move(self, name: str, f: Tensor, perturbed: Tensor) -> None:
        """Outputs to images, and to the same perturbed."""
        self.moved.setdefault(name, []).append(squared_distance(perturbed, f).cpu())

    def finite(self, name: str | None) -> bool:
        """Whether the last batch was, of the images themselves or of a perturbation."""
        last = (self.squares if name is None else self.moved[name])[-1]
        return bool(last.isfinite().all())

    def ratio(self, name: str) -> tuple[float, float]:
        """(E‖f(p(x)) − f(x)‖² / E‖f(x₁) − f(x₂)‖² over pairs of distinct images, its standard error).

        NaN where images differ by less than one unit in the last place of the outputs' norm, or by no more than
        rounding of the images does.
        """
        squares, moved = torch.cat(self.squares).numpy(), torch.cat(self.moved[name]).numpy()
        n = len(squares)
        mean = float(self.total.square().sum()) / n**2
        below = 2 * (squares.mean() - mean) * n / (n - 1)
        norm = max(float(squares.mean()), float(self.origin.double().square().sum()))
        least = max(self.resolution**2 * norm, self.rounding / ROUNDING_SHARE)
        if not below > max(least, 1e-28 * norm):  # sums in float64 know no less
            return math.nan, math.nan
        value = moved.mean() / below
        # of the ratio of two means; ‖f(x) − ⟨f⟩‖², an image's part in the denominator, from the first batch's mean
        rest = moved - value * 2 * (squares - squares.mean() + below / 2)
        return float(value), float(rest.std(ddof=1) / math.sqrt(n) / below)


def squared_distance(f: Tensor, other: Tensor) -> Tensor:
    """(b,) ‖f − other‖² in float64; a cdist by products of matrices would lose small distances."""
    return torch.cat([apart.square_().sum(1) for apart in _differences(f, other)])


def _differences(f: Tensor, other: Tensor) -> Iterator[Tensor]:
    """(b, N) float64 differences of (B, …) from `other`, (B, …) or (1, N), a few images at a time."""
    rows = max(1, CACHE // max(1, f[0].numel())) if f.device.type == "cpu" else len(f)
    for start in range(0, len(f), rows):
        part = f[start : start + rows].flatten(1)
        subtrahend = other if len(other) == 1 else other[start : start + rows]
        if not _subtracts_well(part):
            part = part.double()
        yield (part - subtrahend.flatten(1)).double()


def _subtracts_well(f: Tensor) -> bool:
    """Whether a difference neither overflows nor is rounded coarsely."""
    return f.dtype in (torch.float32, torch.float64)
