"""Runs of the deep networks: a training, and the measurement of what was trained."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from torch import Tensor, nn

from nets.deep.architectures import build, layer_names, operations
from nets.deep.checkpoint import is_unfinished, keep_every, read, read_network
from nets.deep.images import image_batch, split
from nets.deep.training import DeepState, DeepTraining, train
from nets.models.evaluation import inner_model
from nets.models.perturbations import Noise, Perturbation, PixelMoves
from nets.models.sensitivity import ModelSensitivities, measure_sensitivities
from nets.models.shuffling import shuffle_channels
from nets.models.spectra import model_spectra
from theory.plane import PlaneTask
from validate.runs.resuming import resumed
from validate.runs.run import Place, Run

WEIGHTS = "weights.pt"
TRAINING_MODULES = ("theory.plane", "nets.deep.architectures", "nets.deep.images", "nets.deep.training")
MEASURING_MODULES = tuple(
    f"nets.models.{name}"
    for name in (
        "activations", "dependence", "evaluation", "image_batches", "layout", "marked",
        "measurement", "perturbations", "sensitivity", "shuffling", "spectra", "sums", "trace", "windows",
    )
)  # fmt: skip


@dataclass(frozen=True)
class DeepTrainingRun:
    """One network; weights.pt is checkpoint and result."""

    task: PlaneTask
    training: DeepTraining
    kind: ClassVar[str] = "deep-training"
    modules: ClassVar[Sequence[str]] = TRAINING_MODULES
    told: ClassVar[Sequence[str]] = ("resumed_from_epoch",)

    @property
    def title(self) -> str:
        training = self.training
        return f"{training.architecture}, width × {training.width:g}, seed {training.seed}"

    @property
    def needs(self) -> Sequence[Run]:
        return ()

    @property
    def cost(self) -> float:
        """Operations of all epochs; a step takes three times those of an answer."""
        one = operations(self.training.architecture, self.task.width, self.training.width)
        return 3.0 * one * self.training.images * self.training.epochs

    def perform(self, place: Place) -> dict[str, Any]:
        """{"outcome", "resumed_from_epoch"}; raises OSError where the weights find no room."""
        path = place.folder / WEIGHTS
        state = resumed(place, path, lambda: read(path, self.task, self.training, place.device))
        first = state.epoch if state else None
        started = time.monotonic()

        def report(now: DeepState) -> None:
            pace = (time.monotonic() - started) / (now.epoch - (first or 0))
            text = f"epoch {now.epoch}/{self.training.epochs}, loss {now.outcome.loss:.0e}"
            text += f", validation error {now.outcome.validation_error:.3f}" if now.best else ""
            place.report({"text": text, "left": (self.training.epochs - now.epoch) * pace})

        keep = keep_every(path, self.task, self.training, place.save_every, place.say)
        _, outcome = train(self.task, self.training, place.device, report, state, keep)
        if not path.exists() or is_unfinished(path):
            raise OSError(f"the weights could not be written to {path}: make room, and ask again")
        return {"outcome": asdict(outcome), "resumed_from_epoch": first}


@dataclass(frozen=True)
class Probing:
    """What Eq. 1 is measured with.

    images     test images                               shuffles    networks with channels connected anew
    move       "lazy" or "free"                          noise       "gaussian" or "rectified"
    noise_norm "image" or "average"
    """

    images: int = 500
    shuffles: int = 3
    move: Literal["lazy", "free"] = "lazy"
    noise: Literal["gaussian", "rectified"] = "gaussian"
    noise_norm: Literal["image", "average"] = "image"

    def __post_init__(self) -> None:
        if self.images < 2 or self.shuffles < 1:
            raise ValueError(
                f"{self.images} images and {self.shuffles} shuffled networks measure nothing: use 2 and 1 or more"
            )
        if self.noise not in ("gaussian", "rectified"):
            raise ValueError(f"noise {self.noise!r} is unknown: use 'gaussian' or 'rectified'")
        _ = self.perturbations(wrap=False)

    def perturbations(self, wrap: bool) -> Mapping[str, Perturbation]:
        """Of D and of G; the noise has the norm of a move drawn anew."""
        moves = PixelMoves(self.move, wrap)
        return {"D": moves, "G": Noise(moves, self.noise_norm, rectified=self.noise == "rectified")}


@dataclass(frozen=True)
class DeepMeasurementRun:
    """Eq. 1 and the spectra of a network's filters, before and after training, and with its channels shuffled."""

    of: DeepTrainingRun
    probing: Probing
    kind: ClassVar[str] = "deep-measurement"
    modules: ClassVar[Sequence[str]] = (*TRAINING_MODULES, *MEASURING_MODULES)
    told: ClassVar[Sequence[str]] = ()

    @property
    def title(self) -> str:
        return f"{self.of.title}, measured"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Three passes of each network that is measured."""
        one = operations(self.of.training.architecture, self.of.task.width, self.of.training.width)
        return 3.0 * one * self.probing.images * (2 + self.probing.shuffles)

    def perform(self, place: Place) -> dict[str, Any]:
        """{"outcome", "before", "after", "shuffled", "why_not_shuffled"}.

        before, after   {"D", "D_error", "G", "G_error": by layer, the output last, "layers": names, "spectra":
                        {convolution: {"eigenvalues", "multiplicities", "power", "mean_power"}}}; after: None where the
                        loss diverged
        shuffled        one such for each shuffle, without spectra; none where it is said why not
        """
        folder, found = place.need(self.of)
        task, training = self.of.task, self.of.training
        place.report({"text": "measuring"})
        before = build(training.architecture, size=task.width, width=training.width, seed=training.seed).eval()
        answer = {"outcome": found["outcome"], "before": self._witness(before, place.device)}
        answer |= {"after": None, "shuffled": [], "why_not_shuffled": "its loss diverged"}
        if found["outcome"]["status"] == "trained":
            after = read_network(folder / WEIGHTS, task, training)
            answer["after"] = self._witness(after, place.device)
            try:
                shuffled = [shuffle_channels(after, self._images[:1], seed) for seed in range(self.probing.shuffles)]
                answer["shuffled"] = [self._measure(one, place.device) for one in shuffled]
                answer["why_not_shuffled"] = None
            except ValueError as why:
                answer["why_not_shuffled"] = str(why)
        return answer

    @property
    def _images(self) -> Tensor:
        return probed_images(self.of.task, self.of.training, self.probing.images)

    def _measure(self, model: nn.Module, device: str) -> dict[str, Any]:
        perturbations = self.probing.perturbations(self.of.task.wrap)
        layers = layer_names(inner_model(model))
        return _numbers(measure_sensitivities(model, self._images, perturbations, layers, device=device))

    def _witness(self, model: nn.Module, device: str) -> dict[str, Any]:
        return {**self._measure(model, device), "spectra": _spectra(model, self._images[:1])}


def probed_images(task: PlaneTask, training: DeepTraining, count: int) -> Tensor:
    """The first `count` images of the network's test set."""
    return image_batch(
        task, split(task, training.images, training.validation, training.test, training.seed).test[:count]
    )


def _numbers(found: ModelSensitivities) -> dict[str, Any]:
    answer: dict[str, Any] = {"layers": list(found.layers)}
    for p in ("D", "G"):
        answer |= {p: found.values[p].tolist(), f"{p}_error": found.errors[p].tolist()}
    return answer


def _spectra(model: nn.Module, image: Tensor) -> dict[str, dict[str, list[float]]]:
    """None at all for a network without convolutions."""
    try:
        found = model_spectra(model, image)
    except ValueError:
        return {}
    return {name: {part: np.asarray(x).tolist() for part, x in vars(one).items()} for name, one in found.items()}
