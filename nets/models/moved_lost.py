"""D_k of any model in two parts: what moves with the image, and what is lost.

    lost = E‖f_k(τx) − τ_k f_k(x)‖²,        moved = E‖τ_k f_k(x) − f_k(x)‖²,

both over E‖f_k(x₁) − f_k(x₂)‖², the denominator of D_k, τ_k the displacement field of the image brought to the grid of
layer k (`nets.models.transport`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.activations import RunModel, hooks
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.evaluation import as_read_by, evaluation_mode, inner_model
from nets.models.generators import image_generators, stream
from nets.models.grids import Grid, grids
from nets.models.image_batches import Images, batches, first_images
from nets.models.layers import layers_called
from nets.models.motions import Motion
from nets.models.perturbations import perturb
from nets.models.sums import LayerSums
from nets.models.transport import INTERPOLATION, interpolation_error, transport
from theory.definitions.moved_lost import MovedLost

# images at a time, and bytes of their activations
BATCH, MEMORY = 64, 1 << 29
PARTS = ("D", "moved", "lost")


@dataclass(frozen=True)
class ModelSplit:
    """D_k in two parts, in the layers that stand on a grid of the image's pixels.

    parts                 NaN where f_k is the same for every image       errors        {part: (K,)} standard errors
    grids                 (K,) of the layers                              without_grid  layers that stand on none
    interpolation         its name
    interpolation_error   (K,) ‖τ_k g − g displaced exactly‖² over ‖g displaced − g‖² of band-limited images g on the
                          layer's grid: `lost` holds about so many times `moved` that is the interpolation's
    """

    parts: MovedLost
    errors: Mapping[str, np.ndarray]
    grids: tuple[Grid, ...]
    without_grid: tuple[str, ...]
    interpolation_error: np.ndarray
    interpolation: str = INTERPOLATION


@torch.no_grad()
def measure_split(
    model: nn.Module,
    images: Images,
    deformation: Diffeomorphisms | Motion,
    layers: Sequence[str] | None = None,
    batch: int | None = None,
    seed: int = 0,
) -> ModelSplit:
    """D, moved and lost of the model, in evaluation mode, where it is, on (n, C, H, W) images, each displaced once: as
    `measure_sensitivities` displaces them for a perturbation "D" and the same seed.

    layers   names of modules; default the innermost that are called
    batch    images at a time; default 64, or fewer where the activations of the layers take more than 512 MiB

    Raises ValueError, one sentence, for images that are no (n, C, H, W), or fewer than two, and for a model of which no
    layer stands on a grid.
    """
    few = as_read_by(model, first_images(images, 2))
    if few.dim() != 4:
        raise ValueError(f"images of {tuple(few.shape[1:])} have no displacement field: give (n, C, H, W)")
    with evaluation_mode(model):
        names = list(layers) if layers else layers_called(model, few)[0]
        unknown = [name for name in names if name not in dict(inner_model(model).named_modules())]
        if unknown:
            raise ValueError(f"there is no layer {unknown[0]}: name modules of the model")
        standing = grids(model, names, few)
        with hooks(model, names) as run_model:
            split = _Split(run_model, standing)
            size = batch or max(1, min(BATCH, MEMORY // max(1, split.bytes_of(few.clone()) // len(few))))
            generator = stream("D", seed)
            for clean in batches(images, size):
                seeds = [own.initial_seed() for own in image_generators(generator, len(clean))]
                field = displacement_field(deformation, clean.shape, seeds)
                moved = perturb(deformation, clean.double(), _generators(seeds))
                split.add(as_read_by(model, clean), as_read_by(model, moved, clean.dtype), field)
    return split.result(names)


class _Split:
    """Sums over the batches so far, of layers that stand on a grid."""

    def __init__(self, run_model: RunModel, standing: Mapping[str, Grid]) -> None:
        self.run_model, self.standing = run_model, standing
        self.sums: dict[str, LayerSums] = {}
        self.shapes: dict[str, tuple[int, int]] = {}
        self.field = torch.zeros(0)
        self.count = 0

    def bytes_of(self, images: Tensor) -> int:
        """Of the outputs to the images."""
        return sum(f.nbytes for f in self._outputs(images).values())

    def add(self, clean: Tensor, moved: Tensor, field: Tensor) -> None:
        """One batch, its displaced copies and their (n, 2, H, W) displacements."""
        kept = self._outputs(clean)

        def compare(name: str, after: Tensor) -> None:
            before = kept.get(name)
            if before is None or before.shape != after.shape:
                return
            transported = transport(before, field, self.standing[name])
            sums = self.sums[name]
            sums.move("D", before, after)
            sums.move("moved", before, transported)
            sums.move("lost", transported, after)

        for name, f in kept.items():
            self.sums.setdefault(name, LayerSums(f, 0.0)).add(f)
            self.shapes[name] = (f.shape[2], f.shape[3])
        self.run_model(moved, compare)
        self.field = field[:1] if not self.count else self.field
        self.count += len(clean)

    def result(self, names: Sequence[str]) -> ModelSplit:
        """The quotients."""
        if self.count < 2:
            raise ValueError(f"{self.count} image has nothing to be compared with: give 2 or more")
        if not self.sums:
            raise ValueError("no layer stands on a grid of the image's pixels: name convolutional layers of the model")
        layers = tuple(self.sums)
        ratios = {part: np.array([self.sums[name].ratio(part) for name in layers]) for part in PARTS}
        d, moved, lost = (ratios[part][:, 0] for part in PARTS)
        unknown, source = np.full(len(layers), np.nan), f"a model, {self.count} images"
        return ModelSplit(
            parts=MovedLost(np.array(layers), unknown, d, moved, lost, source),
            errors={part: ratio[:, 1] for part, ratio in ratios.items()},
            grids=tuple(self.standing[name] for name in layers),
            without_grid=tuple(name for name in names if name not in self.sums),
            interpolation_error=np.array(
                [interpolation_error(self.shapes[name], self.field, self.standing[name]) for name in layers]
            ),
        )

    def _outputs(self, images: Tensor) -> dict[str, Tensor]:
        """Copies of the outputs that stand on a grid, (n, C, h, w)."""
        kept: dict[str, Tensor] = {}

        def keep(name: str, f: Tensor) -> None:
            if name in self.standing and f.dim() == 4 and len(f) == len(images):
                kept[name] = f.clone()

        self.run_model(images.clone(), keep)
        return kept


def displacement_field(deformation: Diffeomorphisms | Motion, shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """(n, 2, H, W) t, down and right in pixels, float64: the displaced image shows at r what lies at r + t(r).

    It is what the deformation makes of an image of coordinates, which linear interpolation displaces exactly, up to
    the nearest place of the border where that is outside.
    """
    height, width = shape[2:]
    y, x = (torch.arange(side, dtype=torch.float64) for side in (height, width))
    coordinates = torch.stack(torch.meshgrid(y, x, indexing="ij")).expand(len(seeds), 2, height, width)
    return perturb(deformation, coordinates.clone(), _generators(seeds)) - coordinates


def _generators(seeds: Sequence[int]) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]
