"""The passes over batches of images that Eq. 1 needs, with all outputs copied when they are given."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from nets.models.activations import RunModel
from nets.models.evaluation import AnswerRefused, as_read_by
from nets.models.layout import Layout, Trial
from nets.models.perturbations import Perturbation, Random, perturb
from nets.models.sums import LayerSums, Moments, squared_distance


class Measurement:
    """Sums over the batches that were measured, and the last batch's outputs, copied into memory of our own."""

    def __init__(self, model: nn.Module, run_model: RunModel, shown: Trial | None) -> None:
        self.model, self.run_model, self.shown = model, run_model, shown
        self.sums: dict[str, LayerSums] = {}
        self.norm: dict[str, Moments] = {}
        self.count = 0
        self._memory: dict[str, Tensor] = {}

    def add(
        self,
        images: Tensor,
        perturbations: Mapping[str, Perturbation],
        streams: Mapping[str, torch.Generator],
    ) -> None:
        """One batch and its perturbed copies."""
        clean = as_read_by(self.model, images)
        kept = self._record(clean.clone())
        for p, perturbation in perturbations.items():
            moved = self._perturbed(p, perturbation, images, streams[p])
            self.norm.setdefault(p, Moments(1)).add(squared_distance(moved, clean).cpu().numpy()[:, None])
            self._compare(p, moved, kept)
        self.count += len(images)

    def _perturbed(self, p: str, perturbation: Perturbation, images: Tensor, generator: torch.Generator) -> Tensor:
        copy = images.double() if isinstance(perturbation, Random) else images
        moved = perturb(perturbation, copy.clone(), generator)
        if not isinstance(moved, Tensor) or moved.shape != images.shape:
            seen = tuple(moved.shape) if isinstance(moved, Tensor) else type(moved).__name__
            raise ValueError(
                f"the perturbation {p} makes {seen} of {tuple(images.shape)}: return images of the same shape"
            )
        return as_read_by(self.model, moved, images.dtype)

    def _record(self, images: Tensor) -> dict[str, Tensor]:
        """Copies of all outputs, as they were given."""
        kept: dict[str, Tensor] = {}

        def keep(name: str, activation: Tensor) -> None:
            rows = self._by_image(name, activation, len(images))
            if rows is None:
                return
            memory = self._memory.get(name)
            if memory is None or memory.shape[1:] != rows.shape[1:] or len(memory) < len(rows):
                memory = self._memory[name] = torch.empty_like(rows)
            kept[name] = memory[: len(rows)].copy_(rows)
            if name not in self.sums:
                self.sums[name] = LayerSums(rows, self.shown.rounding.get(name, 0.0) if self.shown else 0.0)
            if self.sums[name].total.numel() != rows[0].numel():
                raise _varying(name)
            self.sums[name].add(kept[name])

        self.run_model(images, keep)
        self._require_same_calls(kept)
        self._require_finite(kept, None)
        return kept

    def _compare(self, perturbation: str, images: Tensor, kept: Mapping[str, Tensor]) -> None:
        """Add up how far the outputs to perturbed images are from the clean ones, each when it is given."""
        called = set()

        def move(name: str, activation: Tensor) -> None:
            rows = self._by_image(name, activation, len(images))
            if rows is None:
                return
            if name not in kept or kept[name].shape != rows.shape:
                raise _varying(name)
            called.add(name)
            self.sums[name].move(perturbation, kept[name], rows)

        self.run_model(images, move)
        self._require_same_calls(called)
        self._require_finite(kept, perturbation)

    def _by_image(self, name: str, activation: Tensor, count: int) -> Tensor | None:
        """(count, …) rows of each image; None for a module without an output for each image."""
        layout: Layout | None = Layout()
        if self.shown is not None:
            layout = self.shown.layouts.get(name)
            first_call = name.partition(" (")[0]
            if layout is None and name not in self.shown.shapes and first_call in self.shown.layouts:
                raise _varying(name)
        if layout is None:
            return None
        rows = layout.by_image(activation, count)
        if rows is None:
            raise AnswerRefused(
                f"the layer {name} returns {tuple(activation.shape)} for {count} images, which has not the same number "
                "of rows for each: name other layers, or wrap the model so that the first axis counts the images"
            )
        return rows

    def _require_same_calls(self, called: Iterable[str]) -> None:
        missing = [name for name in self.sums if name not in called]
        if missing:
            raise _varying(missing[0])

    def _require_finite(self, names: Iterable[str], perturbation: str | None) -> None:
        for name in names:
            if not self.sums[name].finite(perturbation):
                raise ValueError(f"the layer {name} returns numbers that are not finite: check its weights and images")

    def require_called(self, layers: Sequence[str]) -> None:
        """Raises ValueError for a named layer without an output, and where there are no two images."""
        missing = [name for name in layers if name not in self.sums]
        if missing:
            raise ValueError(f"the layer {missing[0]} returns no tensor when the model runs: name another")
        if self.count < 2:
            raise ValueError(f"{self.count} image has nothing to be compared with: give 2 or more")


def _varying(name: str) -> AnswerRefused:
    return AnswerRefused(
        f"the layer {name} runs, or has this shape, for some images only: what the model calls varies with the "
        "image, so measure images that take the same way through it"
    )
