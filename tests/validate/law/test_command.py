"""`python -m validate.law`, as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.validate.drawn import curve, keep_figures
from tests.validate.law.networks import train_for_a_moment
from tests.validate.usage import assert_refused
from theory.definitions.stack import box, layer
from theory.sum_rule import sum_rule_defect
from theory.transfer_matrix import growth_law
from validate.law import filters
from validate.law.__main__ import main
from validate.law.idealised import idealise
from validate.law.judgement import judge
from validate.law.settings import LawSettings
from validate.law.theorem import judge_random_filters, random_filters

# figures of theory and simulation
NAMES = ("law-map.png", "law-curves.png", "law-split.png")


def test_the_law_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    kept = keep_figures(monkeypatch)
    assert main(["--no-nets", "--largest-filter", "12", "--largest-stride", "4", "--out", str(tmp_path)]) == 0
    assert "The law holds." in capsys.readouterr().out
    assert {p.name for p in tmp_path.iterdir()} == {"law.json", "law.txt", *NAMES}
    record = json.loads((tmp_path / "law.json").read_text())
    assert len(record["statements"]) > 4
    assert all(statement["holds"] for statement in record["statements"])
    # rows are strides from 1 on, columns filter sizes from 2 on
    shown = np.asarray(kept["law-map"].axes[0].images[0].get_array())
    for homogeneous in record["homogeneous"]:
        assert shown[homogeneous["stride"] - 1, homogeneous["filter_size"] - 2] == homogeneous["prediction"]["alpha"]
    for panel, quantity in enumerate(("D", "G")):
        for shown_filter in record["shown"]:
            simulated = shown_filter["simulated"]
            drawn = curve(kept["law-curves"], panel, f"{shown_filter['name']}:")
            np.testing.assert_allclose(drawn, [simulated["receptive_field"], simulated[quantity]], rtol=1e-9)
    point = next(p for p in record["homogeneous"] if (p["filter_size"], p["stride"]) == (3, 2))
    assert point["prediction"]["alpha"] == 0
    assert "sqrt(17)" in point["prediction"]["lambda_1"]


def test_a_filter_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--no-nets", "--largest-filter", "4", "--largest-stride", "2", "--weights", "1", "3", "3", "1", "--stack"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    record = json.loads((tmp_path / "law.json").read_text())
    (own,) = record["own"]
    assert own["prediction"]["alpha"] == pytest.approx(2)
    assert own["layer"]["weights"] == ["1/8", "3/8", "3/8", "1/8"]
    assert record["stacks"] == []


def test_a_filter_of_ones_own_is_judged_in_the_statement(tmp_path: Path) -> None:
    """[1, 0, 0, 1]/2 obeys the sum rule and has D_k = 2: as the theorem says, and not the sum rule alone."""
    words = ["--no-nets", "--largest-filter", "4", "--largest-stride", "2", "--stack", "--out", str(tmp_path)]
    assert main([*words, "--weights", "1", "0", "0", "1"]) == 0
    record = json.loads((tmp_path / "law.json").read_text())
    (own,) = record["own"]
    assert (own["common_divisor"], own["prediction"]["alpha"], own["class_weights"]) == (3, 0, [0.5, 0.5])
    assert own["simulated"]["D"] == [2] * len(own["simulated"]["D"])


@pytest.mark.parametrize("weights", [[1, 0, 0, 1], [1, 2, 1], [3, 1]])
def test_a_wrong_theorem_is_refused(weights: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum rule alone in the theorem's place is refused: by the user's filter, and by the random ones."""
    own = layer(weights, 2)
    monkeypatch.setattr(filters, "pools", lambda identical: sum_rule_defect(identical) == 0)
    monkeypatch.setattr(filters, "BROKEN", {})
    judgement = judge(LawSettings(4, 2, own, stacks=(), networks=()))
    (statement,) = (statement for statement in judgement.statements if "filters shown and own" in statement.name)
    assert statement.holds == (weights != [1, 0, 0, 1])


def test_random_filters_refuse_either_condition_alone() -> None:
    judged = judge_random_filters(100)
    drawn = random_filters(100, judged.seed)
    assert len({(identical.weights, identical.stride, identical.dilation) for identical in drawn}) > 60
    assert judged.theorem_holds
    assert judged.rivals_refused
    # the sum rule alone fails on several, so that the test does not hang on a single draw
    assert judged.contradicted_by["sum rule"] > 3


def test_a_slow_filter_of_ones_own_agrees_layer_by_layer() -> None:
    judgement = judge(LawSettings(4, 2, layer([1.001, 0.999], 2), stacks=(), networks=()))
    assert not judgement.own[0].exponents_agree
    assert judgement.own[0].layers_agree
    assert judgement.holds


QUICK = ["--largest-filter", "4", "--largest-stride", "2", "--stack", "--device", "cpu"]


