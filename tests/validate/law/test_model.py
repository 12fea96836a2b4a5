"""A user's model: predictions beside the operator, defects by hand, advice."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from nets.models.trace import SpatialLayer, spatial_layers
from theory import stacked
from theory.stack import box, layer
from validate.law.__main__ import main
from validate.law.idealised import idealise
from validate.law.model import Model, examine, triangle


def strided(size: int, stride: int = 2, dilation: int = 1) -> SpatialLayer:
    filters = torch.ones(2, 3, size, size)
    return SpatialLayer(f"{size}/{stride}", "convolution", (size,) * 2, (stride,) * 2, (dilation,) * 2, filters)


def model_of(*layers: SpatialLayer) -> Model:
    return examine("made up", list(layers), [])


def test_predictions_are_those_of_the_stack() -> None:
    found = model_of(strided(7), strided(3), strided(3, 1), strided(3))
    stack = (box(7, 2), box(3, 2), box(3), box(3, 2))
    np.testing.assert_allclose(found.D, stacked.sensitivities(stack, dim=2).D)
    np.testing.assert_allclose(found.A, stacked.sensitivities(stack).receptive_field)
    longer = (box(8, 2), box(4, 2), box(3), box(4, 2))
    np.testing.assert_allclose(found.D_longer, stacked.sensitivities(longer).D)
    blurred = (box(7), layer([1, 2, 1], 2), box(3), layer([1, 2, 1], 2), box(3), box(3), layer([1, 2, 1], 2))
    np.testing.assert_allclose(found.D_blurred, stacked.sensitivities(blurred).D[[1, 3, 4, 6]])
    assert found.steps == [2, 4, 4, 8]
    assert found.receptive == [7, 11, 19, 27]
    assert found.follows


def test_advice_mends_one_step() -> None:
    found = model_of(strided(3), strided(2), strided(3))
    assert [one.place for one in found.advice] == [0, 2]
    np.testing.assert_allclose(found.advice[0].D_longer, stacked.sensitivities((box(4, 2), box(2, 2), box(3, 2))).D[-1])
    assert found.advice[0].longer == "4 pixels, stride 2"
    assert "[1, 2, 1]/4" in found.advice[0].blurred
    assert "0.67, 0.33" in found.advice[0].trouble


def test_pixels_that_are_skipped_are_named() -> None:
    found = model_of(strided(1), strided(3, 1))
    assert found.D[0] == 2  # a pixel and its neighbour never meet in a neuron
    assert found.advice[0].trouble == "skips pixels: 1 of 2 seen"
    assert found.advice[0].longer == "2 pixels, stride 2"
    assert found.follows
    # dilation 2 with stride 2 sees even pixels only
    assert model_of(strided(3, 2, 2)).advice[0].trouble == "skips pixels: 1 of 2 seen"


def test_axes_of_their_own() -> None:
    one = SpatialLayer("wide", "convolution", (1, 3), (1, 2), (1, 1), torch.ones(1, 1, 1, 3))
    other = SpatialLayer("high", "convolution", (4, 1), (2, 1), (1, 1), torch.ones(1, 1, 4, 1))
    found = model_of(one, other)
    along, across = (stacked.sensitivities(stack).D for stack in ((box(3, 2), box(1)), (box(1), box(4, 2))))
    np.testing.assert_allclose(found.D, (along + across) / 2)
    assert [place.place for place in found.advice] == [0]


def test_defects_of_filters() -> None:
    blur = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1]))
    filters = torch.randn(4, 3)[..., None, None] * blur
    learned = SpatialLayer("blur", "convolution", (3, 3), (2, 2), (1, 1), filters)
    found = model_of(learned, strided(3))
    assert found.filters[0].box == pytest.approx(4 / 9 - 1 / 9)
    assert found.filters[0].mean == pytest.approx(0, abs=1e-6)
    assert found.filters[0].single == pytest.approx((0, 0), abs=1e-5)
    assert found.filters[0].learned
    assert found.filters[1].channels == pytest.approx(found.filters[1].box_channels)
    assert not found.filters[1].learned


def test_triangles_are_two_boxes_and_satisfy_the_rule() -> None:
    assert triangle(2) == [1, 2, 1]
    assert np.convolve(np.ones(4), np.ones(4)).tolist() == triangle(4)


def test_a_model_without_a_stride_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer with a stride"):
        model_of(strided(3, 1))


SOURCE = """
from torch import nn
def small():
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 4, 3, 2), nn.AdaptiveAvgPool2d(1))
"""


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "small_model.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    assert main(["--model", "small_model:small", "--input", "3", "32", "32", "--out", "out"]) == 0
    printed = capsys.readouterr().out
    assert "step that aliases" in printed
    assert "lowers D of the last layer" in printed
    assert {path.name for path in Path("out").iterdir()} == {"law-model.json", "law-model.txt", "law-model.png"}
    record = json.loads(Path("out/law-model.json").read_text())
    assert [one["name"] for one in record["layers"]] == ["0", "2"]
    assert record["layers"][0]["D"] == pytest.approx(2 / 3)


def test_torchvision_has_the_idealised_resnet() -> None:
    models = pytest.importorskip("torchvision.models", exc_type=Exception)
    for name in ("resnet18", "vgg11", "alexnet"):
        layers, ended = spatial_layers(models.get_model(name, weights=None), torch.zeros(1, 3, 224, 224))
        expected = idealise(name)
        found = examine(name, layers, ended)
        np.testing.assert_allclose(found.D, expected.sensitivities.D)
        np.testing.assert_allclose(found.D_longer, expected.mended.D)


def test_two_axes_that_agree_give_one_axis() -> None:
    line = SpatialLayer("3/2", "convolution", (3,), (2,), (1,), torch.ones(1, 1, 3))
    assert pytest.approx(model_of(strided(3)).D) == examine("line", [line], []).D
