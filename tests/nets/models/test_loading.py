"""Models by name and by checkpoint; what is no model is refused in one sentence."""

import importlib.util
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from nets.models.checkpoint_files import fill
from nets.models.loading import _timm_preprocessing, load_model, preprocessing_of

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


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module.", "model."])
@pytest.mark.parametrize(
    "around", [lambda s: s, lambda s: {"epoch": 3, "ema": {"state_dict": s}, "step": torch.ones(1)}]
)
def test_checkpoints_of_training_tools(folder: Path, prefix: str, around: Callable[[object], object]) -> None:
    model = load_model("mine:small")
    state = {f"{prefix}{key}": tensor for key, tensor in model.state_dict().items()}
    torch.save(around(state), folder / "weights.pt")
    again = load_model("mine:small", checkpoint=folder / "weights.pt")
    assert torch.equal(next(again.parameters()), next(model.parameters()))


def test_keys_that_differ_are_named_and_nothing_is_loaded(folder: Path) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, 2))
    before = model[0].weight.clone()
    torch.save({"0.weight": torch.zeros(2, 1, 3, 3), "0.scale": torch.ones(2)}, folder / "weights.pt")
    with pytest.raises(ValueError, match=r"0\.bias is missing; 0\.scale is not the model's"):
        fill(model, "mine:small", folder / "weights.pt")
    torch.save({"0.weight": torch.zeros(2, 1, 5, 5), "0.bias": torch.ones(2)}, folder / "weights.pt")
    with pytest.raises(ValueError, match=r"0\.weight is \(2, 1, 5, 5\), not \(2, 1, 3, 3\)"):
        fill(model, "mine:small", folder / "weights.pt")
    assert torch.equal(model[0].weight, before)


def test_safetensors(folder: Path) -> None:
    torch_files = pytest.importorskip("safetensors.torch", reason="safetensors is missing: `make test-images` has it")
    model = load_model("mine:small")
    torch_files.save_file(model.state_dict(), folder / "weights.safetensors")
    again = load_model("mine:small", checkpoint=folder / "weights.safetensors")
    assert torch.equal(next(again.parameters()), next(model.parameters()))
    (folder / "weights.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="is damaged"):
        load_model("mine:small", checkpoint=folder / "weights.safetensors")


def test_files_of_the_user_that_are_called_as_our_packages(folder: Path) -> None:
    (folder / "nets.py").write_text("from torch import nn\nclass Net(nn.Conv2d):\n    pass\n")
    (folder / "validate.py").write_text("from nets import Net\ndef build():\n    return Net(1, 2, 3)\n")
    assert type(load_model("validate:build")).__name__ == "Net"
    import nets
    import nets.models.spectra

    assert nets.__path__
    assert callable(nets.models.spectra.spectrum)


def test_a_module_that_parses_arguments_or_ends_the_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["validate.sensitivity", "--model", "script:build"])
    lines = "import argparse, sys\nargparse.ArgumentParser().parse_args()\n"
    (folder / "script.py").write_text(f"{lines}from torch import nn\ndef build():\n    return nn.Conv2d(1, 2, 3)\n")
    assert isinstance(load_model("script:build"), nn.Conv2d)
    (folder / "ends.py").write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(ValueError, match=r"ends:build gives no model \(SystemExit: 3\)"):
        load_model("ends:build")


def test_an_exported_model(folder: Path) -> None:
    (folder / "exported.py").write_text(
        "import torch\nfrom torch import nn\ndef build():\n"
        "    return torch.export.export(nn.Conv2d(1, 2, 3).eval(), (torch.rand(2, 1, 8, 8),))\n"
    )
    assert load_model("exported:build")(torch.rand(2, 1, 8, 8)).shape == (2, 2, 6, 6)


def test_no_weights_are_fetched_of_a_backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchvision", exc_type=Exception)
    monkeypatch.setattr("torch.hub.load_state_dict_from_url", lambda *a, **k: pytest.fail("fetched weights"))
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url", lambda *a, **k: pytest.fail("fetched weights")
    )
    assert isinstance(load_model("fcn_resnet50"), nn.Module)
    assert preprocessing_of("resnet18", load_model("resnet18")).crop == 224


def test_weights_beside_others_and_behind_a_prefix_of_the_users(folder: Path) -> None:
    model = load_model("mine:small")
    state = {f"student.encoder.{key}": tensor for key, tensor in model.state_dict().items()}
    torch.save({"state_dict": {**state, "loss.scale": torch.ones(1)}}, folder / "weights.pt")
    again = load_model("mine:small", checkpoint=folder / "weights.pt")
    assert torch.equal(next(again.parameters()), next(model.parameters()))


