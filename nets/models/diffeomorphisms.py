"""Max-entropy diffeomorphisms of images (Petrini et al. 2021)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from nets.models.generators import Generators, image_generators, normal
from theory.definitions.ranges import require_choice, require_real

Interpolation = Literal["linear", "nearest", "gaussian"]
Convention = Literal["text", "published"]
# standard deviation in pixels of the Gaussian interpolation, the published code's, and how many pixels it reaches:
# e^(−2.5²/2σ²) < 10⁻⁶
SIGMA, REACH = 0.4715, 2
# of a displacement along an axis: more than any image has pixels to show
MOST_MODES = 1024


@dataclass(frozen=True)
class Diffeomorphisms:
    """Max-entropy diffeomorphisms (Petrini et al. 2021) of (n, C, H, W) images:
    τ_x(u, v) = Σ C_ij sin(iπu) sin(jπv), u, v ∈ [0, 1], i, j ≥ 1, C_ij ~ N(0, T/(i² + j²)), and the same for τ_y; the
    border stays where it is.

    displacement   δ in pixels               cut_off   c
    interpolation  "linear", "nearest", or "gaussian" with σ = 0.4715 pixels
    convention     which modes, and what δ says of T:
                   "text": i² + j² ≤ c², and δ is the root mean square of a pixel's displacement over pixels and fields,
                   exactly on the grid
                   "published": i² + j² < (c + ½)² and T = 4δ²/(π H·W ln c), the leading term for large c, as the
                   published code has it for H = W; at c = 3 six modes, not four, and an RMS of 0.82 δ at H = W = 32

    Raises ValueError, one sentence, for what cannot be.
    """

    displacement: float = 1.0
    cut_off: float = 3
    interpolation: Interpolation = "linear"
    convention: Convention = "text"

    def __post_init__(self) -> None:
        require_choice(self, interpolation=("linear", "nearest", "gaussian"), convention=("text", "published"))
        require_real(self, displacement=(0, 1e6), cut_off=(0, MOST_MODES))
        if self.convention == "published" and not self.cut_off > 1:
            raise ValueError(
                f"the cut-off c = {self.cut_off:g} gives no temperature T = 4δ²/(π n² ln c), which needs c > 1: "
                "use 2 or more"
            )
        if self.convention == "text" and not self.cut_off**2 >= 2:
            raise ValueError(
                f"the cut-off c = {self.cut_off:g} leaves no mode, since i² + j² is 2 or more: use 1.5, which leaves "
                "one, or more"
            )

    @classmethod
    def at_temperature(
        cls,
        temperature: float,
        size: tuple[int, int],
        cut_off: float = 3,
        interpolation: Interpolation = "linear",
        convention: Convention = "text",
    ) -> "Diffeomorphisms":
        """Those with this T, for images of `size` (H, W); τ is in units of the image, √(H·W) pixels."""
        if not 0 <= temperature < math.inf:
            raise ValueError(f"the temperature is {temperature:g} and must be a number of 0 or more: use 1e-3")
        unit = cls(1.0, cut_off, interpolation, convention)
        return cls(math.sqrt(temperature / unit.temperature(size)), cut_off, interpolation, convention)

    def temperature(self, size: tuple[int, int]) -> float:
        """T of images of `size` (H, W)."""
        height, width = size
        if self.convention == "published":
            return 4 * self.displacement**2 / (math.pi * height * width * math.log(self.cut_off))
        return self.displacement**2 / self._square_at_unit_temperature(size)

    def rms(self, size: tuple[int, int]) -> float:
        """√E τ², the expected root mean square of a pixel's displacement in pixels, over pixels and fields."""
        return math.sqrt(self.temperature(size) * self._square_at_unit_temperature(size))

    def fields(self, count: int, size: tuple[int, int], generator: Generators) -> Tensor:
        """(count, 2, H, W) displacements in pixels, down and right, float64."""
        height, width = size
        down, right = self._orders(size)
        drawn = normal((2, *self._modes.shape), image_generators(generator, count))
        amplitude = math.sqrt(self.temperature(size) * height * width)
        return torch.einsum("ncij,iy,jx->ncyx", amplitude * self._modes * drawn, down, right)

    def folded(self, count: int, size: tuple[int, int], generator: torch.Generator) -> float:
        """Share of so many fields that fold the image: det(1 + ∂τ) ≤ 0 somewhere, between neighbouring pixels."""
        lowest = []
        for field in self._one_by_one(count, size, generator):
            down, right = field[0]
            (down_y, down_x), (right_y, right_x) = (_slopes(part) for part in (down, right))
            lowest.append(float(((1 + down_y) * (1 + right_x) - down_x * right_y).min()))
        return sum(determinant <= 0 for determinant in lowest) / count

    def measured(self, count: int, size: tuple[int, int], generator: torch.Generator) -> tuple[float, float]:
        """(RMS displacement in pixels of so many fields, its standard error)."""
        square = torch.stack([field.square().sum(1).mean() for field in self._one_by_one(count, size, generator)])
        rms = math.sqrt(float(square.mean()))
        return rms, float(square.std()) / math.sqrt(count) / (2 * rms) if rms else 0.0

    def _one_by_one(self, count: int, size: tuple[int, int], generator: torch.Generator) -> Iterator[Tensor]:
        """So many fields, (1, 2, H, W), since all of them may take more memory than images do."""
        return (self.fields(1, size, [own]) for own in image_generators(generator, count))

    def draw(self, images: Tensor, generator: Generators) -> Tensor:
        """(n, C, H, W) images, deformed: the pixel (y, x) shows what lies at (y, x) + τ, or at the nearest place of the
        border where that is outside.
        """
        if images.dim() != 4 or min(images.shape[2:]) < 3:
            raise ValueError(
                f"images of shape {tuple(images.shape)} cannot be deformed: give (n, C, H, W) with 3 pixels a side "
                "or more"
            )
        size = (images.shape[2], images.shape[3])
        field = self.fields(len(images), size, generator).to(images.device)
        y, x = (torch.arange(side, dtype=torch.float64, device=images.device) for side in size)
        at = torch.stack([field[:, 0] + y[:, None], field[:, 1] + x[None, :]], dim=1)
        if self.interpolation == "gaussian":
            return _gaussian(images, at)
        mode = {"linear": "bilinear", "nearest": "nearest"}[self.interpolation]
        # grid_sample wants (x, y) from −1 to 1
        grid = torch.stack([2 * at[:, 1] / (size[1] - 1) - 1, 2 * at[:, 0] / (size[0] - 1) - 1], dim=-1).to(images)
        return F.grid_sample(images, grid, mode=mode, padding_mode="border", align_corners=True)

    @cached_property
    def _modes(self) -> Tensor:
        """(m, m) 1/√(i² + j²) of the modes that the convention takes, else 0."""
        largest = (self.cut_off + (0.5 if self.convention == "published" else 0)) ** 2
        order = torch.arange(1, max(1, math.isqrt(math.floor(largest - 1))) + 1, dtype=torch.float64)
        square = order[:, None] ** 2 + order**2
        taken = square < largest if self.convention == "published" else square <= largest
        return torch.where(taken, square**-0.5, 0.0)

    def _square_at_unit_temperature(self, size: tuple[int, int]) -> float:
        """E τ² in pixels² at T = 1: 2 H·W Σ ⟨sin²(iπu)⟩⟨sin²(jπv)⟩/(i² + j²)."""
        height, width = size
        return 2 * height * width * float((self._modes**2 * torch.outer(*map(_mean_square, self._orders(size)))).sum())

    def _orders(self, size: tuple[int, int]) -> list[Tensor]:
        """[(m, H), (m, W)] sin(iπu) of each axis."""
        order = torch.arange(1, len(self._modes) + 1, dtype=torch.float64)
        return [torch.sin(math.pi * order[:, None] * torch.linspace(0, 1, side, dtype=torch.float64)) for side in size]


