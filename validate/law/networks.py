"""Networks of any filter and stride, trained, beside the exact curves of their mean filters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nets.simple.training import Training
from simulate import filtered
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import Kind, ScaleDetection
from theory.sum_rule import nearest
from validate.exponents import window
from validate.runs.simple import MeasurementRun, in_groups, measured_of, numbers_of
from validate.runs.simple_training import TrainingRun

CONVENTIONS = Conventions()
# images are as wide as the largest power of the stride up to this width
WIDEST = 81
# of a layer, unless settings say otherwise
CHANNELS = 64
# seeds in one batched network: more make the measurement slower, fewer the training
TOGETHER = 4


@dataclass(frozen=True)
class NetworkSettings:
    """Networks of one filter size and stride on one task: 1, 2, or the control "parity"."""

    kind: Kind
    filter_size: int
    stride: int
    channels: int = CHANNELS

    @property
    def name(self) -> str:
        """As printed."""
        channels = f", {self.channels} channels" if self.channels != CHANNELS else ""
        return f"F = {self.filter_size}, s = {self.stride}, task {self.kind}{channels}"

    @property
    def task(self) -> ScaleDetection:
        """L a power of s. Task 1: ξ = L/4 with a gap of 3ξ/4; task 2: blocks of the largest power of s up to L/3."""
        width = _largest_power(self.stride, WIDEST)
        scale = width // 4
        if self.kind == 1:
            return ScaleDetection(1, width, scale, gap=3 * scale // 4)
        if self.kind == 2:
            return ScaleDetection(2, width, _largest_power(self.stride, width // 3))
        return ScaleDetection("parity", width, self.stride)

    @property
    def architecture(self) -> Architecture:
        """The largest number of layers whose filters are no wider than the layer below."""
        depth = 1
        while self.filter_size * self.stride**depth <= self.task.width:
            depth += 1
        return Architecture(self.filter_size, self.stride, depth)

    def training(self, seeds: tuple[int, ...]) -> Training:
        """A ridge that brings the solution of minimal norm soon, and that most seeds survive."""
        return Training(
            channels=self.channels,
            seeds=seeds,
            images=512,
            learning_rate=0.02,
            cooldown=0.8,
            ridge=0.1 if self.kind == 2 else 0.04,
            epochs=300 if self.kind == 2 else 400,
            patience=None,
        )

    def layers_judged(self, receptive_field: np.ndarray) -> np.ndarray:
        """(n,) numbers k of the layers judged, by the ξ of task 1, the smallest, whatever the task."""
        return 1 + np.flatnonzero(window(replace(self, kind=1).task, self.architecture, receptive_field))


@dataclass(frozen=True)
class NetworkMeasurements:
    """Networks of S seeds in all K layers, before or after training.

    filters       (S, K, F) mean filters, scaled to sum 1      homogeneity      (S, K) share of the constant mode
    defect        (S, K) sum-rule defect of the mean filters   channel_defect   (S, K) the same of all channels
    measured      Eq. 1 of the networks
    own           exact, of one channel with the mean filters, what is negative in them set to 0
    nearest       exact, with the sum-rule filters nearest to the mean filters
    """

    filters: np.ndarray
    homogeneity: np.ndarray
    defect: np.ndarray
    channel_defect: np.ndarray
    measured: Sensitivities
    own: Sensitivities
    nearest: Sensitivities


def runs_of(network: NetworkSettings, seeds: int) -> list[MeasurementRun]:
    """The measurements of the networks, and with them their trainings, in groups of seeds."""
    trainings = in_groups(network.training(tuple(range(seeds))), TOGETHER)
    return [
        MeasurementRun(TrainingRun(network.task, network.architecture, training), CONVENTIONS, mean_channels=False)
        for training in trainings
    ]


def measurements_of(network: NetworkSettings, results: Sequence[dict[str, Any]], when: str) -> NetworkMeasurements:
    """What was measured "before" or "after" training, all runs joined."""
    filters = numbers_of(results, when, "filters")
    filters /= filters.sum(2, keepdims=True)
    return NetworkMeasurements(
        filters=filters,
        homogeneity=numbers_of(results, when, "homogeneity"),
        defect=numbers_of(results, when, "defect"),
        channel_defect=numbers_of(results, when, "channel_defect"),
        measured=measured_of(results, when),
        own=exact_curves(network, np.maximum(filters, 0)),
        nearest=exact_curves(network, nearest_filters(filters, network.stride)),
    )


def nearest_filters(filters: np.ndarray, stride: int) -> np.ndarray:
    """(S, K, F) filters that satisfy the sum rule, nearest to the given ones."""
    return np.apply_along_axis(nearest, 2, filters, stride)


def exact_curves(network: NetworkSettings, filters: np.ndarray) -> Sensitivities:
    """Exact sensitivities, (S, K), of one-channel networks with these (S, K, F) filters."""
    curves = [
        filtered.filtered_sensitivities(network.task, network.architecture, layers, CONVENTIONS) for layers in filters
    ]
    d, g = (np.array([getattr(curve, quantity) for curve in curves]) for quantity in ("D", "G"))
    # each seed has receptive fields of its own
    return replace(curves[0], receptive_field=np.full(d.shape[1], np.nan), D=d, G=g)


def _largest_power(base: int, limit: int) -> int:
    power = 1
    while power * base <= limit:
        power *= base
    return power