def test_networks_that_have_not_learned_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train_for_a_moment(monkeypatch)
    kept = keep_figures(monkeypatch)
    monkeypatch.setattr("validate.law.__main__.provenances", lambda runs, store: [{"device": "some GPU"}])
    words = ["--networks", "3/2", "2/2", "--seeds", "3", "--workers", "1", "--store", str(tmp_path / "runs")]
    assert main([*QUICK, *words, "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "What trained networks learn" in printed
    record = json.loads((tmp_path / "law.json").read_text())
    statements = {statement["name"]: statement["holds"] for statement in record["statements"]}
    assert not statements["F = 3, s = 2, task 1: networks learn the sum rule, not homogeneity"]
    assert [network["task"]["kind"] for network in record["networks"]] == [1, 1, 2, 2, "parity"]
    assert record["provenance"]["device"] == "some GPU"
    # none learned: only what is before training, all seeds, is drawn beside the homogeneous filters
    for panel, network in ((0, record["networks"][0]), (3, record["networks"][2])):
        homogeneous, untrained = network["homogeneous"], network["untrained"]["measurements"]["measured"]
        shown = curve(kept["law-networks"], panel, "networks, untrained")
        np.testing.assert_allclose(shown, [homogeneous["receptive_field"], np.mean(untrained["D"], axis=0)])
        shown = curve(kept["law-networks"], panel, "simulation: homogeneous filters")
        np.testing.assert_allclose(shown, [homogeneous["receptive_field"], homogeneous["D"]])
    figures = {path.name for path in tmp_path.glob("*.png")}
    assert figures == {*NAMES, "law-networks.png", "law-filters.png"}


def test_an_interrupted_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sweep.local.Local.make", interrupt)
    words = ["--networks", "3/2", "--seeds", "2", "--store", str(tmp_path / "runs"), "--out", str(tmp_path)]
    assert main([*QUICK, *words]) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


@pytest.mark.slow
def test_networks_learn_the_sum_rule(tmp_path: Path) -> None:
    words = ["--networks", "3/2", "--seeds", "4", "--store", str(tmp_path / "runs"), "--out", str(tmp_path)]
    assert main([*QUICK, *words]) == 0


def test_a_wrong_matrix_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law of the neighbouring filter in place of the right one: exit status 1."""
    monkeypatch.setattr(filters, "growth_law", lambda right: growth_law(box(len(right.weights) + 1, right.stride)))
    words = ["--no-nets", "--largest-filter", "4", "--largest-stride", "2", "--stack"]
    assert main([*words, "--out", str(tmp_path)]) == 1


def test_neighbours_and_the_naive_exponent_are_refused() -> None:
    (judged,) = (judged for judged in filters.judge_shown() if judged.name == "F = 4, s = 2")
    assert judged.exponents_agree
    assert len(judged.rivals) == 2
    assert not any(rival.accepted for rival in judged.rivals)


def test_idealised_resnet_saturates_and_lengthened_does_not() -> None:
    resnet = idealise("resnet18")
    # the last twelve layers, in which A_k grows sevenfold, gain 3 % where they could gain a factor of thirty
    assert resnet.sensitivities.D[-1] / resnet.sensitivities.D[6] > 0.9
    assert resnet.lengthened.D[-1] / resnet.lengthened.D[6] < 0.05
    assert [label for label, defect in zip(resnet.labels, resnet.sum_rule_defects, strict=True) if defect] == [
        "conv 7/2", "pool 3/2", "conv 3/2", "conv 3/2", "conv 3/2"
    ]  # fmt: skip
    vgg = idealise("vgg11")
    assert max(vgg.sum_rule_defects) == 0
    assert (vgg.lengthened.D == vgg.sensitivities.D).all()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--weights", "1", "1", "--stride", "0"], "--stride: 0 is out of range"),
        (["--weights", "1", "1", "1", "--stride", "1"], "stride 1 is diffusion"),
        (["--weights", "1", "1", "--stride", "3"], "never sees"),
        (["--weights", "1", "-1"], "--weights: -1 is no weight"),
        (["--weights", "3", "-1", "1"], "--weights: -1 is no weight"),
        (["--weights", "nan", "1"], "nan is no weight"),
        (["--weights", "inf", "1"], "inf is no weight"),
        (["--weights", "one"], "one"),
        (["--weights"], "--weights"),
        (["--stride", "1.5"], "1.5 is not a whole number"),
        (["--stack", "vgg99"], "vgg99"),
        (["--largest-stride", "1"], "--largest-stride: 1 is out of range: use 2 to 8"),
        (["--largest-filter", "33"], "--largest-filter: 33 is out of range: use 2 to 32"),
        (["--out", "/dev/null/results"], "cannot be written"),
        (["--seeds", "1"], "--seeds: 1 is out of range"),
        (["--networks", "3"], "3 is not a filter size and a stride"),
        (["--networks", "2/3"], "2/3 is no filter: use a size up to 1024 and a stride up to the size"),
        (["--networks", "3/1"], "F = 3, s = 1"),
        (["--networks", "8/2"], "fewer than two layers"),
        (["--channels", "0"], "--channels: 0 is out of range"),
        (["--width", "64"], "use --channels"),
        (["--device", "tpu"], "tpu"),
        (["--checkpoint", "weights.pt"], "--model"),
        (["--pretrained"], "--model"),
        (["--model", "nowhere:model"], "nowhere:model gives no model"),
        (["--model", "torch.nn:Identity"], "no layer with a stride"),
        (["--model", "torch.nn:Identity", "--input", "3"], "no image's"),
        (["--model", "torch.nn:Identity", "--input", "3", "0"], "--input: 0 is out of range"),
        (["--model", "torch.nn:Identity", "--pretrained"], "published weights"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(main, words, named, capsys)
    assert not list(tmp_path.rglob("*.json"))
