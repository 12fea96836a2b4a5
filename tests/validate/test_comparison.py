"""The judgement on real networks, small ones that train in seconds, and on the rivals that it must refuse."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nets.training import Training
from sweep.store import Store
from sweep.work import Options, make
from theory.architecture import Architecture, paper_architecture
from theory.perturbation import Conventions
from theory.printed import MEAN_FILTERS
from theory.scaling import receptive_field
from theory.task import ScaleDetection, paper_task
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, asymptotic_exponents, exponent_tolerance
from validate.attribution import attribute
from validate.comparison import Comparison, compare
from validate.mean_filters import LARGEST_DEVIATION, Row, rows, untrained_refused
from validate.record import as_dict
from validate.runs.simple import MeasurementRun
from validate.runs.simple_training import TrainingRun
from validate.verdict import distance, same_exponent

SMALL = Training(
    32, (0, 1, 2), 512, learning_rate=0.02, cooldown=0.8, ridge=0.04, epochs=400, patience=None, look_every=40
)


TASK, ARCHITECTURE = ScaleDetection(2, 64, 16), Architecture(2, 2, 6)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    run = MeasurementRun(TrainingRun(TASK, ARCHITECTURE, SMALL), Conventions())
    store = Store(tmp_path_factory.mktemp("runs"))
    assert make(run, store, Options()) == "done"
    return compare(TASK, ARCHITECTURE, Conventions(), [store.result(run) or {}])


@pytest.mark.parametrize(
    "architecture",
    [
        Architecture(3, 1, 1),
        Architecture(4, 1, 1),
        Architecture(2, 2, 1),
        Architecture(13, 13, 1),
        Architecture(31, 1, 1),
    ],
)
def test_simulated_exponents_are_the_predicted_ones(architecture: Architecture) -> None:
    predicted = {"D": -2, "G": 1, "R": -3} if architecture.stride == 1 else {"D": -1, "G": 1, "R": -2}
    for quantity, fitted in asymptotic_exponents(architecture).items():
        assert same_exponent(predicted[quantity], fitted)
        assert not same_exponent(1.1 * predicted[quantity], fitted)


@pytest.mark.parametrize("architecture", [Architecture(3, 1, 1), Architecture(5, 1, 1), Architecture(3, 3, 1)])
def test_exponents_in_the_plane(architecture: Architecture) -> None:
    d = -2 if architecture.stride == 1 else -1
    for quantity, power in {"D": d, "G": 2, "R": d - 2}.items():
        fitted = asymptotic_exponents(architecture, 2)[quantity]
        assert same_exponent(power, fitted, exponent_tolerance(2))
        assert not same_exponent(power + 1, fitted, exponent_tolerance(2))


def test_receptive_field_of_theory_and_simulation_agree() -> None:
    for kind in (1, 2):
        architecture = paper_architecture(kind)  # type: ignore[arg-type]
        found = compare(paper_task(kind), architecture, Conventions()).exact  # type: ignore[arg-type]
        predicted = [float(receptive_field(architecture, int(k))) for k in found.layer]
        np.testing.assert_allclose(found.receptive_field, predicted, rtol=1e-10)


def test_trained_networks_lie_on_the_exact_curve(small: Comparison) -> None:
    assert small.networks is not None
    assert small.networks.learned.sum() >= 2
    for quantity in QUANTITIES:
        assert small.agrees(quantity)


def test_filters_became_homogeneous(small: Comparison) -> None:
    assert small.networks is not None
    assert (small.networks.homogeneity[small.networks.learned][:, small.window] > 0.95).all()


def test_every_rival_is_refused(small: Comparison) -> None:
    controls = small.controls()
    assert {name for name, *_ in controls} == {
        "exponent 10 % off", "law of the other stride", "untrained networks", "curve without rectification"
    }  # fmt: skip
    assert not any(accepted for *_, accepted in controls)


def test_law_of_stride_one_is_refused_by_networks_of_stride_f(small: Comparison) -> None:
    """The networks against the stride-F curve bent to the exponents of stride 1."""
    for quantity, power in (("D", -1), ("R", -1)):
        field, curve = small.exact.receptive_field[small.window], getattr(small.exact, quantity)[small.window]
        bent = curve * (field / field[0]) ** power
        assert not distance(small.judged(quantity, small.networks.trained), bent).agrees  # type: ignore[arg-type, union-attr]


def test_record_is_complete_and_plain(small: Comparison) -> None:
    record = as_dict(small, Asked(small.task, small.architecture, small.conventions, "quick", SMALL), [], 1.0)
    assert {"task", "preset", "definitions", "exponents", "controls", "layers", "seeds", "provenance"} < set(record)
    assert record["scaled"]["channels"] == [32, 64]
    for quantity in QUANTITIES:
        one = record["exponents"][quantity]
        assert {"predicted", "simulated", "exact_at_size", "trained", "untrained", "verdict"} <= set(one)
        assert {"value", "ci95", "per_seed"} == set(one["trained"])
        assert one["verdict"] == "agree"
    last = record["layers"][-1]
    assert last["exact"] == {"D": None, "G": None, "R": None}
    assert {"k", "A", "homogeneity", "exact", "trained", "mean_filter", "mean_output", "untrained"} <= set(last)
    assert len(last["trained"]["D"]) == 3
    assert np.shape(last["filter"]) == (3, 2)
    assert [seed["seed"] for seed in record["seeds"]] == [0, 1, 2]


def test_the_distance_is_split_without_a_rest(small: Comparison) -> None:
    for quantity in QUANTITIES:
        found = attribute(small, quantity)
        parts = found.channels + found.biases + found.shape
        np.testing.assert_allclose(found.total[small.window], parts[small.window], rtol=1e-9)
    d = attribute(small, "D")
    assert np.abs(d.total[small.window]).max() < 0.05  # these networks are on the curve
    # layers above the scale of the task leave it
    assert np.abs(d.total[4]) > 0.1


def test_mean_filters_are_judged(small: Comparison) -> None:
    found = rows(small, SMALL)
    assert all(row.agrees for row in found if row.judged)
    assert all(row.sign == 1 and row.deviation < 0.1 for row in found if row.judged)
    assert untrained_refused(found)
    # the paper's networks are deeper: nothing is printed of this one
    assert all(row.printed is None and math.isnan(row.magnitude) for row in found)


def test_the_allowed_deviation_is_that_of_the_printed_filters() -> None:
    """Layers called positive, 1 … 9 and 1 … 5, but for layer 5 of Table 2, whose filter is 40 times smaller."""
    printed = [np.array(after) for _, after in [*MEAN_FILTERS[1][:9], *MEAN_FILTERS[2][:4]]]
    largest = max(np.abs(one - one.mean()).max() / one.mean() for one in printed)
    assert 0.9 * LARGEST_DEVIATION < largest <= LARGEST_DEVIATION


def printed_row(**change: Any) -> Row:
    filters = np.array([[0.38, 0.37], [0.36, 0.36], [0.39, 0.38]])
    row = Row(1, 0.1 * filters, filters, np.ones(3), (0.0, 0.0), (0.3828, 0.3737), True, 1.0, True)
    return replace(row, **change)


def test_a_printed_filter_needs_sign_likeness_and_magnitude() -> None:
    row = printed_row()
    assert row.agrees
    assert row.magnitude == pytest.approx(0.9873, abs=1e-3)
    assert not printed_row(filters=-row.filters).agrees
    assert not printed_row(filters=row.filters * [1.5, 0.5]).agrees
    assert not printed_row(filters=0.7 * row.filters).agrees
    assert printed_row(filters=0.7 * row.filters, same_training=False).agrees
    assert printed_row(filters=0.1 * row.filters, layer=2, scale=0.1).agrees
    assert not printed_row(filters=row.filters * [[1], [-1], [1]]).agrees  # no sign over the seeds
    assert not printed_row(filters=row.filters[:0]).agrees
    assert not printed_row(filters=row.filters[:1]).agrees


def test_the_filter_of_smallest_norm_with_given_sum_and_variance_is_a_parabola() -> None:
    offsets = np.arange(5) - 2
    constraints = np.stack([np.ones(5), offsets**2])
    smallest = np.linalg.pinv(constraints) @ [1, 2.4]  # of the smallest norm, by definition of the pseudo-inverse
    assert printed_row(filters=smallest[None]).parabola == pytest.approx(1)
    assert printed_row(filters=smallest[None] + [[0.1, 0, 0, 0, 0]]).parabola < 0.9
    drawn = np.random.default_rng(0).normal(size=(4000, 1, 5))
    shares = [printed_row(filters=one).parabola for one in drawn]
    # the share of one of four dimensions, a beta variable of standard deviation √(2·1·3/(16·6)) = 0.25
    assert np.mean(shares) == pytest.approx(0.25, abs=4 * 0.25 / np.sqrt(4000))
    assert math.isnan(printed_row().parabola)


def test_seeds_that_did_not_learn_are_left_out(small: Comparison) -> None:
    assert small.networks is not None
    fate = small.networks.fates[0]
    status, fate.status = fate.status, "collapsed"
    try:
        assert len(small.slopes("D", small.networks.trained)) == small.networks.learned.sum() == 2
    finally:
        fate.status = status
