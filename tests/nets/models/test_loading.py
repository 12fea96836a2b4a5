"""Models by name and by checkpoint; what is no model is refused in one sentence."""

import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

from nets.models.loading import load_model

SOURCE = """
from torch import nn
def small():
    return nn.Sequential(nn.Conv2d(1, 2, 3, 2))
def number():
    return 3
def fails():
    raise RuntimeError("no luck\\nat all")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "mine", raising=False)
    return tmp_path


def test_a_function_of_ones_own_and_its_checkpoint(folder: Path) -> None:
    model = load_model("mine:small")
    torch.save(model.state_dict(), folder / "weights.pt")
    again = load_model("mine:small", checkpoint=folder / "weights.pt")
    assert torch.equal(next(again.parameters()), next(model.parameters()))


class Evil:
    """Executed if it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("executed"),)  # type: ignore[return-value]


def test_a_checkpoint_executes_nothing(folder: Path) -> None:
    (folder / "evil.pt").write_bytes(pickle.dumps(Evil()))
    torch.save({"0.weight": Evil()}, folder / "evil2.pt")
    for name in ("evil.pt", "evil2.pt"):
        with pytest.raises(ValueError, match="more than tensors"):
            load_model("mine:small", checkpoint=folder / name)
    assert not (folder / "executed").exists()


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("mine:number", "gives a int"),
        ("mine:fails", r"RuntimeError: no luck\)"),
        ("mine:absent", "AttributeError"),
        ("nowhere:small", "ModuleNotFoundError"),
        ("no_such_model", "no_such_model"),
    ],
)
def test_what_is_no_model_is_refused(folder: Path, name: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        load_model(name)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "cannot be read"),
        (b"nonsense", "damaged"),
        (b"", "damaged"),
        ({"other": torch.zeros(1)}, "does not fit"),
        (3, "does not fit"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(folder: Path, content: object, named: str) -> None:
    path = folder / "weights.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(ValueError, match=named) as refusal:
        load_model("mine:small", checkpoint=path)
    assert "\n" not in str(refusal.value)


def test_torchvision() -> None:
    pytest.importorskip("torchvision", exc_type=Exception)
    assert isinstance(load_model("resnet18"), nn.Module)
