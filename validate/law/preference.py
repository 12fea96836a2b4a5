"""Sum rule or homogeneity: which of the two did networks learn whose stride does not divide the filter size?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nets.simple.seed_result import SeedResult
from nets.simple.training import Training
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import box
from theory.definitions.task import ScaleDetection
from theory.sum_rule import sum_rule_defect
from validate.exponents import interval, power_law
from validate.law.networks import CONVENTIONS, NetworkMeasurements, NetworkSettings, measurements_of
from validate.runs.simple import seed_results_of
from validate.verdict import distance

# the sum rule predicts a defect of 0, homogeneity that of the homogeneous filter; the middle decides
MIDDLE = 0.5


@dataclass(frozen=True)
class Preference:
    """The choice of one set of networks, over the layers judged; one number for each of n seeds that count.

    defect    mean sum-rule defect of the mean filters over that of the homogeneous filter: 0 under the sum rule, 1 if
              homogeneous
    nearer    distance of D_k from the homogeneous curve less that from the curve of the nearest sum-rule filters, both
              medians over layers of |ln ratio|
    …_interval   95 % of their means; NaN for fewer than two seeds
    sum_rule  whether the interval of the mean defect lies below the middle
    follows   whether the interval of `nearer` lies above 0: D_k follows the sum-rule filters
    """

    defect: np.ndarray
    defect_interval: tuple[float, float]
    nearer: np.ndarray
    nearer_interval: tuple[float, float]
    sum_rule: bool
    follows: bool


@dataclass(frozen=True)
class StageJudgement:
    """Networks before or after training.

    counted      (n,) indices of the seeds that count
    slope, slope_own, slope_nearest   (n,) exponents of D_k in A_k over the layers judged: measured, and of the exact
                 curves
    preference   None where s divides F: the homogeneous filter obeys the sum rule
    """

    counted: np.ndarray
    measurements: NetworkMeasurements
    slope: np.ndarray
    slope_interval: tuple[float, float]
    slope_own: np.ndarray
    slope_nearest: np.ndarray
    preference: Preference | None


@dataclass(frozen=True)
class NetworkJudgement:
    """Networks of one filter size, stride and task, beside exact homogeneous networks.

    fits   (S,) whether a seed counts: at the end every training image has the right sign
    """

    settings: NetworkSettings
    task: ScaleDetection
    architecture: Architecture
    training: Training
    seed_results: tuple[SeedResult, ...]
    fits: np.ndarray
    layers_judged: np.ndarray
    homogeneous: Sensitivities
    homogeneous_defect: float
    homogeneous_slope: float
    untrained: StageJudgement
    trained: StageJudgement

    @property
    def judged(self) -> np.ndarray:
        """(n,) indices of the layers judged in arrays over layers."""
        return np.asarray(self.layers_judged - 1)

    @property
    def control(self) -> bool:
        """Whether the task forbids pooling."""
        return self.settings.kind == "parity"

    @property
    def must_choose(self) -> bool:
        """Whether sum rule and homogeneity exclude one another, and the task does not decide."""
        return self.homogeneous_defect > 0 and not self.control


def judge_runs(settings: NetworkSettings, results: Sequence[dict[str, Any]]) -> NetworkJudgement:
    """The judgement on the networks of these `runs_of`."""
    before, after = (measurements_of(settings, results, when) for when in ("before", "after"))
    return judge_networks(settings, seed_results_of(results), before, after)


def judge_networks(
    settings: NetworkSettings,
    seed_results: Sequence[SeedResult],
    before: NetworkMeasurements,
    after: NetworkMeasurements,
) -> NetworkJudgement:
    """The judgement on networks of S seeds; before training all seeds count."""
    homogeneous = homogeneous_sensitivities(settings.task, settings.architecture, CONVENTIONS)
    layers_judged = settings.layers_judged(homogeneous.receptive_field)
    defect = float(sum_rule_defect(box(settings.filter_size, settings.stride)))
    fits = np.array([seed.status != "diverged" and seed.train_error == 0 for seed in seed_results])
    judged = layers_judged - 1
    field = homogeneous.receptive_field[judged]

    def judge_stage(measurements: NetworkMeasurements, counted: np.ndarray) -> StageJudgement:
        curves = (measurements.measured, measurements.own, measurements.nearest)
        measured, own, nearest = (curve.D[counted][:, judged] for curve in curves)
        preference = None
        if defect:
            nearer = distance(measured, homogeneous.D[judged]) - distance(measured, nearest)
            preference = _preference(measurements.defect[counted][:, judged].mean(1) / defect, nearer)
        slope, slope_own, slope_nearest = (_slopes(field, d) for d in (measured, own, nearest))
        return StageJudgement(counted, measurements, slope, interval(slope), slope_own, slope_nearest, preference)

    return NetworkJudgement(
        settings=settings,
        task=settings.task,
        architecture=settings.architecture,
        training=settings.training(tuple(seed.seed for seed in seed_results)),
        seed_results=tuple(seed_results),
        fits=fits,
        layers_judged=layers_judged,
        homogeneous=homogeneous,
        homogeneous_defect=defect,
        homogeneous_slope=float(_slopes(field, homogeneous.D[None, judged])[0]),
        untrained=judge_stage(before, np.arange(len(fits))),
        trained=judge_stage(after, np.flatnonzero(fits)),
    )


def _preference(defect: np.ndarray, nearer: np.ndarray) -> Preference:
    defects, distances = interval(defect), interval(nearer)
    return Preference(defect, defects, nearer, distances, defects[1] < MIDDLE, distances[0] > 0)


def _slopes(receptive_field: np.ndarray, d: np.ndarray) -> np.ndarray:
    """(n,) exponents of (n, K) values of D_k in the (K,) A_k."""
    return np.array([power_law(receptive_field, row).value for row in d])