def _slopes(field: Tensor) -> tuple[Tensor, Tensor]:
    """Differences of an (H, W) field between neighbours, (H − 1, W − 1) down and right."""
    corner = field[:-1, :-1]
    return field[1:, :-1] - corner, field[:-1, 1:] - corner


def _mean_square(waves: Tensor) -> Tensor:
    return waves.square().mean(1)


def _gaussian(images: Tensor, at: Tensor) -> Tensor:
    """Images at the (n, 2, H, W) places, from the pixels around with weights ∝ exp(−distance²/2σ²), of sum 1."""
    height, width = images.shape[2:]
    at = torch.stack([at[:, 0].clamp(0, height - 1), at[:, 1].clamp(0, width - 1)], dim=1)
    near = at.round().long()
    total, weights = torch.zeros_like(images, dtype=torch.float64), torch.zeros_like(at[:, :1])
    flat = images.flatten(2).double()
    for dy in range(-REACH, REACH + 1):
        for dx in range(-REACH, REACH + 1):
            y, x = near[:, 0] + dy, near[:, 1] + dx
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            weight = torch.exp(-((y - at[:, 0]) ** 2 + (x - at[:, 1]) ** 2) / (2 * SIGMA**2)) * inside
            place = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).flatten(1)[:, None]
            shown = flat.gather(2, place.expand(-1, images.shape[1], -1)).view(images.shape)
            total += weight[:, None] * shown
            weights += weight[:, None]
    return (total / weights).to(images)
