"""The cases that are trained, and what is recorded of them."""

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
from validate.law.trained import CONVENTIONS, Case, beside_exact, runs_of
from validate.law.verdict import NETWORKS, cases


def test_tasks_fit_the_filters() -> None:
    for case in cases(list(NETWORKS)):
        widths = case.architecture.widths(case.task.width)
        assert widths[-2] >= case.filter_size  # no filter is wider than what it looks at
        assert widths[-1] < case.filter_size
        assert widths[-1] >= 1
    assert Case(2, 3, 2).task.scale == 16
    assert Case(2, 3, 3).task.scale == 27


def test_every_task_is_judged_on_the_same_layers() -> None:
    field = np.array([3, 6.4, 13, 26, 52])
    assert [Case(kind, 3, 2).judged(field).tolist() for kind in (1, 2, "parity")] == [[True] * 3 + [False] * 2] * 3


def test_the_parity_control_comes_with_the_first_that_must_choose() -> None:
    assert cases([(2, 2), (5, 2), (3, 2)])[-1] == Case("parity", 5, 2)
    assert all(case.kind != "parity" for case in cases([(2, 2), (6, 3)]))
    assert [case.channels for case in cases([(3, 2)], (16, 64))] == [16] * 3 + [64] * 3
    assert len({case.name for case in cases([(3, 2)], (16, 64))}) == 6


def test_groups_of_seeds_are_joined_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    train_for_a_moment(monkeypatch)
    case, store = Case(2, 3, 2), Store(tmp_path)
    runs = runs_of(case, 6)
    assert [run.of.training.seeds for run in runs] == [(0, 1, 2, 3), (4, 5)]
    assert not Local(1).make(runs, store, Options())
    one = beside_exact(case, [store.result(run) or {} for run in runs])
    assert [seed_result.seed for seed_result in one.seed_results] == list(range(6))
    assert one.after.filters.shape == (6, 5, 3)
    # before training every seed is what `initialize` draws for it, and is measured as such
    networks = initialize(one.case.architecture, 4, [5])
    expected = measure(networks, one.case.task, one.case.architecture, CONVENTIONS).D[0]
    np.testing.assert_allclose(one.before.measured.D[5], expected, rtol=1e-6)
    mean = networks.first.double().mean(2)[0]
    np.testing.assert_allclose(one.before.filters[5, 0], mean / mean.sum(), rtol=1e-12)
    rule = np.array([nearest(layer, 2) for layer in one.after.filters[5]])
    curve = filtered.filtered_sensitivities(one.case.task, one.case.architecture, rule, CONVENTIONS)
    np.testing.assert_allclose(one.after.nearest.D[5], curve.D)
