"""Synthetic networks of both laws are recognised, and every rival is refused."""

import numpy as np
import pytest

from theory.scaling import Stride
from validate.measurements.hypotheses import law, power, untrained_exponent
from validate.measurements.judgement import Judgement, judge
from validate.measurements.reading import Measurements

STRIDES: list[Stride] = ["one", "filter"]
OTHER: dict[Stride, Stride] = {"one": "filter", "filter": "one"}


def field_of(stride: Stride, layers: int = 8) -> np.ndarray:
    steps = np.arange(1, layers + 1)
    return np.sqrt(2 * steps / 3) if stride == "one" else 2.0**steps


def networks(field: np.ndarray, d: np.ndarray, g: np.ndarray, seeds: int = 5, noise: float = 0.02) -> Measurements:
    """Networks about these curves, with independent relative noise in each layer."""
    rng = np.random.default_rng(7)
    scatter = np.exp(noise * rng.normal(size=(2, seeds, len(field))))
    fields = np.tile(field, (seeds, 1))
    return Measurements(np.arange(1, len(field) + 1), np.arange(seeds), fields, d * scatter[0], g * scatter[1], ())


def powers(field: np.ndarray, stride: Stride, dim: int) -> tuple[np.ndarray, np.ndarray]:
    return 0.3 * field ** power("D", stride, dim), 5 * field ** power("G", stride, dim)


def outcomes(judgement: Judgement, quantity: str, kind: str) -> set[str]:
    return {h.outcome for h in judgement.quantities[quantity].hypotheses if h.kind == kind}


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_law_of_each_stride_holds(stride: Stride, dim: int) -> None:
    """Its powers with factors of their own, and its whole expression."""
    field = field_of(stride)
    whole = (law("D", stride, dim, field), law("G", stride, dim, field))
    for d, g in (powers(field, stride, dim), whole):
        judgement = judge(networks(field, d, g), stride, dim)
        assert judgement.holds
        assert outcomes(judgement, "D", "rival") == {"refused"}
        assert outcomes(judgement, "G", "rival") <= {"refused", "not distinguishable"}
    assert judgement.quantities["G"].factor.value == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_fitted_exponents_are_those_of_the_networks(stride: Stride, dim: int) -> None:
    field = field_of(stride)
    judgement = judge(networks(field, *powers(field, stride, dim)), stride, dim)
    predicted = {"D": -2, "G": dim, "R": -2 - dim} if stride == "one" else {"D": -1, "G": dim, "R": -1 - dim}
    for quantity, exponent in predicted.items():
        result = judgement.quantities[quantity]
        assert result.predicted == exponent
        assert result.fitted.low - 0.02 < exponent < result.fitted.high + 0.02
        assert result.fitted.n == 5


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("rival", ["other stride", "constant", "untrained", "exponent off", "one layer off"])
def test_networks_of_a_rival_refuse_the_law(stride: Stride, rival: str) -> None:
    field = field_of(stride)
    d, g = powers(field, stride, 1)
    layer_off = np.where(np.arange(len(field)) == 3, 1.4, 1)
    curves = {
        "other stride": powers(field, OTHER[stride], 1),
        "constant": (np.full_like(field, 0.3), np.full_like(field, 5)),
        "untrained": (field ** untrained_exponent("D", stride), field ** untrained_exponent("G", stride)),
        "exponent off": (d * field**-0.4, g * field**0.4),
        "one layer off": (d * layer_off, g * layer_off),
    }
    judgement = judge(networks(field, *curves[rival], noise=0.005), stride, 1)
    assert judgement.quantities["D"].verdict == "refused"
    assert not judgement.holds
    if rival in ("constant", "untrained"):
        assert judgement.quantities["G"].verdict == "refused"
        for quantity in ("D", "G"):
            assert any(name.startswith(rival) for name in judgement.quantities[quantity].accepted_rivals)


def test_one_seed_decides_nothing() -> None:
    field = field_of("one")
    judgement = judge(networks(field, *powers(field, "one", 1), seeds=1), "one", 1)
    assert not judgement.holds
    assert outcomes(judgement, "D", "law") == outcomes(judgement, "D", "rival") == {"undecided"}
    assert np.isnan(judgement.quantities["D"].fitted.low)
    assert "one seed: there is no interval over seeds" in judgement.open_questions[0]


def test_noisy_networks_are_undecided_and_not_refused() -> None:
    field = field_of("filter", 4)
    judgement = judge(networks(field, *powers(field, "filter", 1), seeds=3, noise=0.3), "filter", 1)
    assert judgement.quantities["D"].verdict == "undecided"
    assert any("more networks would decide" in sentence for sentence in judgement.open_questions)


def test_the_true_law_is_rarely_refused_and_a_wrong_one_rarely_accepted() -> None:
    """Of 100 sets of four networks: levels of 5 %, with three standard errors."""
    field, rng = field_of("filter", 5), np.random.default_rng(0)
    fields, layers, seeds = np.tile(field, (4, 1)), np.arange(1, 6), np.arange(4)
    held = {0.0: 0, 0.075: 0}
    refused = 0
    for off in held:
        for _ in range(100):
            d, g = np.exp(0.05 * rng.normal(size=(2, 4, 5)))
            measured = Measurements(layers, seeds, fields, d / fields ** (1 + off), g * fields, ())
            verdict = judge(measured, "filter", 1).quantities["D"].verdict
            held[off] += verdict == "holds"
            refused += off == 0 and verdict == "refused"
    assert refused <= 100 * (0.05 + 3 * 0.022)
    assert held[0.075] <= 100 * (0.05 + 3 * 0.022)
    assert held[0.0] > 50


def test_a_rival_within_the_margins_is_not_distinguishable() -> None:
    field = np.array([100.0, 101.0, 102.0])
    judgement = judge(networks(field, *powers(field, "one", 1), noise=1e-6), "one", 1)
    (same,) = [h for h in judgement.quantities["G"].hypotheses if h.name == "law of stride F, all terms"]
    assert same.outcome == "not distinguishable"
    assert any("more A might tell" in sentence for sentence in judgement.open_questions)
