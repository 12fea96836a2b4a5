"""Networks for tests: trained for a moment in this process, or made up."""

import numpy as np
import pytest

from nets.simple.seed_result import SeedResult
from nets.simple.training import Training
from simulate import filtered
from simulate.sensitivity import homogeneous_sensitivities
from theory.sum_rule import nearest
from validate.law.trained import CONVENTIONS, Case, Curves, Trained, Witness


def train_for_a_moment(monkeypatch: pytest.MonkeyPatch, epochs: int = 1) -> None:
    """Tiny networks."""

    def training(case: Case, seeds: tuple[int, ...]) -> Training:
        return Training(channels=4, seeds=seeds, images=16, epochs=epochs, patience=None)

    monkeypatch.setattr(Case, "training", training)


def made_up(case: Case, before: np.ndarray, after: np.ndarray) -> Trained:
    """Networks of one channel with these (S, F) filters in every layer, before and after training."""
    homogeneous = homogeneous_sensitivities(case.task, case.architecture, CONVENTIONS)
    seed_results = [
        SeedResult(seed, "interpolated", 10, 10, loss=0.0, train_error=0.0, validation_error=0.0, test_error=0.0)
        for seed in range(len(after))
    ]
    witnesses = (_witness(case, filters) for filters in (before, after))
    return Trained(case, homogeneous, case.judged(homogeneous.receptive_field), seed_results, *witnesses)


def _witness(case: Case, filters: np.ndarray) -> Witness:
    depth = case.architecture.depth
    layers = np.repeat(filters[:, None], depth, axis=1)
    sums = np.stack([layers[..., r :: case.stride].sum(-1) for r in range(case.stride)])
    defect = sums.max(0) - sums.min(0)
    rule = np.array([[nearest(one, case.stride) for one in network] for network in layers])
    own, near = (
        Curves(np.array([one.D for one in found]), np.array([one.G for one in found]))
        for found in (
            [filtered.filtered_sensitivities(case.task, case.architecture, network, CONVENTIONS) for network in sets]
            for sets in (np.maximum(layers, 0), rule)
        )
    )
    return Witness(layers, np.ones(layers.shape[:2]), defect, defect, own, own, near)
