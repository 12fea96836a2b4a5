"""Runs of the simple CNNs: a training, and the measurement of what was trained."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from nets import filters
from nets.checkpoint import is_unfinished, keep_every, read, settings_of
from nets.fate import Fate
from nets.simple import SimpleCNNs, initialize, mean_channel
from nets.simple_sensitivity import Measured, measure
from nets.training import Look, Training, train, trained
from theory.architecture import Architecture
from theory.perturbation import Conventions
from theory.task import ScaleDetection
from validate.runs.resuming import resumed
from validate.runs.run import Place, Run

WEIGHTS = "weights.pt"
TRAINING_MODULES = (
    "theory.task", "theory.architecture", "nets.simple", "nets.patches", "nets.descent", "nets.lipschitz", "nets.idle",
    "nets.images", "nets.training",
)  # fmt: skip


@dataclass(frozen=True)
class TrainingRun:
    """The seeds of `training`, trained together; weights.pt is checkpoint and result."""

    task: ScaleDetection
    architecture: Architecture
    training: Training
    kind: ClassVar[str] = "training"
    modules: ClassVar[Sequence[str]] = TRAINING_MODULES
    told: ClassVar[Sequence[str]] = ("steps_per_second", "resumed_from_epoch")

    @property
    def title(self) -> str:
        task, architecture, training = self.task, self.architecture, self.training
        plane = f", d = {task.dim}" if task.dim > 1 else ""
        return (
            f"task {task.kind}{plane}, F = {architecture.filter_size}, s = {architecture.stride}, "
            f"width {training.channels}, seeds {training.seeds[0]}–{training.seeds[-1]}"
        )

    @property
    def needs(self) -> Sequence[Run]:
        return ()

    @property
    def cost(self) -> float:
        """Products of weights and activations, all epochs; a stop rule counts as ten thousand of them."""
        training, architecture = self.training, self.architecture
        widths = architecture.widths(self.task.width)[1:]
        positions = sum(width**self.task.dim for width in widths)
        images = training.images * len(training.seeds) * (training.epochs or 10_000)
        return float(images * positions * architecture.filter_size**self.task.dim * training.channels**2)

    def perform(self, place: Place) -> dict[str, Any]:
        """{"fates", "steps_per_second", "resumed_from_epoch"}; raises OSError where the weights find no room."""
        path = place.folder / WEIGHTS
        settings = settings_of(self.task, self.architecture, self.training)
        state = resumed(place, path, lambda: read(path, settings, place.device))
        first = state.epoch if state else None
        pace = Pace(place.report)
        keep = keep_every(path, settings, place.save_every, place.say)
        fates = train(self.task, self.architecture, self.training, place.device, pace, state, keep)[2]
        if not path.exists() or is_unfinished(path):
            raise OSError(f"the weights could not be written to {path}: make room, and ask again")
        rate = pace.steps_per_second
        return {"fates": [asdict(f) for f in fates], "steps_per_second": rate, "resumed_from_epoch": first}


@dataclass(frozen=True)
class MeasurementRun:
    """Eq. 1 and the filters of the networks of a training, before and after; `mean_channels`: of both mean channels
    too.
    """

    of: TrainingRun
    conventions: Conventions
    mean_channels: bool = True
    kind: ClassVar[str] = "measurement"
    modules: ClassVar[Sequence[str]] = (
        *TRAINING_MODULES,
        "theory.perturbation",
        "nets.simple_sensitivity",
        "nets.filters",
    )
    told: ClassVar[Sequence[str]] = ()

    @property
    def title(self) -> str:
        return f"{self.of.title}, measured"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Of the same unit as the training's; an epoch more or less."""
        return TrainingRun(self.of.task, self.of.architecture, replace(self.of.training, epochs=1)).cost

    def perform(self, place: Place) -> dict[str, Any]:
        """{"fates", "before", "after", "mean_filter", "mean_output"}: numbers by seed and layer."""
        folder, found = place.need(self.of)
        one = self.of
        state = read(folder / WEIGHTS, settings_of(one.task, one.architecture, one.training))
        after = trained(state)
        before = initialize(one.architecture, one.training.channels, list(one.training.seeds), one.task.dim)
        answer = {"fates": found["fates"]}
        place.report({"text": "measuring"})
        answer |= {"before": self._witness(before, place.device), "after": self._witness(after, place.device)}
        if self.mean_channels:
            answer["mean_filter"] = _numbers(self._measure(mean_channel(after), place.device))
            answer["mean_output"] = _numbers(self._measure(after, place.device, average_channels=True))
        return answer

    def _measure(self, networks: SimpleCNNs, device: str, average_channels: bool = False) -> Measured:
        return measure(
            networks, self.of.task, self.of.architecture, self.conventions, device, average_channels=average_channels
        )

    def _witness(self, networks: SimpleCNNs, device: str) -> dict[str, Any]:
        answer = _numbers(self._measure(networks, device))
        answer |= {
            "filters": filters.mean_filters(networks).tolist(),
            "homogeneity": filters.homogeneity(networks).tolist(),
        }
        if self.of.architecture.stride > 1 and self.of.task.dim == 1:
            stride = self.of.architecture.stride
            answer["defect"] = filters.sum_rule_defect(networks, stride).tolist()
            answer["channel_defect"] = filters.channel_sum_rule_defect(networks, stride).tolist()
        return answer


