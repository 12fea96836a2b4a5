"""The judgement on real networks, small ones that train in seconds, and on the rivals that it must refuse."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nets.simple.network import initialize
from nets.simple.sensitivity import NOISY_IMAGES, draw_noise, measure
from nets.simple.training import Training
from simulate.draws import sampled_noise_sensitivity
from sweep.store import Store
from sweep.work import Options, make
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, paper_task
from theory.printed import MEAN_FILTERS
from theory.scaling import receptive_field
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, asymptotic_exponents, exponent_tolerance
from validate.mean_filters import LARGEST_DEVIATION, Row, rows, untrained_refused
from validate.runs.simple import MeasurementRun
from validate.runs.simple_training import TrainingRun
from validate.scaling.attribution import attribute
from validate.scaling.comparison import Comparison, compare, with_networks
from validate.scaling.judgement import Judgement, judge
from validate.scaling.power import TRUE, power_table
from validate.scaling.record import as_dict
from validate.verdict import same_exponent

SMALL = Training(
    32, (0, 1, 2), 512, learning_rate=0.02, cooldown=0.8, ridge=0.05, epochs=600, patience=None, evaluate_every=40
)


TASK, ARCHITECTURE = ScaleDetection(2, 64, 16), Architecture(2, 2, 6)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    run = MeasurementRun(TrainingRun(TASK, ARCHITECTURE, SMALL), Conventions())
    store = Store(tmp_path_factory.mktemp("runs"))
    assert make(run, store, Options()) == "done"
    return with_networks(compare(TASK, ARCHITECTURE, Conventions()), [store.result(run) or {}])


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
        architecture = paper_architecture(kind)
        found = compare(paper_task(kind), architecture, Conventions()).exact
        predicted = [float(receptive_field(architecture, int(k))) for k in found.layer]
        np.testing.assert_allclose(found.receptive_field, predicted, rtol=1e-10)


def changed(comparison: Comparison, change: Callable[[np.ndarray], np.ndarray], quantity: str = "D") -> Judgement:
    """The verdict on the same networks with other values of one quantity."""
    networks = comparison.networks
    assert networks is not None
    trained = replace(networks.trained, **{quantity: change(getattr(networks.trained, quantity).copy())})  # type: ignore[arg-type]
    return judge(replace(comparison, networks=replace(networks, trained=trained)))


def claim(judgement: Judgement, quantity: str = "D") -> str:
    claims = judgement.quantities[quantity].claims
    assert claims is not None
    return claims.strongest


def test_trained_networks_lie_on_the_curve_of_homogeneous_filters(small: Comparison) -> None:
    judgement = judge(small)
    assert judgement.seeds - judgement.lost >= 2
    assert claim(judgement, "D") == claim(judgement, "G") == "homogeneous"
    assert judgement.holds
    assert judgement.quantities["R"].claims is None  # D/G is no third witness


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_layer_a_hundred_times_too_large_turns_the_verdict(small: Comparison, layer: int) -> None:
    def spoil(d: np.ndarray) -> np.ndarray:
        d[:, layer] *= 100
        return d

    assert claim(judge(small)) == "homogeneous"
    assert claim(changed(small, spoil)) == "neither"
    assert not changed(small, spoil).holds


@pytest.mark.parametrize("quantity", ["D", "G"])
def test_levels_and_exponents_off_turn_the_verdict(small: Comparison, quantity: str) -> None:
    field = small.exact.receptive_field
    for change in (
        lambda x: 1.12 * x,
        lambda x: x / 1.12,
        lambda x: x * (field / 8) ** 0.2,
        lambda x: x * (field / 4) ** -0.44,
        lambda x: x * np.exp(0.3 * np.abs(np.log(field / 4))),
    ):
        judgement = changed(small, change, quantity)
        assert claim(judgement, quantity) in ("neither", "undecided")
        assert not judgement.holds
        other = "G" if quantity == "D" else "D"
        assert claim(judgement, other) == "homogeneous"


def test_undefined_values_decide_nothing(small: Comparison) -> None:
    judgement = changed(small, lambda d: np.full_like(d, np.nan))
    assert claim(judgement) == "undecided"
    assert not judgement.holds


def test_networks_on_their_own_filters_curve_only(small: Comparison) -> None:
    """The homogeneous curve moved away from networks and their filters: the weaker claim is left."""
    moved = replace(small, exact=replace(small.exact, D=1.15 * small.exact.D))
    assert claim(judge(moved)) == "own mean filters"
    assert judge(moved).quantities["D"].holds


def test_most_networks_must_have_learned(small: Comparison) -> None:
    networks = small.networks
    assert networks is not None
    lost = [
        replace(seed_result, status="collapsed") if n < 1 else seed_result
        for n, seed_result in enumerate(networks.seed_results)
    ]
    judgement = judge(replace(small, networks=replace(networks, seed_results=lost)))
    assert judgement.lost == 1  # of three: more than a quarter
    assert claim(judgement, "D") == claim(judgement, "G") == "undecided"
    assert not judgement.holds


def test_no_network_that_learned_is_no_evidence(small: Comparison) -> None:
    networks = small.networks
    assert networks is not None
    lost = [replace(seed_result, status="collapsed") for seed_result in networks.seed_results]
    judgement = judge(replace(small, networks=replace(networks, seed_results=lost)))
    assert not judgement.holds
    assert claim(judgement) == "undecided"


def test_filters_became_homogeneous(small: Comparison) -> None:
    assert small.networks is not None
    assert (small.networks.homogeneity[small.networks.learned][:, small.window] > 0.95).all()


def test_every_rival_is_refused(small: Comparison) -> None:
    rivals = judge(small).rivals
    assert {rival.name for rival in rivals if rival.witness == "simulation"} == {
        "exponent 10 % off", "law of the other stride"
    }  # fmt: skip
    assert {rival.name for rival in rivals if rival.witness == "networks" and rival.quantity == "G"} == {
        "untrained networks", "exponent 10 % off", "level 8 % off", "one layer 30 % off", "bent about the middle",
        "noise not rectified",
    }  # fmt: skip
    assert {rival.outcome for rival in rivals} == {"refused"}


def test_a_rival_that_is_accepted_turns_the_verdict(small: Comparison) -> None:
    networks = small.networks
    assert networks is not None
    judgement = judge(replace(small, networks=replace(networks, untrained=networks.trained)))
    assert [rival.quantity for rival in judgement.rivals if rival.accepted] == ["D", "G"]
    assert not judgement.holds


def test_a_rival_within_the_margins_is_named_and_does_not_count(small: Comparison) -> None:
    """Where noise that is not rectified gives nearly the same G, nothing follows from it."""
    judgement = judge(replace(small, unrectified=replace(small.exact, G=1.03 * small.exact.G)))
    outcomes = [rival.outcome for rival in judgement.rivals if rival.name == "noise not rectified"]
    assert outcomes == ["not distinguishable"]
    assert judgement.holds


def test_noise_draws_are_each_network_s_own_and_cancel(small: Comparison) -> None:
    """Other draws move the raw G of one network by its standard error, the corrected one by much less."""
    networks = initialize(ARCHITECTURE, 16, [0] * 8)
    for tensor in (networks.first, networks.hidden):  # homogeneous: the exact network but for rounding
        tensor.fill_(1.0)
    networks.bias.zero_()
    raw = measure(networks, TASK, ARCHITECTURE, Conventions(), noise_seeds=range(8))
    uniform = np.ones((6, 2))
    sampled = [
        sampled_noise_sensitivity(
            TASK, ARCHITECTURE, Conventions(), uniform, *draw_noise(TASK, Conventions(), NOISY_IMAGES, seed)
        )
        for seed in range(8)
    ]
    assert raw.G_error is not None
    spread = raw.G[:, :5].std(axis=0, ddof=1)
    assert (0.3 * raw.G_error[0, :5] < spread).all()
    assert (spread < 3 * raw.G_error[0, :5]).all()
    exact = compare(TASK, ARCHITECTURE, Conventions()).exact
    corrected = raw.G * exact.G / np.array(sampled)
    np.testing.assert_allclose(corrected[:, :5], np.tile(exact.G[:5], (8, 1)), rtol=1e-5)  # float32


def test_power_accepts_the_true_curve_and_refuses_rivals(small: Comparison) -> None:
    networks = small.networks
    assert networks is not None
    rows = list(power_table(small, "D", (4,), 400))
    assert {row.rival for row in rows} >= {TRUE, "level 8 % off", "one layer 30 % off", "exponent 10 % off"}
    for row in rows:
        assert row.accepted >= 0.95 if row.rival == TRUE else row.accepted <= 0.05
        assert row.low <= row.accepted <= row.high
    scattered = np.exp(0.2 * np.random.default_rng(0).normal(size=networks.trained.D.shape))
    noisy = replace(networks, trained=replace(networks.trained, D=networks.trained.D * scattered))
    (true, *_) = power_table(replace(small, networks=noisy), "D", (4,), 400)
    assert true.accepted < 0.5  # networks that scatter by 20 % decide nothing


def test_record_is_complete_and_plain(small: Comparison) -> None:
    asked = Asked(small.task, small.architecture, small.conventions, "quick", SMALL)
    record = as_dict(small, judge(small), asked, [{"device": "some GPU"}], 1.0)
    assert record["provenance"]["device"] == "some GPU"
    assert {"task", "preset", "definitions", "quantities", "rivals", "layers", "seeds", "provenance"} < set(record)
    assert record["scaled"]["channels"] == [32, 64]
    assert record["holds"] is True
    d = record["quantities"]["D"]
    assert (d["claim"], d["verdict"]) == ("homogeneous", "holds")
    assert len(d["claims"]["homogeneous"]["levels"]) == small.window.sum()
    assert d["claims"]["homogeneous"]["slope"]["n"] == 3
    last = record["layers"][-1]
    assert last["exact"] == {"D": None, "G": None, "R": None}
    assert {"k", "A", "homogeneity", "exact", "trained", "mean_filter", "mean_output", "untrained"} <= set(last)
    assert len(last["trained"]["D"]) == 3
    assert np.shape(last["filter"]) == (3, 2)
    assert [seed["seed"] for seed in record["seeds"]] == [0, 1, 2]


def test_the_distance_is_split_without_a_rest(small: Comparison) -> None:
    for quantity in QUANTITIES:
        steps = attribute(small, quantity)
        parts = steps.channels + steps.biases + steps.shape
        np.testing.assert_allclose(steps.total[small.window], parts[small.window], rtol=1e-9)
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
