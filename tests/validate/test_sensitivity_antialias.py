"""`python -m validate.sensitivity --antialias`."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.validate.usage import assert_refused
from validate.sensitivity.__main__ import main

MODULE = "tests.validate.test_sensitivity_antialias"


def strided() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


def dense() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).random((12, 3, 24, 24)))
    return path


def record_of(words: list[str], folder: Path) -> dict[str, object]:
    assert main([*words, "--shuffles", "0", "--out", str(folder)]) == 0
    return dict(json.loads((folder / "sensitivity.json").read_text()))


def test_the_copy_stands_beside_the_model(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", f"{MODULE}:strided", "--images", str(images)]
    plain = record_of(words, tmp_path / "plain")
    assert plain["antialiased"] is None
    capsys.readouterr()
    record = record_of([*words, "--antialias", "--split", "--shift", "2"], tmp_path / "all")
    printed = " ".join(capsys.readouterr().out.split())
    copy = record["antialiased"]
    assert isinstance(copy, dict)
    assert copy["replaced"] == {"0": "behind 1", "2": "behind 2"}
    assert (record["layers"], record["D"]) == (plain["layers"], plain["D"])
    assert copy["layers"] == record["layers"]
    before, after = copy["operations"]
    assert copy["cost_ratio"] == after / before > 1
    assert f"{copy['cost_ratio']:.3g} times the multiply-adds ({before:,} → {after:,} an image)" in printed
    assert copy["D"][0] < plain["D"][0]  # type: ignore[index]
    assert f"{copy['D'][0]:.3g}" in printed
    np.testing.assert_allclose(copy["split"]["parts"]["D"], copy["D"][:4], rtol=1e-6)
    assert copy["split"]["parts"]["lost"][0] < record["split"]["parts"]["lost"][0]  # type: ignore[index]
    assert 0 <= copy["shift_consistency"]["share"] <= 1
    assert printed.count("the class survives") == 2


def test_steps_are_named(images: Path, tmp_path: Path) -> None:
    words = ["--model", f"{MODULE}:strided", "--images", str(images), "--layers", "3", "--antialias", "2"]
    copy = record_of(words, tmp_path / "out")["antialiased"]
    assert isinstance(copy, dict)
    assert (copy["replaced"], copy["layers"], copy["split"]) == ({"2": "behind 2"}, ["3", "output"], None)


@pytest.mark.parametrize(
    ("model", "steps", "named"), [("dense", [], "nothing to antialias"), ("strided", ["9"], "there is no layer 9")]
)
def test_what_cannot_be_replaced_is_refused(
    model: str,
    steps: list[str],
    named: str,
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--model", f"{MODULE}:{model}", "--images", str(images), "--shuffles", "0", "--antialias", *steps]
    assert_refused(main, words, named, capsys)
