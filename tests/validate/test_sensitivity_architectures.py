"""`python -m validate.sensitivity --model A B …`: one row a model."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.validate.usage import assert_refused
from validate.sensitivity.__main__ import main

MODULE = "tests.validate.test_sensitivity_architectures"


def aliasing() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.AdaptiveAvgPool2d(2), nn.Flatten())


def pooling() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 5))


def dense() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def seeded() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.AdaptiveAvgPool2d(2), nn.Flatten())


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).random((12, 3, 24, 24)))
    return path


def test_one_row_a_model(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"{MODULE}:{kind}" for kind in ("aliasing", "pooling", "dense")]
    words = ["--images", str(images), "--shift", "3", "--out", str(tmp_path / "all")]
    assert main(["--model", *names, *words]) == 0
    printed = capsys.readouterr().out
    rows = json.loads((tmp_path / "all" / "architectures.json").read_text())["models"]
    assert [row["name"] for row in rows] == names
    assert "3 models on 12 images" in printed
    assert [row["grid_layer"] for row in rows] == ["3", "1", "1"]
    law = rows[0]["prediction"]
    assert (law["step"], law["defect"]) == ("0", pytest.approx(1 / 3))
    assert law["D_repaired"] < law["D"] / 5
    assert rows[1]["prediction"]["step"] is None
    assert rows[1]["prediction"]["defect"] is None
    assert rows[2]["prediction"] is None
    assert "no layer with a stride" in rows[2]["why_not_predicted"]
    assert all(row["lost"][0] > 0 for row in rows)
    assert rows[1]["consistency"] is None  # it takes no smaller images
    for row in rows[::2]:
        assert 0 <= row["consistency"]["share"] <= 1
        assert 1 <= row["consistency"]["classes"] <= 16


def test_rows_are_those_of_single_models(images: Path, tmp_path: Path) -> None:
    """And the seed is that of the weights."""
    name, words = f"{MODULE}:seeded", ["--images", str(images), "--shuffles", "0", "--split", "--shift", "2"]
    folders = [tmp_path / folder for folder in ("both", "single", "other")]
    assert main(["--model", name, name, *words, "--seed", "3", "--out", str(folders[0])]) == 0
    assert main(["--model", name, *words, "--seed", "3", "--out", str(folders[1])]) == 0
    assert main(["--model", name, *words, "--seed", "4", "--out", str(folders[2])]) == 0
    first, second = json.loads((folders[0] / "architectures.json").read_text())["models"]
    assert first == second
    single, other = (json.loads((folder / "sensitivity.json").read_text()) for folder in folders[1:])
    assert first["D_output"] == [single["D"][-1], single["D_error"][-1]]
    place = single["split"]["parts"]["layer"].index(first["grid_layer"])
    assert first["lost"][0] == pytest.approx(single["split"]["parts"]["lost"][place], rel=1e-6)
    assert first["consistency"] == single["shift_consistency"]
    assert other["D"][-1] != single["D"][-1]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--layers", "0"], "--layers is of one model, and there are several"),
        (["--antialias"], "--antialias is of one model, and there are several"),
        (["--curve", "rotation"], "--curve is of one model, and there are several"),
        (["--recalibrate"], "--recalibrate is of the antialiased copy, and there is none"),
    ],
)
def test_what_several_models_have_not_in_common_is_refused(
    words: list[str], named: str, images: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(images.parent)
    models = [f"{MODULE}:pooling", f"{MODULE}:dense"]
    assert_refused(main, ["--model", *models, "--images", str(images), *words], named, capsys)
