"""A user's model: predictions beside the operator, defects by hand, advice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.images.packaged import packaged_file
from nets.models.loading import load_model
from nets.models.packaged import PACKAGED_MODELS
from nets.models.trace import SpatialLayer, spatial_layers
from simulate import stack as operator
from theory import layer_stack
from theory.definitions.stack import box, layer
from validate.law.__main__ import main
from validate.law.idealised import idealise
from validate.law.model import ModelJudgement, judge_model
from validate.law.model_filters import defects_of
from validate.law.model_stack import stacks_of
from validate.law.remedies import triangle


def strided(size: int, stride: int = 2, dilation: int = 1) -> SpatialLayer:
    filters = torch.ones(2, 3, size, size)
    return SpatialLayer(f"{size}/{stride}", "convolution", (size,) * 2, (stride,) * 2, (dilation,) * 2, filters)


def model_of(*layers: SpatialLayer) -> ModelJudgement:
    return judge_model("made up", list(layers), [])


def test_predictions_are_those_of_the_stack() -> None:
    model = model_of(strided(7), strided(3), strided(3, 1), strided(3))
    stack = (box(7, 2), box(3, 2), box(3), box(3, 2))
    np.testing.assert_allclose(model.D, layer_stack.stack_sensitivities(stack, dim=2).D)
    np.testing.assert_allclose(model.A, layer_stack.stack_sensitivities(stack).receptive_field)
    longer = (box(8, 2), box(4, 2), box(3), box(4, 2))
    np.testing.assert_allclose(model.D_lengthened, layer_stack.stack_sensitivities(longer).D)
    blurred = (box(7), layer([1, 2, 1], 2), box(3), layer([1, 2, 1], 2), box(3), box(3), layer([1, 2, 1], 2))
    np.testing.assert_allclose(model.D_blurred, layer_stack.stack_sensitivities(blurred).D[[1, 3, 4, 6]])
    assert [layer.step for layer in model.layers] == [2, 4, 4, 8]
    assert [layer.receptive_field for layer in model.layers] == [7, 11, 19, 27]
    assert model.operator_agrees


def test_advice_changes_one_step() -> None:
    model = model_of(strided(3), strided(2), strided(3))
    assert [advice.place for advice in model.advice] == [0, 2]
    np.testing.assert_allclose(
        model.advice[0].D_lengthened, layer_stack.stack_sensitivities((box(4, 2), box(2, 2), box(3, 2))).D[-1]
    )
    assert model.advice[0].lengthened == "4 pixels, stride 2"
    assert "[1, 2, 1]/4" in (model.advice[0].blurred or "")
    assert "0.67, 0.33" in (model.advice[0].trouble or "")


def test_pixels_that_are_skipped_are_named() -> None:
    model = model_of(strided(1), strided(3, 1))
    assert model.D[0] == 2  # a pixel and its neighbour never meet in a neuron
    assert model.advice[0].trouble == "skips pixels: 1 of 2 seen"
    assert model.advice[0].lengthened == "2 pixels, stride 2"
    assert model.operator_agrees
    # dilation 2 with stride 2 sees even pixels only
    assert model_of(strided(3, 2, 2)).advice[0].trouble == "skips pixels: 1 of 2 seen"


def test_holes_are_filled_and_not_only_lengthened() -> None:
    """F = 3, s = 2, d = 3: 4 pixels of the same dilation obey the sum rule and leave D at 2."""
    model = model_of(strided(3, 2, 3), strided(3, 2, 3))
    assert model.D.tolist() == [2, 2]
    same_dilation = (box(4, 2, dilation=3), box(4, 2, dilation=3))
    assert layer_stack.stack_sensitivities(same_dilation).D.tolist() == [2, 2]
    assert model.advice[0].lengthened == "8 pixels, stride 2, no dilation"
    assert (
        model.advice[0].D_lengthened == layer_stack.stack_sensitivities((box(8, 2), box(3, 2, dilation=3))).D[-1] < 0.2
    )
    assert "remainders weigh 0.67, 0.33; taps 3 pixels apart" in model.advice[0].trouble


def test_holes_alias_under_the_sum_rule_too() -> None:
    """A box of 3, s = 3, d = 2 obeys the sum rule; without a stride, a box of 2 with d = 2 too."""
    model = model_of(strided(3, 3, 2), strided(3, 3, 2))
    assert [layer.defects.homogeneous for layer in model.layers] == [0, 0]
    assert model.D[-1] == 2
    assert [advice.lengthened for advice in model.advice] == ["6 pixels, stride 3, no dilation"] * 2
    assert max(model.advice[0].D_lengthened, model.advice[0].D_blurred) < 0.2
    walk = model_of(strided(2, 1, 2), strided(2, 1, 2))
    assert walk.D[-1] == 2
    assert walk.advice[0].lengthened == "3 pixels, stride 1, no dilation"
    assert walk.advice[0].D_blurred < walk.advice[0].D_lengthened < 2


def test_holes_that_a_layer_above_fills_are_harmless() -> None:
    model = model_of(strided(3, 3, 2), *[strided(2)] * 3)
    assert not model.advice
    assert model.D[-1] < model.D[1] / 3


def test_holes_that_the_layers_below_have_filled_are_harmless() -> None:
    """The dilated stages of a ResNet: their holes are narrower than what a neuron below sees."""
    below = [strided(8), strided(4), *[strided(3, 1)] * 4, strided(4), *[strided(3, 1)] * 3]
    dilated = [*[strided(3, 1, 2)] * 2, *[strided(3, 1, 4)] * 2]
    model = model_of(*below, *dilated)
    assert not model.advice
    filled = (*stacks_of(below)[0], *[box(5)] * 2, *[box(9)] * 2)
    assert model.D[-1] < layer_stack.stack_sensitivities(filled).D[-1]
    # above a box of 2, narrower than their holes, all four count
    assert [advice.place for advice in model_of(strided(2), *dilated).advice] == [1, 2, 3, 4]


def test_a_step_whose_remedy_changes_nothing_gets_no_advice() -> None:
    """The first step sees every second pixel: whatever comes after, D stays at 2."""
    model = model_of(strided(1), strided(3), strided(3, 1, 2))
    assert [(advice.place, advice.lengthened is None, advice.blurred is None) for advice in model.advice] == [
        (0, False, False),
        (1, True, True),
        (2, True, True),
    ]
    assert model.advice[1].D_lengthened == model.advice[2].D_blurred == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 5)), min_size=1, max_size=4))
def test_no_advice_leaves_d_at_two(shapes: list[tuple[int, int, int]]) -> None:
    """Every remedy offered lowers D of the last layer, measured on the operator; all together bring it below 2."""
    try:
        model = model_of(*(strided(*shape) for shape in shapes))
    except ValueError:
        return  # nothing to advise on: neither a stride nor holes
    assert model.operator_agrees
    (stack, _) = stacks_of([strided(*shape) for shape in shapes if max(shape[:2]) > 1])
    for advice in model.advice:
        before, own, after = stack[: advice.place], stack[advice.place], stack[advice.place + 1 :]
        if advice.lengthened:
            span = (len(own.weights) - 1) * own.dilation + 1
            remedy = box(span + -span % own.stride, own.stride)
            assert operator.line_sensitivities((*before, remedy, *after)).D[-1] == pytest.approx(advice.D_lengthened)
            assert advice.D_lengthened < min(model.D[-1], 2 - 1e-9)
        if advice.blurred:
            blur = triangle(own.stride if own.stride > 1 else own.dilation)
            remedies = (replace(own, stride=1), layer(blur, own.stride))
            assert operator.line_sensitivities((*before, *remedies, *after)).D[-1] == pytest.approx(advice.D_blurred)
            assert advice.D_blurred < min(model.D[-1], 2 - 1e-9)
    if model.D[-1] == 2:
        assert any(advice.lengthened or advice.blurred for advice in model.advice)
    assert model.D_lengthened[-1] < 2
    assert model.D_blurred[-1] < 2


def test_axes_of_their_own() -> None:
    wide = SpatialLayer("wide", "convolution", (1, 3), (1, 2), (1, 1), torch.ones(1, 1, 1, 3))
    high = SpatialLayer("high", "convolution", (4, 1), (2, 1), (1, 1), torch.ones(1, 1, 4, 1))
    model = model_of(wide, high)
    along, across = (layer_stack.stack_sensitivities(stack).D for stack in ((box(3, 2), box(1)), (box(1), box(4, 2))))
    np.testing.assert_allclose(model.D, (along + across) / 2)
    assert [advice.place for advice in model.advice] == [0]


def test_defects_of_filters() -> None:
    blur = torch.outer(torch.tensor([1.0, 2, 1]), torch.tensor([1.0, 2, 1]))
    filters = torch.randn(4, 3)[..., None, None] * blur
    learned = SpatialLayer("blur", "convolution", (3, 3), (2, 2), (1, 1), filters)
    model = model_of(learned, strided(3))
    assert model.layers[0].defects.homogeneous == pytest.approx(4 / 9 - 1 / 9)
    assert model.layers[0].defects.mean_filter == pytest.approx(0, abs=1e-6)
    assert model.layers[0].defects.single_filters == pytest.approx((0, 0), abs=1e-5)
    assert model.layers[0].defects.learned
    assert model.layers[1].defects.channels == pytest.approx(model.layers[1].defects.channels_homogeneous)
    assert not model.layers[1].defects.learned


def test_triangles_are_two_boxes_and_satisfy_the_rule() -> None:
    assert triangle(2) == [1, 2, 1]
    assert np.convolve(np.ones(4), np.ones(4)).tolist() == triangle(4)


def fixed(weights: list[list[float]]) -> SpatialLayer:
    return replace(strided(3), name="fixed", filters=torch.tensor(weights).expand(2, 1, 3, 3), fixed=True)


def test_fixed_filters_are_what_they_are() -> None:
    """A blur, and a derivative, of which no stack is an idealisation."""
    blur = model_of(strided(3, 1), fixed([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
    np.testing.assert_allclose(blur.D, layer_stack.stack_sensitivities((box(3), layer([1, 2, 1], 2)), dim=2).D)
    assert blur.advice == ()
    derivative = model_of(strided(4), fixed([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]), strided(3))
    assert [record.name for record in derivative.layers] == ["4/2"]
    assert derivative.paths_end_at == ("fixed, a fixed filter that is no average",)
    with pytest.raises(ValueError, match="lost at fixed, a fixed filter that is no average"):
        model_of(strided(3, 1), fixed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]))


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
    assert [layer["name"] for layer in record["layers"]] == ["0", "2"]
    assert record["D"][0] == pytest.approx(2 / 3)


def test_torchvision_has_the_idealised_resnet() -> None:
    models = pytest.importorskip("torchvision.models", exc_type=Exception)  # type: ignore[arg-type]
    for name in ("resnet18", "vgg11", "alexnet"):
        layers, ended = spatial_layers(models.get_model(name, weights=None), torch.zeros(1, 3, 224, 224))
        expected = idealise(name)
        model = judge_model(name, layers, ended)
        np.testing.assert_allclose(model.D, expected.sensitivities.D)
        np.testing.assert_allclose(model.D_lengthened, expected.lengthened.D)


def test_two_axes_that_agree_give_one_axis() -> None:
    line = SpatialLayer("3/2", "convolution", (3,), (2,), (1,), torch.ones(1, 1, 3))
    assert pytest.approx(model_of(strided(3)).D) == judge_model("line", [line], []).D


def test_a_pretrained_network_has_learned_the_sum_rule_in_some_layers() -> None:
    """EfficientNet-Lite0: its mean filters, beside boxes, in the strided layers."""
    weights = PACKAGED_MODELS["efficientnet-lite0"]
    if packaged_file(weights.package, weights.weights.name) is None:
        pytest.skip(f"{weights.weights.url} is not installed: it comes with the extra 'pretrained'")
    layers, _ = spatial_layers(load_model("packaged:efficientnet-lite0", pretrained=True), torch.zeros(1, 3, 224, 224))
    defects = [defects_of(layer) for layer in layers if max(layer.stride) > 1]
    assert [round(each.homogeneous, 2) for each in defects] == [0.33, 0.33, 0.2, 0.33, 0.2]
    means = [each.mean_filter for each in defects]
    assert means == pytest.approx([0.603, 0.839, 0.195, 0.093, 0.003], abs=5e-4)
    assert [each.learned for each in defects] == [False, False, False, False, True]
