"""Runs that measure the simple CNNs, and what several of them say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from nets.simple import filters
from nets.simple.network import SimpleCNNs, mean_channel
from nets.simple.seed_result import SeedResult
from nets.simple.sensitivity import measure
from nets.simple.training import Training
from sweep.run import Run
from sweep.work import Workspace
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from validate.runs.networks import NetworkRun
from validate.runs.simple_training import TrainingRun


@dataclass(frozen=True)
class MeasurementRun(NetworkRun):
    """Eq. 1 and the filters of the networks of a training, before and after; `mean_channels`: of both mean channels
    too.
    """

    of: TrainingRun
    conventions: Conventions
    mean_channels: bool = True
    kind: ClassVar[str] = "measurement"

    @property
    def title(self) -> str:
        return f"{self.of.title}, measured"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Of the same unit as the training's; an epoch more or less."""
        return self.of.epoch_cost

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"seeds", "before", "after", "mean_filter", "mean_output"}: numbers by seed and layer."""
        folder, trained_result = workspace.need(self.of)
        device = workspace.device
        before, after = self.of.networks(folder)
        workspace.report("measuring")
        result = {"seeds": trained_result["seeds"]}
        result |= {
            "before": self._measure_with_filters(before, device),
            "after": self._measure_with_filters(after, device),
        }
        if self.mean_channels:
            result["mean_filter"] = _numbers(self._measure(mean_channel(after), device))
            result["mean_output"] = _numbers(self._measure(after, device, average_channels=True))
        return result

    def _measure(self, networks: SimpleCNNs, device: str, average_channels: bool = False) -> Sensitivities:
        return measure(
            networks,
            self.of.task,
            self.of.architecture,
            self.conventions,
            device,
            average_channels=average_channels,
            noise_seeds=self.of.training.seeds,
        )

    def _measure_with_filters(self, networks: SimpleCNNs, device: str) -> dict[str, Any]:
        numbers = _numbers(self._measure(networks, device))
        numbers |= {
            "filters": filters.mean_filters(networks).tolist(),
            "homogeneity": filters.homogeneity(networks).tolist(),
        }
        if self.of.architecture.stride > 1 and self.of.task.dim == 1:
            stride = self.of.architecture.stride
            numbers["defect"] = filters.sum_rule_defect(networks, stride).tolist()
            numbers["channel_defect"] = filters.channel_sum_rule_defect(networks, stride).tolist()
        return numbers


def in_groups(training: Training, together: int) -> list[Training]:
    """The same training, so many of its seeds at a time."""
    seeds = training.seeds
    return [replace(training, seeds=seeds[n : n + together]) for n in range(0, len(seeds), together)]


def seed_results_of(results: Sequence[dict[str, Any]]) -> list[SeedResult]:
    """What became of all seeds of several runs."""
    return [_seed_result(seed_result) for result in results for seed_result in result["seeds"]]


def measured_of(results: Sequence[dict[str, Any]], name: str) -> Sensitivities:
    """D, G of all seeds of several runs: "before", "after", "mean_filter" or "mean_output"."""
    d, g, g_error = (numbers_of(results, name, quantity) for quantity in ("D", "G", "G_error"))
    layers = np.arange(1, d.shape[1] + 1)
    return Sensitivities(layers, np.full(len(layers), np.nan), d, g, f"simple CNNs, {name}", G_error=g_error)


def numbers_of(results: Sequence[dict[str, Any]], name: str, quantity: str) -> np.ndarray:
    """One array of all seeds of several runs; what is undefined is NaN."""
    return np.concatenate([np.array(result[name][quantity], dtype=float) for result in results])


def _seed_result(record: dict[str, Any]) -> SeedResult:
    numbers = ("loss", "train_error", "validation_error", "test_error")
    return SeedResult(**{**record, **{name: np.nan for name in numbers if record[name] is None}})


def _numbers(measured: Sensitivities) -> dict[str, Any]:
    return {name: getattr(measured, name).tolist() for name in ("D", "G", "G_error")}
