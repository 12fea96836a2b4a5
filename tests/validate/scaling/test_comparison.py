"""The judgement on real networks, small ones that train in seconds, and on the rivals that it must refuse."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nets.simple.network import initialize
from nets.simple.sensitivity import NOISY_IMAGES, draw_noise, measure
from simulate.draws import sampled_noise_sensitivity
from tests.validate.conftest import ARCHITECTURE, SMALL, TASK
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import paper_task
from theory.scaling import receptive_field
from validate.asymptotics import QUANTITIES, asymptotic_exponents, exponent_tolerance
from validate.experiment import Experiment
from validate.record import from_json
from validate.scaling.attribution import attribute
from validate.scaling.comparison import Comparison, theory_and_simulation
from validate.scaling.judgement import Judgement, judge
from validate.scaling.power import TRUE, power_table
from validate.scaling.record import record
from validate.verdict import same_exponent


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
        exact = theory_and_simulation(paper_task(kind), architecture, Conventions()).exact
        predicted = [float(receptive_field(architecture, int(k))) for k in exact.layer]
        np.testing.assert_allclose(exact.receptive_field, predicted, rtol=1e-10)


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
    exact = theory_and_simulation(TASK, ARCHITECTURE, Conventions()).exact
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
    experiment = Experiment(small.task, small.architecture, small.conventions, SMALL)
    content = record(judge(small), experiment, [{"device": "some GPU"}], 1.0)
    assert content["provenance"]["device"] == "some GPU"
    assert {"experiment", "quantities", "rivals", "layers", "seeds", "provenance"} < set(content)
    assert from_json(Experiment, content["experiment"]) == experiment
    assert content["changed"]["channels"] == [32, 64]
    assert content["holds"] is True
    d = content["quantities"]["D"]
    assert (d["claim"], d["verdict"]) == ("homogeneous", "holds")
    assert len(d["claims"]["homogeneous"]["levels"]) == small.window.sum()
    assert d["claims"]["homogeneous"]["slope"]["n"] == 3
    last = content["layers"][-1]
    assert last["exact"] == {"D": None, "G": None, "R": None}
    assert {"k", "A", "homogeneity", "exact", "trained", "mean_filter", "mean_output", "untrained"} <= set(last)
    assert len(last["trained"]["D"]) == 3
    assert np.shape(last["filter"]) == (3, 2)
    assert [seed["seed"] for seed in content["seeds"]] == [0, 1, 2]


def test_the_distance_is_split_without_a_rest(small: Comparison) -> None:
    for quantity in QUANTITIES:
        steps = attribute(small, quantity)
        parts = steps.channels + steps.biases + steps.shape
        np.testing.assert_allclose(steps.total[small.window], parts[small.window], rtol=1e-9)
    d = attribute(small, "D")
    assert np.abs(d.total[small.window]).max() < 0.05  # these networks are on the curve
    # layers above the scale of the task leave it
    assert np.abs(d.total[4]) > 0.1
