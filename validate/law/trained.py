"""Networks of any filter and stride, trained, beside the exact curves of three sets of filters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nets.simple.seed_result import SeedResult
from nets.simple.training import Training
from simulate import filtered
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import box
from theory.definitions.task import Kind, ScaleDetection
from theory.sum_rule import nearest
from theory.sum_rule import sum_rule_defect as exact_defect
from validate.exponents import window
from validate.runs.simple import MeasurementRun, in_groups, numbers_of, seed_results_of
from validate.runs.simple_training import TrainingRun

CONVENTIONS = Conventions()
# images are as wide as the largest power of the stride up to here
WIDEST = 81
# channels of a layer where nothing else is asked
WIDTH = 64
# seeds in one batched network: more make the measurement slower, fewer the training
TOGETHER = 4


@dataclass(frozen=True)
class Case:
    """Networks of one filter size and stride on one task: 1, 2, or the control "parity"."""

    kind: Kind
    filter_size: int
    stride: int
    channels: int = WIDTH

    @property
    def name(self) -> str:
        """As printed."""
        width = f", width {self.channels}" if self.channels != WIDTH else ""
        return f"F = {self.filter_size}, s = {self.stride}, task {self.kind}{width}"

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
        """As many layers as there are with filters no wider than what they look at."""
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

    def judged(self, receptive_field: np.ndarray) -> np.ndarray:
        """(K,) mask of the layers judged, by the ξ of task 1, the smallest, whatever the task."""
        return window(replace(self, kind=1).task, self.architecture, receptive_field)


@dataclass(frozen=True)
class Curves:
    """(S, K) D_k and G_k of S networks, or the exact ones of filters of theirs."""

    D: np.ndarray
    G: np.ndarray


@dataclass(frozen=True)
class Witness:
    """What the networks of one case say, before or after training.

    filters       (S, K, F) mean filters, scaled to sum 1      homogeneity      (S, K) share of the constant mode
    defect        (S, K) sum-rule defect of the mean filters   channel_defect   (S, K) the same of all channels
    measured      Eq. 1 of the networks
    own           exact curves of one channel with the mean filters, what is negative in them set to 0
    nearest       exact curves with the sum-rule filters nearest to the mean filters
    """

    filters: np.ndarray
    homogeneity: np.ndarray
    defect: np.ndarray
    channel_defect: np.ndarray
    measured: Curves
    own: Curves
    nearest: Curves


@dataclass(frozen=True)
class Trained:
    """One case: the exact homogeneous network, the (K,) mask of layers judged, and the networks."""

    case: Case
    homogeneous: Sensitivities
    window: np.ndarray
    seed_results: list[SeedResult]
    before: Witness
    after: Witness

    @property
    def fits(self) -> np.ndarray:
        """(S,) mask of the seeds that count: at the end every training image has the right sign."""
        return np.array(
            [seed_result.status != "diverged" and seed_result.train_error == 0 for seed_result in self.seed_results]
        )

    def counted(self, witness: Witness) -> np.ndarray:
        """(n,) places of the seeds that count: those that fit; before training, all."""
        return np.flatnonzero(self.fits) if witness is self.after else np.arange(len(self.seed_results))

    @property
    def homogeneous_defect(self) -> float:
        """Sum-rule defect of the homogeneous filter, 0 if s divides F."""
        return float(exact_defect(box(self.case.filter_size, self.case.stride)))


def runs_of(case: Case, seeds: int) -> list[MeasurementRun]:
    """The measurements of the networks of a case, and with them their trainings, in groups of seeds."""
    training = in_groups(case.training(tuple(range(seeds))), TOGETHER)
    trainings = [TrainingRun(case.task, case.architecture, one) for one in training]
    return [MeasurementRun(one, CONVENTIONS, mean_channels=False) for one in trainings]


def beside_exact(case: Case, results: Sequence[dict[str, Any]]) -> Trained:
    """What was measured of the networks of a case, beside the exact curves of their filters."""
    homogeneous = homogeneous_sensitivities(case.task, case.architecture, CONVENTIONS)
    before, after = (_witness(case, results, when) for when in ("before", "after"))
    judged = case.judged(homogeneous.receptive_field)
    return Trained(case, homogeneous, judged, seed_results_of(results), before, after)


def _largest_power(base: int, limit: int) -> int:
    power = 1
    while power * base <= limit:
        power *= base
    return power


def _witness(case: Case, results: Sequence[dict[str, Any]], when: str) -> Witness:
    filters = numbers_of(results, when, "filters")
    filters /= filters.sum(2, keepdims=True)
    return Witness(
        filters=filters,
        homogeneity=numbers_of(results, when, "homogeneity"),
        defect=numbers_of(results, when, "defect"),
        channel_defect=numbers_of(results, when, "channel_defect"),
        measured=Curves(numbers_of(results, when, "D"), numbers_of(results, when, "G")),
        own=_exact(case, np.maximum(filters, 0)),
        nearest=_exact(case, np.array([[nearest(layer, case.stride) for layer in network] for network in filters])),
    )


def _exact(case: Case, filters: np.ndarray) -> Curves:
    found = [filtered.filtered_sensitivities(case.task, case.architecture, network, CONVENTIONS) for network in filters]
    return Curves(np.array([one.D for one in found]), np.array([one.G for one in found]))
