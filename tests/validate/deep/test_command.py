"""`python -m validate.figures 4, 8, 9, 12, 14`, as a user runs them, with networks that take a second."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused
from validate import figures
from validate.runs import __main__ as runs

TINY = ["--epochs", "2", "--training-images", "64", "--test-images", "64", "--batch", "16", "--measured-images", "40",
        "--width-factor", "0.05", "--seeds", "2", "--shuffles", "2"]  # fmt: skip


def words(figure: str, folder: Path, *more: str) -> list[str]:
    return [figure, *TINY, "--out", str(folder / "out"), "--store", str(folder / "runs"), *more]


def test_figures_8_9_4_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep_figures(monkeypatch)
    names = ["--architectures", "lenet", "fc2", "alexnet"]
    # three families decide no sign
    assert figures.main(words("8", tmp_path, *names)) == 1
    printed = capsys.readouterr().out
    assert "judged by families: D undecided, G undecided, R undecided" in printed
    assert "3 architectures of 3 families" in printed
    record = json.loads((tmp_path / "out" / "figure8.json").read_text())
    assert record["correlation"].keys() == {"D", "G", "R"}
    assert [network["architecture"] for network in record["networks"]] == ["lenet", "fc2", "alexnet"]
    lenet, fc2, alexnet = record["networks"]
    assert lenet["layers"][-1] == "output"
    assert len(lenet["after"]["D"]) == 2
    assert fc2["homogeneous"] is None
    assert fc2["spectra"] == {}
    assert fc2["shuffled"] is None
    assert "no convolution behind the first" in fc2["why_not_shuffled"]
    assert len(alexnet["homogeneous"]["D"][0]) == 5
    assert sum(run["run"].startswith("deep-training") for run in record["runs"]) == 6
    for panel, quantity in enumerate(("D", "G", "R")):
        output, error = curve(kept["figure8"], panel, "fc2")
        assert output == pytest.approx(np.mean([seed[-1] for seed in fc2["after"][quantity]]))
        assert error == pytest.approx(np.mean(fc2["test_error"]))
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    for figure, some in (
        ("9", ["lenet", "alexnet"]),
        ("4", ["lenet"]),
        ("14", ["alexnet"]),
        ("12", ["lenet", "alexnet"]),
    ):
        assert figures.main(words(figure, tmp_path, "--architectures", *some)) == 0
        record = json.loads((tmp_path / "out" / f"figure{figure}.json").read_text())
        assert [network["architecture"] for network in record["networks"]] == some
        heading = "|ln shuffled/trained|" if figure == "9" else "of the mean filter"
        assert heading in (tmp_path / "out" / f"figure{figure}.txt").read_text()
        assert heading in capsys.readouterr().out
        CHECKS[figure](kept[f"figure{figure}"], record["networks"])


def shows_depth(figure: Figure, networks: list[dict[str, Any]]) -> None:
    """A row of D, G, R for each architecture, means over seeds."""
    for row, network in enumerate(networks):
        for column, quantity in enumerate(("D", "G", "R")):
            panel = 3 * row + column
            labels = {"before": "untrained", "after": "trained"}
            if network["architecture"] == "alexnet":  # that narrow, LeNet has one channel a layer
                labels["shuffled"] = "channels shuffled"
            for when, label in labels.items():
                shown = curve(figure, panel, f"networks, {label}")
                np.testing.assert_allclose(shown, [network["depth"], np.mean(network[when][quantity], axis=0)])
            shown = curve(figure, panel, "simulation: homogeneous filters")
            np.testing.assert_allclose(shown[1], network["homogeneous"][quantity][0])


def shows_spectra(figure: Figure, networks: list[dict[str, Any]]) -> None:
    """Power of each mode in units of the untrained filters' mean over modes and seeds."""
    for panel, spectrum in enumerate(networks[0]["spectra"].values()):
        modes = np.array(spectrum["multiplicities"])
        unit = np.mean([np.sum(seed) / modes.sum() for seed in spectrum["power_before"]])
        for when, label in (("before", "untrained"), ("after", "trained")):
            power = np.mean(np.array(spectrum[f"power_{when}"]) / modes, axis=0) / unit
            np.testing.assert_allclose(
                curve(figure, panel, f"networks, {label}"), [spectrum["eigenvalues"], power], atol=1e-12
            )


def shows_roughness(figure: Figure, networks: list[dict[str, Any]]) -> None:
    """N(Σλ)⁻¹⟨‖w‖²⟩⁻¹ Σ_l λ_l ⟨(Ψ_l·w)²⟩ of each convolution, means over seeds."""
    for network in networks:
        values = []
        for spectrum in network["spectra"].values():
            modes, eigenvalues = np.array(spectrum["multiplicities"]), np.array(spectrum["eigenvalues"])
            power = np.array(spectrum["power_after"])
            values.append(np.mean(modes.sum() / (modes @ eigenvalues) * (power @ eigenvalues) / power.sum(1)))
        np.testing.assert_allclose(curve(figure, 0, network["architecture"])[1], values)


CHECKS = {"9": shows_depth, "4": shows_spectra, "14": shows_spectra, "12": shows_roughness}


def test_networks_that_all_diverge_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures.main(words("9", tmp_path, "--architectures", "lenet", "--learning-rate", "1e30")) == 1
    printed = capsys.readouterr().out
    assert "lenet, seed 1: its loss is not finite, left out" in printed
    assert "nothing was drawn" in printed
    assert not (tmp_path / "out").exists()


def test_runs_are_listed_and_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "runs")]
    figures.main(words("14", tmp_path, "--seeds", "1"))
    capsys.readouterr()
    runs.main([*store, "list"])
    assert "alexnet on task 1, width × 0.05, seed 0, measured" in capsys.readouterr().out
    runs.main([*store, "why", "figures", *words("14", tmp_path, "--seeds", "1", "--noise", "rectified")])
    assert "probing.noise gaussian, not rectified" in capsys.readouterr().out
    assert figures.main(words("14", tmp_path, "--dry-run", "--epochs", "4")) == 0
    assert "missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("figure", "more", "named"),
    [
        ("9", ["--architectures", "vgg12"], "'vgg12' is unknown"),
        ("8", ["--architectures", "fc2", "fc4"], "2 architectures have no correlation"),
        ("4", ["--architectures", "fc2"], "no convolution, so its filters have no spectrum"),
        ("8", ["--width-factor", "0"], "--width-factor: 0 is not a number from 0.001 to 64"),
        ("8", ["--width", "0.5"], "--width is now called --width-factor"),
        ("8", ["--images", "50"], "--images is now called --measured-images"),
        ("8", ["--seeds", "0"], "--seeds: 0 is out of range"),
        ("8", ["--batch", "100"], "batches of 100"),
        ("8", ["--measured-images", "65"], "65 images cannot be taken from 64"),
        ("8", ["--gap", "28"], "neither may be empty"),
        ("8", ["--moves", "jump"], "--moves: 'jump' is unknown"),
        ("8", ["--noise", "pink"], "--noise: 'pink' is unknown"),
        ("8", ["--noise-norm", "sum"], "--noise-norm: 'sum' is unknown"),
        ("8", ["--task", "3"], "--task: 3 is out of range"),
        ("8", ["--training-images", "1000000", "--batch", "128"], "cannot be drawn"),
        ("9", ["--shuffles", "0"], "--shuffles: 0 is out of range"),
        ("9", ["--out", "/dev/null/results"], "cannot be written"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    figure: str, more: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [] if "--architectures" in more else ["--architectures", "fc2", "fc4", "lenet"]
    assert_refused(figures.main, words(figure, tmp_path, *small, *more), named, capsys)