def in_groups(training: Training, together: int) -> list[Training]:
    """The same training, so many of its seeds at a time."""
    seeds = training.seeds
    return [replace(training, seeds=seeds[n : n + together]) for n in range(0, len(seeds), together)]


def fates_of(results: Sequence[dict[str, Any]]) -> list[Fate]:
    """What became of all seeds of several runs."""
    return [_fate(fate) for result in results for fate in result["fates"]]


def measured_of(results: Sequence[dict[str, Any]], name: str) -> Measured:
    """D, G of all seeds of several runs: "before", "after", "mean_filter" or "mean_output"."""
    return Measured(*(numbers_of(results, name, quantity) for quantity in ("D", "G", "G_error")))


def numbers_of(results: Sequence[dict[str, Any]], name: str, quantity: str) -> np.ndarray:
    """One array of all seeds of several runs; what is undefined is NaN."""
    return np.concatenate([np.array(result[name][quantity], dtype=float) for result in results])


def _fate(record: dict[str, Any]) -> Fate:
    numbers = ("loss", "train_error", "validation_error", "test_error")
    return Fate(**{**record, **{name: np.nan for name in numbers if record[name] is None}})


def _numbers(measured: Measured) -> dict[str, Any]:
    return {name: getattr(measured, name).tolist() for name in ("D", "G", "G_error")}


class Pace:
    """Reports of a training, at most twice a second, and its steps per second since the end of the first epoch."""

    def __init__(self, report: Callable[[dict[str, Any]], None]) -> None:
        self._report, self._steps, self._seconds = report, 0, 0.0
        self._started: float | None = None
        self._reported = -1.0

    @property
    def steps_per_second(self) -> float | None:
        """All seeds in one step; None before two epochs."""
        return self._steps / self._seconds if self._steps and self._seconds else None

    def __call__(self, look: Look) -> None:
        now = time.monotonic()
        if self._started is None:
            self._started = now
        else:
            self._steps, self._seconds = self._steps + look.steps, now - self._started
        if now - self._reported > 0.5:
            self._reported = now
            rate = self.steps_per_second
            left = (look.end - look.epoch) * look.steps / rate if look.end and rate else None
            self._report({"text": self._describe(look), "left": left})

    def _describe(self, look: Look) -> str:
        """Epoch, phase, when each seed first interpolated, mean hinge loss and validation error, steps per second."""
        training = [look.fates[n] for n in look.running] or look.fates
        first = [fate.interpolated for fate in look.fates]
        phase = "interpolating" if None in first else "ridge phase"
        epochs = " ".join("–" if epoch is None else str(epoch) for epoch in first)
        loss, error = (np.mean([getattr(fate, name) for fate in training]) for name in ("loss", "validation_error"))
        at_last_look = f", loss {loss:.0e}, error {error:.3f}" if training[0].epochs else ""
        end = f"/{look.end}" if look.end else ""
        rate = f", {self.steps_per_second:.0f} steps/s" if self.steps_per_second else ""
        return f"epoch {look.epoch}{end}: {phase}, first interpolated at {epochs}{at_last_look}{rate}"
