"""`python -m validate.figures 4, 8, 9, 12, 14`, as a user runs them, with networks that take a second."""

import json
from pathlib import Path

import pytest

from tests.validate.usage import assert_refused
from validate import figures
from validate.runs import __main__ as runs

TINY = ["--epochs", "2", "--training-images", "64", "--test-images", "64", "--batch", "16", "--images", "40",
        "--width", "0.05", "--seeds", "2", "--shuffles", "2"]  # fmt: skip


def words(figure: str, folder: Path, *more: str) -> list[str]:
    return [figure, *TINY, "--out", str(folder / "out"), "--store", str(folder / "runs"), *more]


def test_figures_8_9_4_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["--architectures", "lenet", "fc2", "alexnet"]
    # two epochs teach nothing: at least one sign is not the paper's
    assert figures.main(words("8", tmp_path, *names)) == 1
    printed = capsys.readouterr().out
    assert "At least one sign is NOT the paper's." in printed
    record = json.loads((tmp_path / "out" / "figure8.json").read_text())
    assert record["correlation"].keys() == {"D", "G", "R"}
    assert [one["architecture"] for one in record["networks"]] == ["lenet", "fc2", "alexnet"]
    lenet, fc2, alexnet = record["networks"]
    assert lenet["layers"][-1] == "output"
    assert len(lenet["after"]["D"]) == 2
    assert fc2["homogeneous"] is None
    assert fc2["spectra"] == {}
    assert "no convolution behind the first" in fc2["shuffled"]
    assert len(alexnet["homogeneous"]["D"][0]) == 5
    assert sum(run["run"].startswith("deep-training") for run in record["runs"]) == 6
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    for figure, some in (
        ("9", ["lenet", "alexnet"]),
        ("4", ["lenet"]),
        ("14", ["alexnet"]),
        ("12", ["lenet", "alexnet"]),
    ):
        assert figures.main(words(figure, tmp_path, "--architectures", *some)) == 0
        for suffix in (".png", ".txt", ".json"):
            assert (tmp_path / "out" / f"figure{figure}{suffix}").stat().st_size > 500
    printed = capsys.readouterr().out
    assert "|ln shuffled/trained|" in printed
    assert "of the mean filter" in printed


def test_networks_that_all_diverge_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.main(words("9", tmp_path, "--architectures", "lenet", "--learning-rate", "1e30")) == 1
    printed = capsys.readouterr().out
    assert "lenet, seed 1: its loss is not finite, left out" in printed
    assert "nothing was drawn" in printed
    assert list((tmp_path / "out").iterdir()) == []


def test_runs_are_listed_and_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "runs")]
    figures.main(words("14", tmp_path, "--seeds", "1"))
    capsys.readouterr()
    runs.main([*store, "list"])
    assert "alexnet, width × 0.05, seed 0, measured" in capsys.readouterr().out
    runs.main([*store, "why", "figures", *words("14", tmp_path, "--seeds", "1", "--noise", "rectified")])
    assert "probing.noise rectified, there gaussian" in capsys.readouterr().out
    assert figures.main(words("14", tmp_path, "--dry-run", "--epochs", "4")) == 0
    assert "missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("figure", "more", "named"),
    [
        ("9", ["--architectures", "vgg12"], "'vgg12' is unknown"),
        ("8", ["--architectures", "fc2", "fc4"], "2 architectures have no correlation"),
        ("4", ["--architectures", "fc2"], "no convolution, so its filters have no spectrum"),
        ("8", ["--width", "0"], "width factor is 0"),
        ("8", ["--seeds", "0"], "number of seeds is 0"),
        ("8", ["--batch", "100"], "batches of 100"),
        ("8", ["--images", "65"], "65 images cannot be taken from 64"),
        ("8", ["--gap", "28"], "neither may be empty"),
        ("8", ["--moves", "jump"], "move 'jump'"),
        ("8", ["--noise", "pink"], "noise 'pink'"),
        ("8", ["--noise-norm", "sum"], "norm 'sum'"),
        ("8", ["--task", "3"], "task 3 does not exist"),
        ("8", ["--training-images", "1000000", "--batch", "128"], "cannot be drawn"),
        ("9", ["--shuffles", "0"], "measure nothing"),
        ("9", ["--out", "/dev/null/results"], "cannot be written"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    figure: str, more: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [] if "--architectures" in more else ["--architectures", "fc2", "fc4", "lenet"]
    assert_refused(figures.main, words(figure, tmp_path, *small, *more), named, capsys)
