"""`python -m validate.sensitivity --split`."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.validate.usage import assert_refused
from validate.sensitivity.__main__ import main


def strided() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 2, 2, 2), nn.Flatten(), nn.Linear(18, 2))


def connected() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(768, 3))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).random((12, 3, 16, 16)))
    return path


def test_moved_and_lost_stand_beside_D(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model", "tests.validate.test_sensitivity_split:strided", "--images", str(images), "--shuffles", "0"]
    assert main([*words, "--out", str(tmp_path / "out"), "--split"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Lagrange" in printed
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    split = record["split"]
    assert split["parts"]["layer"] == ["0", "1", "2"]
    assert split["without_grid"] == ["3", "4"]
    np.testing.assert_allclose(split["parts"]["D"], record["D"][:3], rtol=1e-6)
    assert split["grids"][2] == {"step": [4, 4], "offset": [2, 2]}
    assert f"{split['parts']['lost'][0]:.3g}" in printed
    assert main([*words, "--out", str(tmp_path / "plain")]) == 0
    assert json.loads((tmp_path / "plain" / "sensitivity.json").read_text())["split"] is None


def test_a_model_without_a_grid_is_refused(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--model", "tests.validate.test_sensitivity_split:connected", "--images", str(images), "--split"]
    assert_refused(main, words, "no layer stands on a grid", capsys)