def test_two_sets_of_weights_that_differ_are_refused(folder: Path) -> None:
    state = load_model("mine:small").state_dict()
    averaged = {key: tensor / 2 for key, tensor in state.items()}
    torch.save({"model": state, "copy": dict(state)}, folder / "weights.pt")
    load_model("mine:small", checkpoint=folder / "weights.pt")
    joined = {f"a.{key}": t for key, t in state.items()} | {f"b.{key}": t for key, t in averaged.items()}
    for both in ({"model": state, "ema": averaged}, joined):
        torch.save(both, folder / "weights.pt")
        with pytest.raises(ValueError, match="2 sets of weights that fit mine:small and differ"):
            load_model("mine:small", checkpoint=folder / "weights.pt")


def test_wrapped_models_old_files_and_tied_weights(folder: Path) -> None:
    inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(1, 2, 3))
    inner[2].weight = inner[0].weight
    state = {key: torch.full_like(t, 2) for key, t in inner.state_dict().items() if "num_batches" not in key}
    del state["2.weight"]
    torch.save(state, folder / "weights.pt")
    fill(nn.DataParallel(inner), "mine:build", folder / "weights.pt")
    assert all((parameter == 2).all() for parameter in inner.parameters())


def test_a_model_by_its_name_and_modules_of_the_users_that_are_called_as_ours(folder: Path) -> None:
    (folder / "whole.py").write_text("from torch import nn\nnet = nn.Conv2d(1, 2, 3)\n")
    assert isinstance(load_model("whole:net"), nn.Conv2d)
    (folder / "sweep").mkdir()
    (folder / "sweep" / "__init__.py").write_text("")
    (folder / "sweep" / "lock.py").write_text("from torch import nn\ndef build():\n    return nn.Conv2d(1, 2, 3)\n")
    hidden = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "sweep"}
    import sweep  # ours, of which no module is loaded yet

    load_model("sweep.lock:build")
    assert "sweep.lock" not in sys.modules
    assert sys.modules["sweep"] is sweep
    sys.modules.update(hidden)


@pytest.mark.parametrize(
    "line", ["import sys; sys.exit(4)", "import argparse; argparse.ArgumentParser().parse_args(['--no'])"]
)
def test_a_module_that_ends_the_program_is_refused(folder: Path, line: str) -> None:
    (folder / "ends.py").write_text(f"{line}\n")
    sys.modules.pop("ends", None)
    with pytest.raises(ValueError, match="ends:build gives no model \\(SystemExit"):
        load_model("ends:build")


def test_timm_is_imported_when_it_is_named() -> None:
    if importlib.util.find_spec("timm") is None:
        with pytest.raises(ValueError, match="install the extra 'timm'"):
            load_model("timm:resnet18")
    else:
        assert isinstance(load_model("timm:resnet18"), nn.Module)


@pytest.mark.parametrize("mode", ["center", "squash"])
@pytest.mark.parametrize("size", [(300, 417), (417, 300), (225, 223), (100, 77)])
def test_photographs_are_brought_to_what_timm_makes_of_them(tmp_path: Path, size: tuple[int, int], mode: str) -> None:
    timm_data = pytest.importorskip("timm.data", reason="timm, the extra 'timm', is not installed")
    model = load_model("timm:resnet18")
    config = timm_data.resolve_model_data_config(model) | {"crop_mode": mode}
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photograph.png")
    made = timm_data.create_transform(**config)(Image.fromarray(pixels))
    assert torch.equal(_timm_preprocessing(config).read(tmp_path / "photograph.png"), made)
    assert preprocessing_of("timm:resnet18", model) == _timm_preprocessing(config | {"crop_mode": "center"})


def test_what_is_not_made_as_timm_makes_it_is_said() -> None:
    config = {"input_size": (3, 64, 48), "crop_pct": 0.5, "crop_mode": "border", "interpolation": "bicubic",
              "mean": (0.5, 0.5, 0.5), "std": (1, 1, 1)}  # fmt: skip
    made = _timm_preprocessing(config)
    assert (made.resize, made.crop, made.squash) == (96, 48, False)
    assert "but square and not 64 × 48, but without its crop mode border" in str(made)
    squashed = _timm_preprocessing(config | {"input_size": (3, 48, 48), "crop_mode": "squash"})
    assert str(squashed).startswith("both sides to 96 (bicubic), middle 48 × 48")
    assert str(squashed).endswith("timm's for the model")


@pytest.mark.parametrize("size", [(300, 417), (417, 300), (225, 223), (231, 640), (100, 77)])
def test_photographs_are_brought_to_what_torchvision_makes_of_them(tmp_path: Path, size: tuple[int, int]) -> None:
    models = pytest.importorskip("torchvision.models", exc_type=Exception)
    path = tmp_path / "picture.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)
    for name in ("resnet18", "inception_v3", "efficientnet_b0", "swin_v2_t"):
        expected = models.get_model_weights(name).DEFAULT.transforms()(Image.open(path))
        torch.testing.assert_close(preprocessing_of(name, nn.Identity()).read(path), expected)
