"""D_k, G_k, R_k of Eq. 1 in every layer of any PyTorch model."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.activations import OUTPUT, RunModel, hooks
from nets.models.evaluation import ModelFailure, as_read_by, evaluation_mode, inner_model
from nets.models.generators import stream
from nets.models.image_batches import Images, batches, first_images
from nets.models.layers import layers_called
from nets.models.layout import LARGE, Trial, trial
from nets.models.measurement import Measurement
from nets.models.perturbations import Perturbation, prepared, warning_of
from theory.definitions.sensitivities import Sensitivities

# images at a time, and bytes of their activations, unless the user says otherwise
BATCH, MEMORY = 64, 1 << 29


@dataclass(frozen=True)
class ModelSensitivities:
    """E‖f_k(p(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖² (Eq. 1) of a model for each perturbation p.

    layers        (K,) names, the last is the output           values   {perturbation: (K,)}; NaN where f_k is the same
    errors        {perturbation: (K,)} standard errors over             for every image (the layers in `constant`)
                  images, of numerator and denominator together
    norm          {perturbation: E‖p(x) − x‖²}                 images   their number
    silent        modules with no output that was measured     warnings sentences about what numbers depend on
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
        """Layers with one output for every image, but for rounding."""
        undefined = np.isnan(next(iter(self.values.values())))
        return tuple(name for name, missing in zip(self.layers, undefined, strict=True) if missing)

    @property
    def sensitivities(self) -> Sensitivities:
        """D_k, G_k, R_k (Eq. 1) of layers by name, where perturbations "D" and "G" were measured; A_k is not known."""
        return Sensitivities(
            layer=np.array(self.layers),
            receptive_field=np.full(len(self.layers), np.nan),
            D=self.values["D"],
            G=self.values["G"],
            source=f"a model, Eq. 1, {self.images} images",
            D_error=self.errors["D"],
            G_error=self.errors["G"],
        )

    @property
    def R(self) -> np.ndarray:
        """R_k = D_k/G_k (Eq. 1), (K,)."""
        return self.sensitivities.R


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
    numbers do not depend on the batch. Model and perturbations get copies, and each output is copied when it is given.
    Sums are in float64. Each batch costs a forward pass for itself and one for each perturbation. An output whose
    images lie along another axis, or are folded into one with time or windows, is regrouped where three images show
    how.

    Raises ValueError, one sentence, for images or layers that do not fit, a model that fails or calls other layers for
    other images, outputs that are not finite or whose images are not certain, and a perturbation that changes the
    shape. Warns (`SensitivityWarning`) of what is random, depends on the batch, or folds.
    """
    _require_something_to_measure(perturbations, batch)
    model = model if device is None else model.to(device)
    few = as_read_by(model, first_images(images, LARGE))
    with evaluation_mode(model), torch.random.fork_rng(_own_random_state(few)):
        torch.manual_seed(seed)
        names, silent = (_known(model, layers), []) if layers else _layers_called(model, few, images, batch)
        with hooks(model, names) as run_model:
            shown = _trial(run_model, few) or _trial_of_batch(run_model, model, images, batch)
            _require_layouts(shown, layers or ())
            size = batch or max(1, min(BATCH, MEMORY // max(1, shown.size if shown else 1)))
            measurement = Measurement(model, run_model, shown)
            perturbations = _prepared(perturbations, images, size, seed)
            streams = {p: stream(p, seed) for p in perturbations}
            for clean in batches(images, size):
                measurement.add(clean, perturbations, streams)
    measurement.require_called(layers or ())
    silent += [name for name in names if name not in measurement.sums]
    remarks = (*_remarks(shown), *(warning_of(p, perturbation, few) for p, perturbation in perturbations.items()))
    return _result(measurement, tuple(perturbations), silent, tuple(remark for remark in remarks if remark))


def _require_something_to_measure(perturbations: Mapping[str, Perturbation], batch: int | None) -> None:
    if not perturbations:
        raise ValueError("no perturbation was given: name one or more, as {'D': …, 'G': …}")
    if batch is not None and batch < 1:
        raise ValueError(f"{batch} images at a time measure nothing: use 1 or more")


def _result(
    measurement: Measurement, perturbations: Sequence[str], silent: Sequence[str], remarks: tuple[str, ...]
) -> ModelSensitivities:
    """The quotients of Eq. 1; remarks are warned of."""
    ratios = {p: np.array([sums.ratio(p) for sums in measurement.sums.values()]) for p in perturbations}
    for remark in remarks:
        warnings.warn(remark, SensitivityWarning, stacklevel=3)
    return ModelSensitivities(
        layers=tuple(measurement.sums),
        values={p: ratio[:, 0] for p, ratio in ratios.items()},
        errors={p: ratio[:, 1] for p, ratio in ratios.items()},
        norm={p: float(measurement.norm[p].mean[0]) for p in perturbations},
        images=measurement.count,
        silent=tuple(silent),
        warnings=remarks,
    )


def _layers_called(model: nn.Module, few: Tensor, images: Images, batch: int | None) -> tuple[list[str], list[str]]:
    """Of a run on a few images, or on a whole batch where the model takes no fewer."""
    try:
        return layers_called(model, few)
    except ModelFailure:
        return layers_called(model, as_read_by(model, first_images(images, batch or BATCH)))


def _known(model: nn.Module, layers: Sequence[str]) -> list[str]:
    modules = dict(inner_model(model).named_modules())
    unknown = [name for name in layers if name not in modules or not name]
    if unknown:
        raise ValueError(f"there is no layer {unknown[0]}: use some of {', '.join(name for name in modules if name)}")
    return list(dict.fromkeys(layers))


def _own_random_state(images: Tensor) -> list[int]:
    """GPUs whose random state is restored afterwards, beside the CPU's."""
    return [images.device.index or 0] if images.device.type == "cuda" else []


def _trial(run_model: RunModel, few: Tensor, fixed: bool = False) -> Trial | None:
    """None for a model that does not take so many, as one that was exported for a certain number."""
    try:
        return trial(run_model, few, fixed)
    except ModelFailure:
        return None


def _trial_of_batch(run_model: RunModel, model: nn.Module, images: Images, batch: int | None) -> Trial | None:
    """None where a batch is one image, which all of an output belongs to."""
    if batch == 1:
        return None
    return _trial(run_model, as_read_by(model, first_images(images, batch or BATCH)), fixed=True)


def _require_layouts(shown: Trial | None, layers: Sequence[str]) -> None:
    """Raises ValueError where it is not certain which part of an output is whose."""
    if shown is None:
        return
    for name, shape in shown.shapes.items():
        if name == OUTPUT or name in layers:
            raise ValueError(
                f"the layer {name} returns {shape} for {shown.count} images, in which it is not certain whose is what: "
                "wrap the model so that the first axis counts the images"
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
        sentences.append(f"the model is random at {_named(shown.random)}: the same images have other outputs each time")
    if shown.mixing:
        sentences.append(
            f"numbers depend on the batch: an image's output depends on the others at {_named(shown.mixing)}"
        )
    return sentences


def _named(names: Iterable[str]) -> str:
    """At most five, and how many more."""
    sorted_names = sorted(names)
    more = f" and {len(sorted_names) - 5} more" if len(sorted_names) > 5 else ""
    return ", ".join(sorted_names[:5]) + more
