"""Runs that measure the deep networks."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from torch import Tensor, nn

from nets.deep.architectures import layer_names
from nets.deep.state import read_network, untrained
from nets.deep.task import Task
from nets.deep.training import DeepTraining
from nets.models.calibration import calibrate_batch_norm
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.evaluation import inner_model
from nets.models.perturbations import AddedNoise, Perturbation, PixelMoves
from nets.models.sensitivity import ModelSensitivities, measure_sensitivities
from nets.models.shuffling import shuffle_channels
from nets.models.spectra import model_spectra
from sweep.run import Run
from sweep.work import Workspace
from theory.definitions.ranges import LARGEST, require_choice, require_whole
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.networks import WEIGHTS, NetworkRun

# training images at most that statistics of batch norm are taken from
CALIBRATION = 1000


@dataclass(frozen=True)
class Probing:
    """What Eq. 1 is measured with.

    images     test images                               shuffles    networks with channels connected anew
    move       of D: "lazy", "free" or "rounded" moves of pixels, or "smooth": max-entropy diffeomorphisms of this
               displacement, in pixels, and cut-off (Section 2)
    noise      "gaussian" or "rectified"                 noise_norm  "image" or "average"
    batch_norm  statistics of a network that was not trained as it is, untrained or shuffled: "kept", as training left
               them (0 and 1 before it, so that batch norm does nothing), or "recalibrated", its own on training images
    """

    images: int = 500
    shuffles: int = 3
    move: Literal["lazy", "free", "rounded", "smooth"] = "lazy"
    noise: Literal["gaussian", "rectified"] = "gaussian"
    noise_norm: Literal["image", "average"] = "image"
    displacement: float = 1.0
    cut_off: float = 3.0
    batch_norm: Literal["kept", "recalibrated"] = "kept"

    def __post_init__(self) -> None:
        require_whole(self, images=(2, LARGEST), shuffles=(1, 1000))
        require_choice(
            self, move=("lazy", "free", "rounded", "smooth"), noise=("gaussian", "rectified"),
            batch_norm=("kept", "recalibrated"),
        )  # fmt: skip
        _ = self.perturbations(wrap=False)

    def perturbations(self, wrap: bool) -> Mapping[str, Perturbation]:
        """Of D and of G; the noise has the norm of a move drawn anew."""
        moves: Diffeomorphisms | PixelMoves
        if self.move == "smooth":
            moves = Diffeomorphisms(self.displacement, self.cut_off)
        else:
            moves = PixelMoves(self.move, wrap)
        return {"D": moves, "G": AddedNoise(moves, self.noise_norm, rectified=self.noise == "rectified")}


@dataclass(frozen=True)
class DeepMeasurementRun(NetworkRun):
    """Eq. 1 and the spectra of a network's filters, before and after training, and with its channels shuffled."""

    of: DeepTrainingRun
    probing: Probing
    kind: ClassVar[str] = "deep-measurement"

    @property
    def title(self) -> str:
        return f"{self.of.title}, measured"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Three passes of each network that is measured."""
        return 3.0 * self.of.operations * self.probing.images * (2 + self.probing.shuffles)

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"outcome", "before", "after", "shuffled", "why_not_shuffled"}.

        before, after   {"D", "D_error", "G", "G_error": by layer, the output last, "layers": names, "spectra":
                        {convolution: {"eigenvalues", "multiplicities", "power", "mean_power"}}}; after: None where the
                        loss diverged
        shuffled        one such for each shuffle, without spectra; none where it is said why not
        """
        folder, trained = workspace.need(self.of)
        task, training = self.of.task, self.of.training
        workspace.report("measuring")
        before = self._calibrated(untrained(task, training).eval())
        result = {"outcome": trained["outcome"], "before": self._measure_with_spectra(before, workspace.device)}
        result |= {"after": None, "shuffled": [], "why_not_shuffled": "its loss diverged"}
        if trained["outcome"]["status"] == "trained":
            after = read_network(folder / WEIGHTS, task, training)
            result["after"] = self._measure_with_spectra(after, workspace.device)
            try:
                result["shuffled"] = [
                    self._measure(self._calibrated(self._shuffled(after, seed)), workspace.device)
                    for seed in range(self.probing.shuffles)
                ]
                result["why_not_shuffled"] = None
            except ValueError as why:
                result["why_not_shuffled"] = str(why)
        return result

    @property
    def _images(self) -> Tensor:
        return probed_images(self.of.task, self.of.training, self.probing.images)

    def _shuffled(self, model: nn.Module, seed: int) -> nn.Module:
        """A copy, whose statistics may be taken anew."""
        return shuffle_channels(copy.deepcopy(model), self._images[:1], seed)

    def _calibrated(self, model: nn.Module) -> nn.Module:
        """The model, with the statistics that the probing names."""
        if self.probing.batch_norm == "recalibrated":
            task, training = self.of.task, self.of.training
            sets = task.draw(training.images, training.validation, training.test, training.seed)
            calibrate_batch_norm(model, sets.images(sets.split.train[:CALIBRATION]))
        return model

    def _measure(self, model: nn.Module, device: str) -> dict[str, Any]:
        perturbations = self.probing.perturbations(self.of.task.wrap)
        layers = layer_names(inner_model(model))
        return _numbers(measure_sensitivities(model, self._images, perturbations, layers, device=device))

    def _measure_with_spectra(self, model: nn.Module, device: str) -> dict[str, Any]:
        return {**self._measure(model, device), "spectra": _spectra(model, self._images[:1])}


def probed_images(task: Task, training: DeepTraining, count: int) -> Tensor:
    """The first `count` images of the network's test set, without noise."""
    sets = task.draw(training.images, training.validation, training.test, training.seed)
    return sets.images(sets.split.test[:count])


def _numbers(measured: ModelSensitivities) -> dict[str, Any]:
    numbers: dict[str, Any] = {"layers": list(measured.layers)}
    for p in ("D", "G"):
        numbers |= {p: measured.values[p].tolist(), f"{p}_error": measured.errors[p].tolist()}
    return numbers


def _spectra(model: nn.Module, image: Tensor) -> dict[str, dict[str, list[float]]]:
    """None at all for a network without convolutions."""
    try:
        spectra = model_spectra(model, image)
    except ValueError:
        return {}
    return {name: {part: np.asarray(x).tolist() for part, x in vars(own).items()} for name, own in spectra.items()}
