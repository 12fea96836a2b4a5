"""`python -m validate.sensitivity`, as a user with a model and images runs it."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from nets.models.perturbations import Convention, Diffeomorphisms
from nets.models.sensitivity import measure_sensitivities
from tests.validate.usage import assert_refused
from validate.sensitivity.__main__ import main
from validate.sensitivity.measurement import read_images


def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 3), nn.Flatten(), nn.Linear(288, 2))


def pooled() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def connected() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(768, 3), nn.ReLU())


def constant() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Threshold(1e9, 1.0))


MODEL = ["--model", "tests.validate.test_sensitivity:small"]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).random((20, 3, 16, 16)))
    return path


def test_a_model_of_the_users(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MODEL, "--images", str(images), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "pixels RMS" in printed
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert record["layers"] == ["0", "1", "2", "3", "4", "output"]
    assert record["D"][4] == record["D"][5]  # the last module is the output
    assert len(record["shuffled"]) == 3
    assert record["shuffled"][0]["D"][0] == record["D"][0]  # the image is read as before
    assert record["shuffled"][0]["D"][2] != record["D"][2]
    assert record["spectra"].keys() == {"0", "2"}
    # noise of the norm of a deformation, drawn anew
    assert record["norm"]["G"] == pytest.approx(record["norm"]["D"], rel=0.2)
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".json", ".png", ".txt"]


def test_the_convention_of_the_deformation_is_the_users(images: Path, tmp_path: Path) -> None:
    D = []
    conventions: tuple[Convention, ...] = ("text", "published")
    for convention in conventions:
        words = [*MODEL, "--images", str(images), "--out", str(tmp_path), "--convention", convention]
        assert main(words) == 0
        record = json.loads((tmp_path / "sensitivity.json").read_text())
        tau = Diffeomorphisms(convention=convention)
        assert record["displacement"] == list(tau.measured(20, (16, 16), torch.Generator().manual_seed(0)))
        probed = measure_sensitivities(small().eval(), read_images(images), {"D": tau}, ["0"])
        assert record["D"][0] == pytest.approx(float(probed.values["D"][0]), rel=1e-6)
        D.append(record["D"][0])
    assert D[1] < D[0]  # pixels move less


def test_what_cannot_be_shuffled_or_is_undefined_is_said(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--images", str(images), "--out", str(tmp_path / "out")]
    assert main(["--model", "tests.validate.test_sensitivity:connected", *out]) == 0
    assert "not shuffled: Sequential has no convolution" in " ".join(capsys.readouterr().out.split())
    assert main(["--model", "tests.validate.test_sensitivity:constant", *out]) == 0
    assert "undefined, one answer for all images but for rounding: 1, output" in capsys.readouterr().out


def test_a_folder_of_photographs_a_curve_and_shifts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    for n in range(6):
        pixels = np.random.default_rng(n).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{n}.png")
    words = ["--images", str(tmp_path / "photos"), "--resize", "18", "--crop", "16", "--out", str(tmp_path / "out")]
    more = ["--curve", "rotation", "--sizes", "0.5", "1", "--shuffles", "0"]
    assert main([*MODEL, *words, *more]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "small on 6 images of 3 × 16 × 16" in printed
    assert "shorter side to 18 (bilinear), middle 16 × 16, /255, − [0.485, 0.456, 0.406]" in printed
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert np.array(record["curve"]["D"]).shape == (2, 6)
    assert record["curve"]["slopes"][0][-1] == pytest.approx(2, abs=0.3)
    pooled = ["--model", "tests.validate.test_sensitivity:pooled", *words, "--shift", "2", "--shuffles", "0"]
    assert main(pooled) == 0
    assert 0 <= json.loads((tmp_path / "out" / "sensitivity.json").read_text())["shift_consistency"]["share"] <= 1


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "more", "named"),
    [
        (lambda path: path.unlink(), [], "cannot be read"),
        (lambda path: write(path, pickle.dumps([1])), [], "no .npy array"),
        (lambda path: write(path, b""), [], "no .npy array"),
        (lambda path: np.save(path, np.zeros((4, 16, 16))), [], "holds no"),
        (lambda path: np.save(path, np.array([["a"]])), [], "holds no"),
        (lambda path: np.save(path, np.zeros((4, 1, 16, 16))), [], "raises RuntimeError on images of 1 × 16 × 16"),
        (lambda path: np.save(path, np.full((4, 3, 16, 16), np.nan)), [], "the layer 0 returns numbers that are not"),
        (lambda path: None, ["--layers", "conv9"], "there is no layer conv9: use some of 0, 1, 2"),
        (lambda path: None, ["--cut-off", "1"], "leaves no mode"),
        (lambda path: None, ["--cut-off", "1", "--convention", "published"], "gives no temperature"),
        (lambda path: None, ["--convention", "code"], "'code' is unknown: use text or published"),
        (lambda path: None, ["--displacement", "-1"], "--displacement: -1 is not a number"),
        (lambda path: None, ["--interpolation", "cubic"], "--interpolation: 'cubic' is unknown"),
        (lambda path: None, ["--batch", "0"], "--batch: 0 is out of range"),
        (lambda path: np.save(path, np.zeros((4, 3, 16, 16), np.uint8)), [], "holds uint8 numbers"),
        (lambda path: None, ["--curve", "shear"], "perturbation 'shear' is unknown"),
        (lambda path: None, ["--curve", "rotation", "--sizes", "1", "1"], "give no curve"),
        (lambda path: None, ["--shift", "16"], "leave nothing when shifted"),
        (lambda path: None, ["--model", "tests.validate.test_sensitivity:none"], "gives no model"),
        (lambda path: None, ["--out", "/dev/null/results"], "cannot be written"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_sentence_and_status_2(
    spoil: object, more: list[str], named: str, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(images)  # type: ignore[operator]
    words = [*MODEL, "--images", str(images), "--out", str(tmp_path / "out"), *more]
    assert_refused(main, words, named, capsys)


def test_photographs_of_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    monkeypatch.setattr("nets.models.photographs.packaged_file", lambda *_: tmp_path / "picture.png")
    words = [*MODEL, "--images", "packaged:photographs", "--resize", "16", "--crop", "16", "--shuffles", "0"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert record["images"] == 112
    assert record["settings"]["images"] == "packaged:photographs"
    assert "16 crops of each of 7 photographs" in (tmp_path / "out" / "sensitivity.txt").read_text()


def test_photographs_of_packages_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nets.models.photographs.packaged_file", lambda *_: None)
    words = [*MODEL, "--images", "packaged:photographs", "--out", str(tmp_path / "out")]
    assert_refused(main, words, "photographs of skimage and sklearn are missing: install the extra", capsys)
    words = ["--model", "packaged:nothing", "--images", str(tmp_path / "x.npy")]
    np.save(tmp_path / "x.npy", np.zeros((2, 3, 16, 16)))
    assert_refused(main, words, "no package has a model 'nothing'", capsys)
