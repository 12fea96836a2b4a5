"""D_k, G_k, R_k of Eq. 1 in every layer of any PyTorch model."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.activations import OUTPUT, RunModel, hooks, innermost
from nets.models.evaluation import AnswerRefused, ModelFailure, as_read_by, evaluation_mode, inner_model
from nets.models.image_batches import Images, batches, first_images
from nets.models.layout import LARGE, Layout, Trial, trial
from nets.models.perturbations import Perturbation, Random, perturb, prepared, stream, warning_of
from nets.models.sums import LayerSums, squared_distance

# images at a time, and bytes of their activations, unless the user says otherwise
BATCH, MEMORY = 64, 1 << 29


@dataclass(frozen=True)
class ModelSensitivities:
    """Sensitivities of a model: E‖f_k(p(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖² (Eq. 1) for each perturbation p.

    layers        (K,) names, the last is the output           values   {perturbation: (K,)}; NaN where f_k is the same
    errors        {perturbation: (K,)} standard errors over             for every image (the layers in `constant`)
                  images, of numerator and denominator together
    norm          {perturbation: E‖p(x) − x‖²}                 images   their number
    silent        modules with no answer that was measured     warnings sentences about what numbers depend on
    """

    layers: tuple[str, ...]
    values: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]
    norm: Mapping[str, float]
    images: int = 0
    silent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def constant(self) -> tuple[str, ...]:
        """Layers that answer every image alike, but for rounding."""
        undefined = np.isnan(next(iter(self.values.values())))
        return tuple(name for name, missing in zip(self.layers, undefined, strict=True) if missing)

    @property
    def R(self) -> np.ndarray:
        """(K,) D/G, where perturbations "D" and "G" were measured."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.values["D"] / self.values["G"])


class SensitivityWarning(UserWarning):
    """What is measured depends on more than the model and the images."""


@torch.no_grad()
def measure_sensitivities(
    model: nn.Module,
    images: Images,
    perturbations: Mapping[str, Perturbation],
    layers: Sequence[str] | None = None,
    batch: int | None = None,
    device: str | None = None,
    seed: int = 0,
) -> ModelSensitivities:
    """E‖f_k(p(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖² (Eq. 1) of the model, in evaluation mode, on (n, C, …) images
    and one perturbed copy of each for each perturbation p.

    images          a tensor, an array that may be mapped from a file, or a loader that yields batches
    perturbations   those of `nets.models.perturbations` and `motions`, or functions of yours from images to images;
                    names with the same first word share their random numbers ("D 0.1", "D 0.2": a curve)
    layers          names of modules; default the innermost that are called, in that order. The output comes last. The
                    second call of a module is a layer of its own, "relu (2)"
    batch           images at a time; default 64, or fewer where their activations take more than 512 MiB
    device          where the model is moved to; default where it is

    Images are read in the model's precision; perturbations are made in float64 and rounded once, and an image's random
    numbers do not depend on the batch. Model and perturbations get copies, and each answer is copied when it is given.
    Sums are in float64. Each batch costs a forward pass for itself and one for each perturbation. An answer whose
    images lie along another axis, or are folded into one with time or windows, is regrouped where three images show
    how.

    Raises ValueError, one sentence, for images or layers that do not fit, a model that fails or calls other layers for
    other images, answers that are not finite or whose images are not certain, and a perturbation that changes the
    shape. Warns (`SensitivityWarning`) of what is random, depends on the batch, or folds.
    """
    if not perturbations:
        raise ValueError("no perturbation was given: name one or more, as {'D': …, 'G': …}")
    if batch is not None and batch < 1:
        raise ValueError(f"{batch} images at a time measure nothing: use 1 or more")
    if device is not None:
        model = model.to(device)
    few = as_read_by(model, first_images(images, LARGE))
    with evaluation_mode(model), torch.random.fork_rng(_own_random_state(few)):
        torch.manual_seed(seed)
        names, silent = (_known(model, layers), []) if layers else _innermost(model, few, images, batch)
        with hooks(model, names) as run_model:
            shown = _trial(run_model, few)
            _require_layouts(shown, layers or ())
            size = batch or max(1, min(BATCH, MEMORY // max(1, shown.size if shown else 1)))
            measurement = _Measurement(model, run_model, shown)
            perturbations = _prepared(perturbations, images, size, seed)
            streams = {p: stream(p, seed) for p in perturbations}
            for clean in batches(images, size):
                measurement.add(clean, perturbations, streams)
    measurement.require_called(layers or ())
    silent += [name for name in names if name not in measurement.sums]
    remarks = (*_remarks(shown), *(warning_of(p, perturbation, few) for p, perturbation in perturbations.items()))
    return measurement.result(tuple(perturbations), silent, tuple(remark for remark in remarks if remark))


class _Measurement:
    """Sums over the batches that were measured, and the last batch's answers, copied into memory of our own."""

    def __init__(self, model: nn.Module, run_model: RunModel, shown: Trial | None) -> None:
        self.model, self.run_model, self.shown = model, run_model, shown
        self.sums: dict[str, LayerSums] = {}
        self.norm: dict[str, list[Tensor]] = {}
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
            self.norm.setdefault(p, []).append(squared_distance(moved, clean).cpu())
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
        """Copies of all answers, as they were given."""
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
        """Add up how far the answers to perturbed images are from the clean ones, each when it is given."""
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
        """(count, …) rows of each image; None for a module without an answer for each image."""
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
                f"the layer {name} answers {tuple(activation.shape)} for {count} images, which has not the same number "
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
                raise ValueError(
                    f"the layer {name} answers numbers that are not finite: look at its weights and images"
                )

    def require_called(self, layers: Sequence[str]) -> None:
        """Raises ValueError for a named layer without an answer, and where there are no two images."""
        missing = [name for name in layers if name not in self.sums]
        if missing:
            raise ValueError(f"the layer {missing[0]} answers no tensor when the model runs: name another")
        if self.count < 2:
            raise ValueError(f"{self.count} image has nothing to be compared with: give 2 or more")

    def result(
        self, perturbations: Sequence[str], silent: Sequence[str], remarks: tuple[str, ...]
    ) -> ModelSensitivities:
        """The quotients of Eq. 1; remarks are warned of."""
        ratios = {p: np.array([sums.ratio(p) for sums in self.sums.values()]) for p in perturbations}
        for remark in remarks:
            warnings.warn(remark, SensitivityWarning, stacklevel=3)
        return ModelSensitivities(
            layers=tuple(self.sums),
            values={p: ratio[:, 0] for p, ratio in ratios.items()},
            errors={p: ratio[:, 1] for p, ratio in ratios.items()},
            norm={p: float(torch.cat(self.norm[p]).mean()) for p in perturbations},
            images=self.count,
            silent=tuple(silent),
            warnings=remarks,
        )


def _innermost(model: nn.Module, few: Tensor, images: Images, batch: int | None) -> tuple[list[str], list[str]]:
    """Of a run on a few images, or on a whole batch where the model takes no fewer."""
    try:
        return innermost(model, few)
    except ModelFailure:
        return innermost(model, as_read_by(model, first_images(images, batch or BATCH)))


def _known(model: nn.Module, layers: Sequence[str]) -> list[str]:
    modules = dict(inner_model(model).named_modules())
    unknown = [name for name in layers if name not in modules or not name]
    if unknown:
        raise ValueError(f"there is no layer {unknown[0]}: use some of {', '.join(name for name in modules if name)}")
    return list(dict.fromkeys(layers))


def _own_random_state(images: Tensor) -> list[int]:
    """GPUs whose random state is restored afterwards, beside the CPU's."""
    return [images.device.index or 0] if images.device.type == "cuda" else []


def _trial(run_model: RunModel, few: Tensor) -> Trial | None:
    """None for a model that takes no batch of two or three, as one that was exported for a certain size."""
    try:
        return trial(run_model, few)
    except ModelFailure:
        return None


def _require_layouts(shown: Trial | None, layers: Sequence[str]) -> None:
    """Raises ValueError where it is not certain which part of an answer is whose."""
    if shown is None:
        return
    for name, shape in shown.shapes.items():
        if name == OUTPUT or name in layers:
            raise ValueError(
                f"the layer {name} answers {shape} for {LARGE} images, in which each image's part is not certain: wrap "
                "the model so that the first axis counts the images"
            )


def _prepared(
    perturbations: Mapping[str, Perturbation], images: Images, size: int, seed: int
) -> dict[str, Perturbation]:
    return {
        p: prepared(perturbation, lambda: (batch.double() for batch in batches(images, size)), stream(p, seed))
        for p, perturbation in perturbations.items()
    }


def _remarks(shown: Trial | None) -> list[str]:
    """What three images showed of the model."""
    if shown is None:
        return []
    sentences = []
    if shown.random:
        sentences.append(f"the model is random at {_named(shown.random)}: the same images have other answers each time")
    if shown.mixing:
        sentences.append(
            f"numbers depend on the batch: an image's answer depends on the others at {_named(shown.mixing)}"
        )
    return sentences


def _named(names: Iterable[str]) -> str:
    """At most five, and how many more."""
    sorted_names = sorted(names)
    more = f" and {len(sorted_names) - 5} more" if len(sorted_names) > 5 else ""
    return ", ".join(sorted_names[:5]) + more


def _varying(name: str) -> AnswerRefused:
    return AnswerRefused(
        f"the layer {name} runs, or has this shape, for some images only: what the model calls varies with the "
        "image, so measure images that take the same way through it"
    )
