"""The networks that are trained, and what is recorded of them."""

from pathlib import Path

import numpy as np
import pytest

from nets.simple.network import initialize
from nets.simple.sensitivity import measure
from simulate import filtered
from sweep.local import Local
from sweep.store import Store
from sweep.work import Options
from tests.validate.law.networks import train_for_a_moment
from theory.sum_rule import nearest
from validate.law.networks import CONVENTIONS, NetworkSettings, runs_of
from validate.law.preference import judge_runs
from validate.law.settings import LawSettings


def test_tasks_fit_the_filters() -> None:
    for network in LawSettings().trained:
        widths = network.architecture.widths(network.task.width)
        assert widths[-2] >= network.filter_size  # no filter is wider than the layer below
        assert widths[-1] < network.filter_size
        assert widths[-1] >= 1
    assert NetworkSettings(2, 3, 2).task.scale == 16
    assert NetworkSettings(2, 3, 3).task.scale == 27


def test_every_task_is_judged_on_the_same_layers() -> None:
    field = np.array([3, 6.4, 13, 26, 52])
    assert [NetworkSettings(kind, 3, 2).layers_judged(field).tolist() for kind in (1, 2, "parity")] == [[1, 2, 3]] * 3


def test_the_parity_control_comes_with_the_first_that_must_choose() -> None:
    assert LawSettings(networks=((2, 2), (5, 2), (3, 2))).trained[-1] == NetworkSettings("parity", 5, 2)
    assert all(network.kind != "parity" for network in LawSettings(networks=((2, 2), (6, 3))).trained)
    both = LawSettings(networks=((3, 2),), channels=(16, 64)).trained
    assert [network.channels for network in both] == [16] * 3 + [64] * 3
    assert len({network.name for network in both}) == 6


def test_groups_of_seeds_are_joined_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    train_for_a_moment(monkeypatch)
    settings, store = NetworkSettings(2, 3, 2), Store(tmp_path)
    runs = runs_of(settings, 6)
    assert [run.of.training.seeds for run in runs] == [(0, 1, 2, 3), (4, 5)]
    assert not Local(1).make(runs, store, Options())
    judged = judge_runs(settings, [store.result(run) or {} for run in runs])
    assert [seed_result.seed for seed_result in judged.seed_results] == list(range(6))
    assert judged.trained.measurements.filters.shape == (6, 5, 3)
    # before training every seed is what `initialize` draws for it, and is measured as such
    networks = initialize(settings.architecture, 4, [5])
    expected = measure(networks, settings.task, settings.architecture, CONVENTIONS).D[0]
    np.testing.assert_allclose(judged.untrained.measurements.measured.D[5], expected, rtol=1e-6)
    mean = networks.first.double().mean(2)[0]
    np.testing.assert_allclose(judged.untrained.measurements.filters[5, 0], mean / mean.sum(), rtol=1e-12)
    rule = np.array([nearest(layer, 2) for layer in judged.trained.measurements.filters[5]])
    curve = filtered.filtered_sensitivities(settings.task, settings.architecture, rule, CONVENTIONS)
    np.testing.assert_allclose(judged.trained.measurements.nearest.D[5], curve.D)
