"""Statements (i), (ii), (v): right, wrong and undecided, on made-up networks."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nets.models.spectra import Spectrum
from theory.definitions.sensitivities import Sensitivities
from validate.deep.ensemble import Ensemble, FilterSpectra
from validate.deep.judgement import Judgement
from validate.deep.statements import Statement, depth_statements, filter_statements, position, slope
from validate.deep.tables import tables
from validate.record import as_json

LAYERS = 6
DEPTH = np.arange(1, LAYERS + 1) / LAYERS


def sensitivities(slopes: tuple[float, float], seeds: int, scatter: float, seed: int) -> Sensitivities:
    """(S, K) D and G with these slopes of the logarithm in k/K, scattered from seed to seed."""
    noise = scatter * np.random.default_rng(seed).normal(size=(2, seeds, LAYERS))
    D, G = (np.exp(s * DEPTH + own) for s, own in zip(slopes, noise, strict=True))
    names = np.array([f"layer {k}" for k in range(LAYERS)])
    return Sensitivities(names, np.full(LAYERS, math.nan), D, G, "made up")


def spectra(roughness: np.ndarray) -> tuple[Spectrum, ...]:
    """One for each seed: two modes, of power 1 − r/2 and r/2."""
    modes, ones = np.array([0.0, 1.0]), np.array([1, 1])
    return tuple(Spectrum(modes, ones, np.array([1 - r / 2, r / 2]), np.zeros(2)) for r in roughness)


def made(
    name: str = "vgg11",
    before: tuple[float, float] = (0.0, 0.0),
    after: tuple[float, float] = (-2.0, 0.5),
    shuffled: tuple[float, float] = (-1.0, 0.3),
    rough: float = 0.6,
    seeds: int = 4,
    scatter: float = 0.02,
) -> Ensemble:
    generator = np.random.default_rng(len(name))
    filters = {
        f"convolution {k}": FilterSpectra(
            spectra(np.exp(scatter * generator.normal(size=seeds))),
            spectra(rough * np.exp(scatter * generator.normal(size=seeds))),
        )
        for k in range(4)
    }
    curves = (sensitivities(s, seeds, scatter, n) for n, s in enumerate((before, after, shuffled)))
    names = tuple(f"layer {k}" for k in range(LAYERS))
    own = Ensemble(name, tuple(range(seeds)), np.full(seeds, 0.1), names, next(curves), next(curves), next(curves))
    return replace(own, spectra=filters)


def of(statements: tuple[Statement, ...], number: str, text: str) -> Statement:
    (statement,) = (s for s in statements if s.claim.number == number and s.claim.text.startswith(text))
    return statement


def test_slopes_and_positions_are_those_that_were_made() -> None:
    ensemble = made(scatter=0)
    assert slope(ensemble, "after", "R")[0] == pytest.approx([-2.5] * 4)
    slopes, falling = slope(ensemble, "after", "D")
    assert slopes == pytest.approx([-2.0] * 4)
    assert falling == (5, 5)
    assert ensemble.shuffled is not None
    positions, between = position(ensemble, "D", np.log(ensemble.shuffled.D))
    assert positions == pytest.approx([0.5] * 4)
    assert between == (6, 6)
    assert position(ensemble, "R", np.log(ensemble.shuffled.R))[0] == pytest.approx([1.3 / 2.5] * 4)


def test_the_papers_networks_agree_and_controls_do_not() -> None:
    statements = depth_statements([made()])
    assert [s.claim.number for s in statements] == ["i"] * 4 + ["ii"] * 3
    assert [s.verdict for s in statements] == ["agrees"] * 7
    assert not any(s.control_verdict == "agrees" for s in statements)
    assert all(s.holds for s in statements)


@pytest.mark.parametrize(
    ("number", "text", "wrong"),
    [
        ("i", "R_k falls after", {"after": (1.0, 0.5)}),
        ("i", "D_k falls after", {"after": (1.0, 0.5)}),
        ("i", "R_k does not fall before", {"before": (-1.0, 0.0)}),
        ("i", "D_k does not fall before", {"before": (-1.0, 0.0)}),
        ("ii", "D_k", {"shuffled": (-3.0, 0.3)}),
        ("ii", "G_k", {"shuffled": (-1.0, 1.5)}),
        ("ii", "R_k", {"shuffled": (-3.0, 1.5)}),
    ],
)
def test_each_statement_can_be_contradicted_and_undecided(number: str, text: str, wrong: dict[str, Any]) -> None:
    contradicted = of(depth_statements([made(**wrong)]), number, text)
    assert (contradicted.verdict, contradicted.holds) == ("contradicts", False)
    for unclear in (made(scatter=3.0), made(seeds=1)):
        undecided = of(depth_statements([unclear]), number, text)
        assert (undecided.verdict, undecided.holds) == ("undecided", False)


def test_a_network_that_falls_before_training_as_well_does_not_hold() -> None:
    """The control of "falls after training" agrees, too."""
    statement = of(depth_statements([made(before=(-1.0, 0.0))]), "i", "R_k falls after")
    assert (statement.verdict, statement.control_verdict, statement.holds) == ("agrees", "agrees", False)


def test_shuffled_curves_have_to_lie_between_in_more_than_half_of_the_layers() -> None:
    ensemble = made(scatter=0.001)
    assert ensemble.shuffled is not None
    ensemble.shuffled.D[:, :4] = 1.01 * ensemble.before.D[:, :4]  # outside, where the trained network has hardly moved
    ensemble.shuffled.D[:, 4:] = np.sqrt(ensemble.before.D * ensemble.after.D)[:, 4:]
    statement = of(depth_statements([ensemble]), "ii", "D_k")
    assert statement.claim.low < statement.value.low
    assert statement.value.high < statement.claim.high
    assert (statement.layers, statement.verdict) == ((2, 6), "undecided")


def test_layers_that_shuffling_leaves_alone_do_not_count() -> None:
    ensemble = made()
    assert ensemble.shuffled is not None
    ensemble.shuffled.D[:, 0] = ensemble.after.D[:, 0]
    assert of(depth_statements([ensemble]), "ii", "D_k").layers == (5, 5)


@pytest.mark.parametrize(("rough", "verdict"), [(0.6, "agrees"), (1.3, "contradicts")])
def test_filters_become_low_frequency(rough: float, verdict: str) -> None:
    (statement,) = filter_statements([made(rough=rough)])
    assert statement.verdict == verdict
    assert statement.value.value == pytest.approx(math.log(rough), abs=0.05)
    assert statement.control_verdict != "agrees"
    assert statement.layers == ((2, 2) if verdict == "agrees" else (0, 2))


def test_filters_are_undecided_where_seeds_differ_or_there_is_one() -> None:
    assert [s.verdict for s in filter_statements([made(rough=0.9, scatter=0.3)])] == ["undecided"]
    (single,) = filter_statements([made(seeds=1)])
    assert single.verdict == "undecided"
    assert math.isnan(single.control.value)


def test_families_count_once() -> None:
    """Two VGGs that fall four times, and two other families: the interval is over three numbers."""
    names = {"vgg11": -2.0, "vgg11bn": -4.0, "lenet": -2.0, "alexnet": -2.0}
    statements = depth_statements([made(name, after=(s, 0.0), scatter=1e-6) for name, s in names.items()])
    (families,) = (s for s in statements if s.subject == "3 families" and s.claim.text.startswith("D_k falls after"))
    assert families.value.n == 3
    assert families.value.value == pytest.approx(np.mean([-3.0, -2.0, -2.0]), abs=1e-4)
    assert not [s for s in depth_statements([made("vgg11"), made("vgg11bn")]) if "families" in s.subject]


@pytest.mark.parametrize(
    ("figure", "make"), [("3", depth_statements), ("13", filter_statements)], ids=["layers", "filters"]
)
def test_a_judgement_of_real_images_holds_where_all_statements_do(figure: str, make: Callable[..., object]) -> None:
    ensembles = (made(),)
    judgement = Judgement(figure, ensembles, 1000, condition="these images")
    assert judgement.statements == make(ensembles)
    assert judgement.holds
    wrong = made(after=(1.0, 0.0), rough=1.3)
    assert not Judgement(figure, (wrong,), 1000, condition="these images").holds
    assert Judgement(figure, (wrong,), 1000).statements == ()  # scale detection: the paper says none of these
    printed = tables(judgement)[-1]
    assert "under: these images" in str(printed.caption)
    assert as_json(judgement.statements)[0]["value"]["n"] == 4
