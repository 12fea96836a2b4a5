"""`python -m validate.learned`, as a user runs it, with networks that take seconds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nets.deep.training import DeepTraining
from tests.validate.usage import assert_refused
from validate.learned import __main__ as learned
from validate.learned import settings

TINY = ["--task", "1", "--channels", "8", "--seeds", "2"]


def words(folder: Path, *more: str) -> list[str]:
    return ["--out", str(folder / "out"), "--store", str(folder / "runs"), *more]


def short_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred epochs instead of thousands, LeNets of a few images."""
    monkeypatch.setattr(settings, "LAST_SIGMA", 0.99)
    tiny = DeepTraining("lenet", images=64, validation=64, test=512, epochs=3, batch=32)
    monkeypatch.setattr(settings, "deep_preset_training", lambda preset, architecture, task: tiny)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Small simple CNNs of task 1, and LeNets that hardly learn."""
    folder = tmp_path_factory.mktemp("learned")
    with pytest.MonkeyPatch.context() as patch:
        short_trainings(patch)
        assert learned.main(words(folder, *TINY, "--architectures", "lenet", "--partial")) in (0, 1)
    text = (folder / "out" / "learned.txt").read_text()
    assert "W = σ W(0) + ΔW" in text
    assert (folder / "out" / "learned.png").stat().st_size > 10_000
    return json.loads((folder / "out" / "learned.json").read_text())


def test_all_numbers_are_written(record: Any) -> None:
    measured = {(m["name"], m["moment"]): m for m in record["judgement"]["measurements"]}
    assert list(measured)[-1] == ("lenet, width × 0.125", "end")
    lenet = measured["lenet, width × 0.125", "end"]
    assert len(lenet["seeds"]) + len(lenet["excluded"]) == 2
    assert len(lenet["eigenvalues"]) == len(lenet["splits"]["shares"][0][0])
    for name in ("without mode 0", "start redrawn", "averaged over channels"):
        assert np.shape(lenet["changed"][name]["D"]) == np.shape(lenet["trained"]["D"])
    assert record["runs"]


def test_numbers_are_those_of_the_networks(record: Any) -> None:
    """σ of networks that learned nothing yet is what decay predicts, ρ what q and γ imply."""
    for measured in record["judgement"]["measurements"]:
        if measured["seeds"] and measured["moment"] != "end":
            sigma = np.array(measured["splits"]["sigma"])[:, 1:]
            np.testing.assert_allclose(sigma, measured["predicted_sigma"], atol=0.1)


def test_partly_learned_networks_stand_beside_them(record: Any) -> None:
    moments = {curves["moment"]: curves for curves in record["judgement"]["partial"]}
    assert list(moments) == ["interpolation", "half", "end"]
    assert set(moments["end"]["predicted"]) == {"learned", "random directions", "gaussian amplitudes"}
    assert set(moments["half"]["predicted"]) == {"learned"}
    for curves in moments.values():
        # the first layer is kept whole
        for quantity in ("D", "G"):
            own, theirs = (np.array(c[quantity], dtype=float).reshape(-1, 12)
                           for c in (curves["measured"], curves["predicted"]["learned"]))  # fmt: skip
            np.testing.assert_allclose(own[:, 0], theirs[:, 0], rtol=1e-4)


def a_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 8, 2)
    )


def linear_model() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 12 * 12, 2))


MODEL = "tests.validate.learned.test_command:a_model"


def given(folder: Path, change: float = 0.1, spoiled: float | None = None, model: str = MODEL) -> list[str]:
    """A user's model, its two states, and images."""
    network = linear_model() if "linear" in model else a_model()
    torch.save(network.state_dict(), folder / "start.pt")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(change * torch.randn(parameter.shape))
        if spoiled is not None:
            next(network.parameters()).view(-1)[0] = spoiled
    torch.save(network.state_dict(), folder / "end.pt")
    np.save(folder / "images.npy", np.random.default_rng(0).normal(size=(40, 3, 12, 12)))
    paths = {"before": "start.pt", "after": "end.pt", "images": "images.npy"}
    return ["--model", model, *(w for name, path in paths.items() for w in (f"--{name}", str(folder / path)))]


def test_a_users_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert learned.main(words(tmp_path, *given(tmp_path))) == 0
    record = json.loads((tmp_path / "out" / "learned.json").read_text())
    (measured,) = record["judgement"]["measurements"]
    assert np.shape(measured["splits"]["shares"]) == (1, 2, 6)
    assert measured["layers"][-1] == "output"
    assert record["judgement"]["statements"] == []
    assert "ln(changed/trained)" in capsys.readouterr().out


def test_unrelated_states_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = given(tmp_path)
    network = a_model()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.1)
    torch.save(network.state_dict(), tmp_path / "end.pt")
    assert learned.main(words(tmp_path, *chosen)) == 0
    assert "are uncorrelated, so that σ is noise" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"change": 0.0}, "no convolution learned anything"),
        ({"spoiled": np.nan}, "not finite"),
        ({"model": "tests.validate.learned.test_command:linear_model"}, "no convolution with filters"),
    ],
)
def test_what_holds_no_learned_part_is_refused(
    changes: dict[str, Any], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(learned.main, words(tmp_path, *given(tmp_path, **changes)), named, capsys)
    assert not (tmp_path / "out").exists()


def test_states_of_another_model_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = given(tmp_path)
    torch.save(linear_model().state_dict(), tmp_path / "end.pt")
    assert_refused(learned.main, words(tmp_path, *chosen), "does not fit", capsys)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["--model", MODEL], "add --before"),
        (["--layers", "0"], "add --model"),
        (["--task", "none"], "leaves no network"),
        (["--task", "parity", "--partial"], "--partial is of the simple CNNs"),
        (["--width-factor", "0.5"], "--width-factor is of deep networks"),
        (["--architectures", "fc2"], "fc2 has no convolution"),
        (["--architectures", "lenet9"], "lenet9"),
        (["--seeds", "1"], "--seeds"),
        (["--channels", "1"], "--channels"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    more: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(learned.main, words(tmp_path, *more), named, capsys)
