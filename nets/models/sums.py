"""The sums over images of Eq. 1, for one layer."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

# numbers that are turned to float64 at a time on a CPU: 2 MiB, so that they stay in its cache
CACHE = 1 << 18
# rows of which moments are taken at a time
BLOCK = 1 << 10
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
        self.moments: dict[str, Moments] = {}
        self.squares = Moments(1)

    def add(self, f: Tensor) -> None:
        """(b, …) outputs to images."""
        squares = []
        for apart in _differences(f, self.origin):
            self.total += apart.sum(0)
            squares.append(apart.square_().sum(1))
        self.squares.add(torch.cat(squares).cpu().numpy()[:, None])

    def move(self, name: str, f: Tensor, perturbed: Tensor) -> None:
        """Outputs to the images that were added last, and to the same perturbed."""
        moved = squared_distance(perturbed, f).cpu().numpy()
        self.moments.setdefault(name, Moments(2)).add(np.column_stack([moved, self.squares.last[:, 0]]))

    def finite(self, name: str | None) -> bool:
        """Whether the last batch was, of the images themselves or of a perturbation."""
        moments = self.squares if name is None else self.moments[name]
        return bool(np.isfinite(moments.last).all())

    def ratio(self, name: str) -> tuple[float, float]:
        """(E‖f(p(x)) − f(x)‖² / E‖f(x₁) − f(x₂)‖² over pairs of distinct images, its standard error).

        NaN where images differ by less than one unit in the last place of the outputs' norm, or by no more than
        rounding of the images does.
        """
        n, square = self.squares.count, float(self.squares.mean[0])
        mean = float(self.total.square().sum()) / n**2
        below = 2 * (square - mean) * n / (n - 1)
        norm = max(square, float(self.origin.double().square().sum()))
        least = max(self.resolution**2 * norm, self.rounding / ROUNDING_SHARE)
        if not below > max(least, 1e-28 * norm):  # sums in float64 know no less
            return math.nan, math.nan
        moments = self.moments[name]
        value = float(moments.mean[0]) / below
        # of the ratio of two means; ‖f(x) − ⟨f⟩‖², an image's part in the denominator, from the first batch's mean
        parts = np.array([1, -2 * value])
        variance = max(0.0, float(parts @ moments.scatter @ parts)) / (n - 1)
        return value, math.sqrt(variance / n) / below


class Moments:
    """Number, means and centred products Σ(x − ⟨x⟩)(x − ⟨x⟩)' of rows of numbers, block by block (Chan et al. 1983):
    memory does not grow with their number. `last` holds the last rows.
    """

    def __init__(self, columns: int) -> None:
        self.last = np.zeros((0, columns))
        self._count, self._mean, self._scatter = 0, np.zeros(columns), np.zeros((columns, columns))
        self._block: list[np.ndarray] = []

    def add(self, rows: np.ndarray) -> None:
        """(b, columns) float64."""
        self.last = rows
        self._block.append(rows)
        if sum(map(len, self._block)) >= BLOCK:
            self._merge()

    @property
    def count(self) -> int:
        """Number of rows."""
        self._merge()
        return self._count

    @property
    def mean(self) -> np.ndarray:
        """(columns,)."""
        self._merge()
        return self._mean

    @property
    def scatter(self) -> np.ndarray:
        """(columns, columns) centred products."""
        self._merge()
        return self._scatter

    def _merge(self) -> None:
        if not self._block:
            return
        rows = np.concatenate(self._block)
        self._block.clear()
        mean = rows.mean(0)
        apart, step = rows - mean, mean - self._mean
        total = self._count + len(rows)
        self._scatter += apart.T @ apart + np.outer(step, step) * (self._count * len(rows) / total)
        self._mean += step * (len(rows) / total)
        self._count = total


def squared_distance(f: Tensor, other: Tensor) -> Tensor:
    """(b,) ‖f − other‖² in float64; a cdist by products of matrices would lose small distances."""
    return torch.cat([apart.square_().sum(1) for apart in _differences(f, other)])


def _differences(f: Tensor, other: Tensor) -> Iterator[Tensor]:
    """(b, N) float64 differences of (B, …) from `other`, (B, …) or (1, N), a few images at a time, in one memory."""
    rows = max(1, CACHE // max(1, f[0].numel())) if f.device.type == "cpu" else len(f)
    memory = torch.empty(min(rows, len(f)), f[0].numel(), dtype=torch.float64, device=f.device)
    for start in range(0, len(f), rows):
        part = f[start : start + rows].flatten(1)
        subtrahend = other if len(other) == 1 else other[start : start + rows]
        if not _subtracts_well(part):
            part = part.double()
        # a difference in the numbers' own precision, written as float64
        yield torch.sub(part, subtrahend.flatten(1), out=memory[: len(part)])


def _subtracts_well(f: Tensor) -> bool:
    """Whether a difference neither overflows nor is rounded coarsely."""
    return f.dtype in (torch.float32, torch.float64)
