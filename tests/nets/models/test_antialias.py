"""Steps that blur before they subsample: what they keep, what they lower, what cannot be replaced."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from nets.models.antialias import antialias, antialiased_layers
from nets.models.antialiased_step import Antialiased, binomial
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.moved_lost import measure_split
from nets.models.operations import operations
from nets.models.trace import trace_model
from tests.nets.models.small_models import Blur, Model, Standardised, _locked, convolution
from theory.definitions.stack import box, layer
from theory.layer_stack import stack_sensitivities

IMAGE = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class PadsByItsStride(nn.Conv2d):
    """As TensorFlow's "same" padding does: at stride 1 it pads on both sides."""

    def forward(self, x: Tensor) -> Tensor:
        margin = 1 if max(self.stride) == 1 else 0
        return super().forward(F.pad(x, (margin, 1, margin, 1)))


class Sliced(nn.Conv2d):
    """Its step is a slice inside."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[:, :, ::2, ::2]


def strided() -> nn.Module:
    return nn.Sequential(
        convolution(3, 4, stride=2, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 4, 3),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(36, 5),
    ).eval()  # fmt: skip


@given(
    kind=st.sampled_from(["conv", "max", "avg"]), axes=st.sampled_from([1, 2, 3]), size=st.integers(1, 5),
    stride=st.integers(2, 4), padding=st.integers(0, 2), dilation=st.integers(1, 2), groups=st.sampled_from([1, 2]),
    side=st.integers(14, 19), blur=st.integers(1, 5), ceil=st.booleans(),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_shapes_stay(
    kind: str, axes: int, size: int, stride: int, padding: int, dilation: int, groups: int, side: int, blur: int,
    ceil: bool,
) -> None:  # fmt: skip
    """And with a blur of one pixel, which is none, all numbers of windows that do not end outside."""
    pad = min(padding, size // 2)
    step: nn.Module
    if kind == "conv":
        conv: type[nn.Conv2d] = getattr(nn, f"Conv{axes}d")
        step = conv(2, 4, size, stride, padding, dilation, groups)
    elif kind == "max":
        step = getattr(nn, f"MaxPool{axes}d")(size, stride, pad, dilation, ceil_mode=ceil)
    else:
        size += not size % stride
        step = getattr(nn, f"AvgPool{axes}d")(size, stride, min(padding, size // 2), ceil)
    x = torch.randn(1, 2, *[side] * axes)
    repaired = antialias(nn.Sequential(step), x, blur=blur)
    before, after = step(x), repaired(x)
    assert after.shape == before.shape
    inner = (..., *(slice(0, -1) for _ in range(axes)))
    if blur == 1:
        torch.testing.assert_close(after[inner], before[inner])
    assert antialiased_layers(repaired) == ["0"]


def test_weights_are_kept_and_the_model_is_untouched() -> None:
    model = strided()
    old = {name: value.clone() for name, value in model.state_dict().items()}
    modules, output = list(model.modules()), model(IMAGE)
    repaired = antialias(model, IMAGE)
    assert antialiased_layers(repaired) == ["0", "2"]  # the mean of two pixels at stride 2 does not alias
    assert list(model.modules()) == modules
    assert torch.equal(model(IMAGE), output)
    kept = {name.replace("dense.", ""): value for name, value in repaired.state_dict().items()}
    assert kept.keys() == old.keys()
    assert all(torch.equal(kept[name], value) for name, value in old.items())
    assert repaired(IMAGE).shape == output.shape
    assert torch.equal(repaired[0].weight, model[0].weight)  # type: ignore[index]
    assert not any(module.training for module in repaired.modules())
    assert antialiased_layers(antialias(model, IMAGE, ["4"])) == ["4"]
    with pytest.raises(ValueError, match="nothing to antialias"):
        antialias(repaired, IMAGE)


def test_blurs_are_fixed_filters_of_the_trace() -> None:
    layers = trace_model(antialias(strided(), IMAGE), IMAGE).layers
    assert [(layer.size[0], layer.stride[0], layer.fixed) for layer in layers] == [
        (3, 1, False), (3, 2, True), (3, 1, False), (3, 2, True), (3, 1, False), (2, 2, False)
    ]  # fmt: skip


def test_a_blur_keeps_constants_and_slopes() -> None:
    dense = nn.Conv2d(1, 1, 1, bias=False)
    dense.weight.data.fill_(1)
    slope = torch.arange(16.0).expand(1, 1, 16, 16)
    blurred = Antialiased(dense, (1, 2), 3)(slope)
    torch.testing.assert_close(blurred[..., 1:], slope[..., ::2][..., 1:])
    assert torch.equal(Antialiased(dense, (2, 2), 5)(torch.ones(1, 1, 9, 9)), torch.ones(1, 1, 5, 5))
    assert torch.equal(Antialiased(dense, (1, 1), 3)(slope), slope)
    np.testing.assert_array_equal(binomial(5) * 16, [1, 4, 6, 4, 1])


@pytest.mark.parametrize("blur", [1, 2, 3, 5])
def test_D_falls_as_the_law_predicts(blur: int) -> None:
    """Boxes of 3 with stride 2, three layers: D = 2(1 − C(1)/C(0)) of the kernel of a middle neuron, its gradient."""
    line = nn.Sequential(*(nn.Conv1d(1, 1, 3, 2, 1, bias=False) for _ in range(3))).double()
    for parameter in line.parameters():
        parameter.data.fill_(1 / 3)
    x = torch.zeros(1, 1, 256, dtype=torch.float64, requires_grad=True)

    def D(model: nn.Module) -> float:
        (kernel,) = torch.autograd.grad(model(x)[0, 0, 16], x)
        return float(2 - 2 * (kernel[..., 1:] * kernel[..., :-1]).sum() / kernel.square().sum())

    taps = [int(tap) for tap in binomial(blur) * 2 ** (blur - 1)]
    law = stack_sensitivities((box(3, 1), layer(taps, 2, skips=True)) * 3).D[-1]
    assert D(antialias(line, x.detach(), blur=blur)) == pytest.approx(law, rel=1e-12)
    assert D(line) == pytest.approx(stack_sensitivities((box(3, 2),) * 3).D[-1], rel=1e-12)
    assert blur == 1 or law < D(line) / 5


def test_what_is_lost_falls() -> None:
    """Boxes of 3 with stride 2 on white images."""
    model = nn.Sequential(*(nn.Conv2d(1, 1, 3, 2, 1, bias=False) for _ in range(3)))
    for parameter in model.parameters():
        parameter.data.fill_(1 / 9)
    images = torch.randn(32, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    own, copy = (
        measure_split(network, images, Diffeomorphisms(1.0), ["0", "1", "2"]).parts
        for network in (model, antialias(model, images))
    )
    assert list(copy.layer) == list(own.layer)
    assert copy.D[2] < own.D[2] / 2
    assert copy.lost[2] < own.lost[2] / 3


def test_derived_weights_and_hooks_work() -> None:
    """The hook stays at the step itself, now dense; weight norm and standardisation act as before."""
    model = nn.Sequential(parametrizations.weight_norm(convolution(3, 4, stride=2)), Standardised(4, 4, 3, 2))
    seen: list[int] = []
    model[0].register_forward_hook(lambda module, inputs, output: seen.append(output.shape[-1]))
    torch.testing.assert_close(antialias(model, IMAGE, blur=1)(IMAGE), model(IMAGE))
    assert set(seen) == {15, 30}
    repaired = antialias(model, IMAGE)
    repaired[0].dense.parametrizations.weight.original0.data.mul_(2)  # type: ignore[index]
    before = antialias(model, IMAGE)[0](IMAGE) - model[0].bias[:, None, None]  # type: ignore[index]
    torch.testing.assert_close(repaired[0](IMAGE) - model[0].bias[:, None, None], 2 * before)  # type: ignore[index]


def test_modules_wherever_they_are() -> None:
    shared = nn.MaxPool2d(2)
    twice = antialias(nn.Sequential(shared, nn.Sequential(shared)), IMAGE)
    assert twice[0] is twice[1][0]  # type: ignore[index]
    assert isinstance(antialias(nn.Conv2d(3, 4, 3, 2), IMAGE), Antialiased)
    by_keyword = Model(lambda m, x: m.l[0](input=x), l=nn.ModuleList([convolution(3, 4, stride=2)]))  # type: ignore[index]
    assert antialiased_layers(antialias(by_keyword, IMAGE)) == ["l.0"]
    assert antialiased_layers(antialias(nn.DataParallel(strided()), IMAGE)) == ["0", "2"]
    assert antialiased_layers(antialias(strided().bfloat16(), IMAGE)) == ["0", "2"]
    pairs = Model(lambda m, x: m.s(x).reshape(len(x) // 2, -1), s=convolution(3, 4, stride=2))
    assert antialiased_layers(antialias(pairs, IMAGE)) == ["s"]  # it takes no single image


@pytest.mark.parametrize(
    ("model", "layers", "named"),
    [
        (lambda: Model(lambda m, x: F.max_pool2d(m.a(x), 2)), None, r"max_pool2d_with_indices in the model itself"),
        (lambda: Model(lambda m, x: m.a(x)[:, :, ::2]), None, "slice in the model itself"),
        (lambda: Model(lambda m, x: F.conv2d(x, m.a.weight, stride=2)), None, "convolution in the model itself"),
        (lambda: Model(lambda m, x: F.interpolate(m.a(x), 8)), None, "upsample_nearest2d in the model itself"),
        (lambda: Model(lambda m, x: m.a(x).unfold(2, 2, 2)), None, "unfold in the model itself"),
        (lambda: nn.Sequential(nn.Unfold(2, stride=2)), None, "im2col in the layer 0"),
        (lambda: torch.jit.script(nn.Sequential(convolution(3, 4, stride=2))), None, "convolution in the model itself"),
        (lambda: Model(lambda m, x: m.p(x)[0], p=nn.MaxPool2d(2, return_indices=True)), None, "in the layer p"),
        (lambda: nn.Sequential(Sliced(3, 4, 3)), None, "slice in the layer 0"),
        (_locked, None, "cannot be copied"),
        (lambda: nn.Sequential(convolution(3, 4), nn.AdaptiveAvgPool2d(5)), None, "nothing to antialias"),
        (lambda: nn.Sequential(Blur(3)), None, "nothing to antialias"),
        (lambda: nn.Sequential(nn.ConvTranspose2d(3, 4, 3, 2)), None, "nothing to antialias"),
        (lambda: nn.Sequential(PadsByItsStride(3, 4, 3, 2)), None, "the layer 0 gives other numbers at stride 1"),
        (strided, ["conv9"], "there is no layer conv9"),
        (strided, ["3"], "the layer 3 is no convolution or pooling that runs with .*use some of 0, 2, 4"),
        (lambda: nn.Sequential(nn.MaxPool2d(32, 32)), None, "cannot be reflected at the borders of 1 × 1 outputs"),
        (lambda: nn.Sequential(nn.Conv2d(4, 4, 3, 2)), None, "raises RuntimeError"),
    ],
)  # fmt: skip
def test_what_cannot_be_replaced_is_named(model: Callable[[], nn.Module], layers: list[str] | None, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        antialias(model(), IMAGE, layers)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("blur", [0, 65, 2.5, True])
def test_a_blur_is_a_whole_number_of_pixels(blur: int) -> None:
    with pytest.raises(ValueError, match=f"a blur of {blur} pixels cannot be"):
        antialias(strided(), IMAGE, blur=blur)


def test_operations_are_counted() -> None:
    """Each output of a convolution, linear layer or pooling times the numbers that it is made of."""
    plain = 16 * 16 * 4 * 27 + 8 * 8 * 4 * 9 + 6 * 6 * 4 * 36 + 3 * 3 * 4 * 4 + 36 * 5
    assert operations(strided(), IMAGE) == plain
    dense = 32 * 32 * 4 * 27 + 16 * 16 * 4 * 9 + (16 * 16 + 8 * 8) * 4 * 9
    assert operations(antialias(strided(), IMAGE), IMAGE) == plain - 16 * 16 * 4 * 27 - 8 * 8 * 4 * 9 + dense
    assert operations(nn.ConvTranspose2d(3, 4, 5, 2, groups=1), IMAGE) == 32 * 32 * 3 * 4 * 25
    assert operations(nn.Conv2d(3, 6, 5, 2, groups=3), IMAGE) == 14 * 14 * 6 * 25
