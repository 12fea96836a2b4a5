"""Networks for tests: trained for a moment in this process, or made up."""

from collections.abc import Sequence

import numpy as np
import pytest

from nets.simple.seed_result import SeedResult
from nets.simple.training import Training
from validate.law.networks import NetworkMeasurements, NetworkSettings, exact_curves, nearest_filters
from validate.law.preference import NetworkJudgement, judge_networks


def train_for_a_moment(monkeypatch: pytest.MonkeyPatch, epochs: int = 1) -> None:
    """Tiny networks."""

    def training(network: NetworkSettings, seeds: tuple[int, ...]) -> Training:
        return Training(channels=4, seeds=seeds, images=16, epochs=epochs, patience=None)

    monkeypatch.setattr(NetworkSettings, "training", training)


def made_up(
    settings: NetworkSettings, before: np.ndarray, after: np.ndarray, seed_results: Sequence[SeedResult] = ()
) -> NetworkJudgement:
    """Networks of one channel with these (S, F) filters in every layer, before and after training."""
    measurements = [_measurements(settings, filters) for filters in (before, after)]
    return judge_networks(settings, seed_results or [interpolated(seed) for seed in range(len(after))], *measurements)


def interpolated(seed: int) -> SeedResult:
    """A seed that fits."""
    return SeedResult(seed, "interpolated", 10, 10, loss=0.0, train_error=0.0, validation_error=0.0, test_error=0.0)


def _measurements(settings: NetworkSettings, filters: np.ndarray) -> NetworkMeasurements:
    layers = np.repeat(filters[:, None], settings.architecture.depth, axis=1)
    sums = np.stack([layers[..., r :: settings.stride].sum(-1) for r in range(settings.stride)])
    defect = sums.max(0) - sums.min(0)
    own = exact_curves(settings, np.maximum(layers, 0))
    nearest = exact_curves(settings, nearest_filters(layers, settings.stride))
    return NetworkMeasurements(layers, np.ones(layers.shape[:2]), defect, defect, own, own, nearest)
