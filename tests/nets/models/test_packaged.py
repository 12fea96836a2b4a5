"""Networks whose weights come in packages: made up by the test, and those that are installed."""

import hashlib
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from nets.images.archive import Archive
from nets.images.packaged import packaged_file
from nets.models import packaged, photographs
from nets.models.loading import load_model, preprocessing_of
from nets.models.packaged import PACKAGED_MODELS, PackagedModel
from nets.models.photographs import PackagedPhotographs, Preprocessing
from nets.models.spectra import model_spectra


def small() -> nn.Module:
    return nn.Conv2d(3, 2, 3)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `own` with the weights of a model `small`."""
    path = tmp_path / "small.pt"
    torch.save({name: torch.ones_like(tensor) for name, tensor in small().state_dict().items()}, path)
    content = path.read_bytes()
    archive = Archive("small.pt", "the package own", len(content), hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(
        packaged.PACKAGED_MODELS, "small", PackagedModel(small, "own", archive, Preprocessing(24, 16, source="own"))
    )
    monkeypatch.setattr(packaged, "packaged_file", lambda *_: path)
    return path


def test_weights_are_the_packages_or_the_same_start(weights: Path) -> None:
    assert torch.equal(load_model("packaged:small", pretrained=True).weight, torch.ones(2, 3, 3, 3))
    state = torch.random.get_rng_state()
    first, second = (load_model("packaged:small") for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert preprocessing_of("packaged:small", first).source == "own"


@pytest.mark.parametrize("fault", ["truncated", "another", "missing"])
def test_other_weights_are_refused_before_they_are_unpickled(
    weights: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "truncated":
        weights.write_bytes(weights.read_bytes()[:100])
        message = "is truncated, 100 bytes"
    elif fault == "another":
        weights.write_bytes(pickle.dumps("x" * 10**5))
        message = "is damaged, or another one"
    else:
        monkeypatch.setattr(packaged, "packaged_file", lambda *_: None)
        message = "weights of packaged:small are not there: install the extra 'pretrained'"
    monkeypatch.setattr(torch, "load", None)
    with pytest.raises(ValueError, match=message):
        load_model("packaged:small", pretrained=True)


def test_names_and_packages_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"no package has a model 'vgg': use packaged: and one of efficientnet-lite0"):
        load_model("packaged:vgg")

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(packaged, "import_module", missing)
    with pytest.raises(ValueError, match=r"mtcnn-pnet cannot be built \(No module named .*install the extra"):
        load_model("packaged:mtcnn-pnet")


def test_crops_of_photographs_lie_on_a_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    monkeypatch.setattr(photographs, "packaged_file", lambda *_: tmp_path / "picture.png")
    preprocessing = Preprocessing(16, 16, (0, 0, 0), (1, 1, 1))
    crops = PackagedPhotographs(preprocessing)
    batches = [*crops]
    assert [tuple(batch.shape) for batch in batches] == [(16, 3, 16, 16)] * len(crops)
    np.testing.assert_allclose(batches[0][-1].permute(1, 2, 0), pixels[16:, 32:] / 255, atol=1e-6)
    np.testing.assert_allclose(batches[0][1].permute(1, 2, 0), pixels[:16, 11:27] / 255, atol=1e-6)
    assert "16 crops of each of 7 photographs, overlapping: shorter side to 32" in str(crops)
    monkeypatch.setattr(photographs, "packaged_file", lambda *_: None)
    with pytest.raises(ValueError, match="the photographs of skimage and sklearn are missing: install the extra"):
        PackagedPhotographs(preprocessing)


def require(name: str) -> None:
    model = PACKAGED_MODELS[name]
    if packaged_file(model.package, model.weights.name) is None:
        pytest.skip(f"{model.weights.url} is not installed: it comes with the extra 'pretrained'")


@pytest.mark.parametrize("name", ["mtcnn-pnet", "mtcnn-rnet", "mtcnn-onet"])
def test_detectors_of_faces(name: str) -> None:
    require(name)
    model, start = load_model(f"packaged:{name}", pretrained=True), load_model(f"packaged:{name}")
    first, before = (next(iter(model_spectra(m).values())) for m in (model, start))
    assert first.power.sum() != before.power.sum()


def test_efficientnet_lite0_sees_what_is_on_the_photographs() -> None:
    """Classes of ImageNet: tripod, tiger cat, espresso, moped, palace, daisy."""
    require("efficientnet-lite0")
    name = "packaged:efficientnet-lite0"
    model = load_model(name, pretrained=True)
    preprocessing = replace(preprocessing_of(name, model))
    files = [packaged_file(*photograph) for photograph in photographs.PACKAGED]
    if None in files:
        pytest.skip("scikit-image or scikit-learn is not installed: they come with the extra 'pretrained'")
    images = torch.stack([preprocessing.read(path) for path in files[1:] if path is not None])
    with torch.no_grad():
        assert model(images).argmax(1).tolist() == [872, 282, 967, 665, 698, 985]
