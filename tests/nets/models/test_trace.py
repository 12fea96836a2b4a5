"""The spatial layers of models, followed as they run."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.trace import spatial_layers, trace_model
from tests.nets.models.small_models import Model, convolution

IMAGE = torch.zeros(1, 3, 64, 64)


def shapes(model: nn.Module, image: Tensor = IMAGE) -> list[tuple[str, int, int]]:
    layers, _ = spatial_layers(model, image)
    return [(layer.name, layer.size[0], layer.stride[0]) for layer in layers]


def test_a_sequence_as_it_was_written() -> None:
    first = nn.Conv2d(3, 4, 7, 2, 3)
    model = nn.Sequential(
        first, nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(4, 4, 3, padding=1, dilation=2), nn.AvgPool2d(2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2),
    )  # fmt: skip
    assert shapes(model) == [("0", 7, 2), ("max pool", 3, 2), ("4", 3, 1), ("average pool", 2, 2)]
    layers, ended = spatial_layers(model, IMAGE)
    assert layers[2].dilation == (2, 2)
    assert layers[0].filters is not None
    assert torch.equal(layers[0].filters, first.weight)
    assert layers[1].filters is None
    assert ended == []


class Residual(nn.Module):
    """A block whose skip connection has a stride of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 1, 1)
        self.skip = nn.Conv2d(3, 4, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.skip(x))


def test_the_longer_of_two_paths_goes_on() -> None:
    model = nn.Sequential(Residual(), nn.Conv2d(4, 4, 5))
    assert shapes(model) == [("0.first", 3, 2), ("0.second", 3, 1), ("1", 5, 1)]


class ChannelsLast(nn.Module):
    """Norm and a matrix over channels that come last, as in ConvNeXt."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm, self.mix, self.down = (
            nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8), nn.Linear(8, 32), nn.Conv2d(32, 8, 2, 2)
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.down(self.mix(self.norm(self.stem(x).permute(0, 2, 3, 1))).permute(0, 3, 1, 2))
        return mixed


def test_channels_may_come_last() -> None:
    assert shapes(ChannelsLast()) == [("stem", 4, 4), ("down", 2, 2)]


class Encoder(nn.Module):
    """Down, up again, and on with a skip: the path of most layers ends at the upsampling."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 3, 2, 1), nn.Conv2d(4, 4, 3, 2, 1), nn.Conv2d(8, 4, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.a(x)
        coarse = F.interpolate(self.b(self.b(fine)), scale_factor=4)
        joined: Tensor = self.c(torch.cat([coarse, fine], 1))
        return joined


def test_paths_end_at_an_upsampling_and_say_so() -> None:
    layers, ended = spatial_layers(Encoder(), IMAGE)
    assert [layer.name for layer in layers] == ["a", "b", "b"]
    assert ended == ["upsample_nearest2d"]


def test_global_pooling_and_tokens_end_a_path_without_a_word() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.AvgPool2d(31), nn.Conv2d(4, 4, 1))
    assert shapes(model) == [("0", 3, 2)]
    assert shapes(nn.Sequential(nn.Conv2d(3, 4, 16, 16), nn.Flatten(2), nn.Linear(16, 8))) == [("0", 16, 16)]


def test_adaptive_pooling_is_an_average() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d(7))
    assert shapes(model) == [("0", 3, 1), ("average pool", 10, 9)]
    assert shapes(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d(64))) == [("0", 3, 1)]


def test_one_and_three_axes() -> None:
    line = nn.Sequential(nn.Conv1d(1, 2, 5, 2), nn.MaxPool1d(2), nn.AvgPool1d(3, 2))
    assert shapes(line, torch.zeros(1, 1, 64)) == [("0", 5, 2), ("max pool", 2, 2), ("average pool", 3, 2)]
    solid = nn.Sequential(nn.Conv3d(1, 2, (1, 3, 3), (1, 2, 2)), nn.MaxPool3d(2))
    layers, _ = spatial_layers(solid, torch.zeros(1, 1, 8, 16, 16))
    assert [(layer.size, layer.stride) for layer in layers] == [((1, 3, 3), (1, 2, 2)), ((2, 2, 2), (2, 2, 2))]


def test_a_model_is_measured_in_evaluation_mode() -> None:
    norm = nn.BatchNorm2d(4)
    model = nn.Sequential(nn.Conv2d(3, 4, 3, 2), norm)
    model.train()
    before = norm.get_buffer("running_var").clone()
    spatial_layers(model, torch.randn(1, 3, 64, 64))
    assert torch.equal(norm.get_buffer("running_var"), before)


def test_an_image_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="raises RuntimeError on images of 1 × 8") as refusal:
        spatial_layers(nn.Conv2d(3, 4, 3), torch.zeros(1, 1, 8))
    assert "\n" not in str(refusal.value)


def step(model: Model, x: Tensor, *after: slice) -> Tensor:
    return model.a(x)[(..., *after)]


EVERY_SECOND = (slice(None, None, 2), slice(None, None, 2))

FOLLOWED: dict[str, Callable[[Model, Tensor], Tensor]] = {
    "squeezed": lambda m, x: m.b(m.a(x).unsqueeze(2).squeeze(2)),
    "channels shuffled": lambda m, x: m.b(m.a(x).unflatten(1, (2, 2)).transpose(1, 2).flatten(1, 2)),
    "flattened and back": lambda m, x: m.b(m.a(x).flatten(1).view(1, 4, 62, 62)),
    "frames in the batch": lambda m, x: m.b(m.a(x[:, None].flatten(0, 1))),
    "no batch": lambda m, x: m.b(m.a(x[0]))[None],
    "gated": lambda m, x: m.b(nn.functional.glu(torch.cat([m.a(x), m.a(x)], 1), 1)),
    "squeeze and excite": lambda m, x: m.b(m.a(x) * m.a(x).mean((2, 3), keepdim=True)),
    "matrix over channels": lambda m, x: m.b((m.mix @ m.a(x).flatten(2)).unflatten(2, (62, 62))),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_paths_that_leave_and_come_back_are_followed(name: str) -> None:
    model = Model(FOLLOWED[name], b=convolution(4, 4, stride=2))
    model.register_parameter("mix", nn.Parameter(torch.ones(4, 4)))
    assert shapes(model) == [("a", 3, 1), ("b", 3, 2)]
    assert spatial_layers(model, IMAGE)[1] == []


def test_a_step_over_pixels_is_the_stride_of_the_layer_before_it() -> None:
    sliced = Model(lambda m, x: m.b(step(m, x, *EVERY_SECOND)), b=convolution(4, 4))
    chosen = Model(
        lambda m, x: m.b(m.a(x)[:, :, torch.arange(0, 62, 2)][..., torch.arange(0, 62, 2)]), b=convolution(4, 4)
    )
    for model in (sliced, chosen):
        assert shapes(model) == [("a", 3, 2), ("b", 3, 1)]


LOST: dict[str, tuple[Callable[[Model, Tensor], Tensor], str]] = {
    "mean of windows": (lambda m, x: m.b(m.a(x).view(1, 4, 31, 2, 31, 2).mean((3, 5))), "mean"),
    "median of windows": (lambda m, x: m.b(m.a(x).unfold(3, 3, 1).median(-1)[0]), "median"),
    "sum of shifted": (lambda m, x: m.b(m.a(x) + m.a(x).roll(1, 2)), "add"),
    "shifted in place": (lambda m, x: m.b(m.a(x).add_(m.a(x).roll(1, 2))), "add"),
    "smaller, smoothed": (
        lambda m, x: m.b(F.interpolate(m.a(x), scale_factor=0.5, mode="bilinear", antialias=True)),
        "_upsample_bilinear2d_aa",
    ),
    "unpooled": (lambda m, x: m.b(F.max_unpool2d(*F.max_pool2d(m.a(x), 2, return_indices=True), 2)), "max_unpool2d"),
    "a step at the end": (lambda m, x: step(m, x, *EVERY_SECOND), "slice"),
    "numbers read out": (
        lambda m, x: torch.full((1, 4), x.mean().item()),
        "the model itself, whose output is made of plain numbers",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_where_a_path_is_lost_is_said(name: str) -> None:
    forward, where = LOST[name]
    model = Model(forward, b=convolution(4, 4, stride=2))
    assert where in spatial_layers(model, IMAGE)[1]
    assert not any(layer.name == "b" for layer in spatial_layers(model, IMAGE)[0])


def test_a_default_type_of_float64_changes_nothing() -> None:
    model = nn.Sequential(convolution(3, 4), nn.AdaptiveAvgPool2d(8), convolution(4, 4, stride=2))
    expected = shapes(model)
    torch.set_default_dtype(torch.float64)
    try:
        assert shapes(model.double(), IMAGE) == expected
    finally:
        torch.set_default_dtype(torch.float32)


class Hypernetwork(nn.Module):
    """Its second convolution's weights are what a matrix makes of three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.code, self.make, self.a = nn.Parameter(torch.ones(3)), nn.Linear(3, 8 * 8 * 9), convolution(3, 8)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(self.a(x), self.make(self.code).view(8, 8, 3, 3), stride=2)


def test_filters_made_of_parameters_are_learned_and_frozen_blurs_are_fixed() -> None:
    assert [call.fixed for call in trace_model(Hypernetwork(), IMAGE).convolutions] == [False, False]
    blur = nn.Conv2d(4, 4, 3, 2, groups=4, bias=False).requires_grad_(False)
    model = nn.Sequential(convolution(3, 4).requires_grad_(False), blur)
    assert [call.fixed for call in trace_model(model, IMAGE).convolutions] == [False, False]
    blur.weight.fill_(1 / 9)
    assert [call.fixed for call in trace_model(model, IMAGE).convolutions] == [False, True]


def test_convolutions_without_modules_have_names_of_their_own() -> None:
    first, second = nn.Parameter(torch.rand(4, 3, 3, 3)), nn.Parameter(torch.rand(5, 4, 3, 3))
    model = Model(lambda m, x: F.conv2d(F.conv2d(x, 2 * first), 2 * second))
    assert [call.name for call in trace_model(model, IMAGE).convolutions] == ["convolution", "convolution (2)"]


def test_a_model_of_a_certain_number_of_images() -> None:
    exported = torch.export.export(
        nn.Sequential(convolution(3, 4), convolution(4, 4)).eval(), (torch.zeros(2, 3, 16, 16),)
    )
    assert len(trace_model(exported.module(), torch.zeros(2, 3, 16, 16)).convolutions) == 2


@pytest.mark.parametrize(("name", "pixels"), [("squeezenet1_0", 155), ("squeezenet1_1", 207)])
def test_receptive_fields_of_squeezenets_are_over_all_paths(name: str, pixels: int) -> None:
    models = pytest.importorskip("torchvision.models", exc_type=Exception)
    layers, _ = spatial_layers(models.get_model(name, weights=None), torch.zeros(1, 3, 224, 224))
    assert layers[-1].receptive_field == (pixels, pixels)


@pytest.mark.parametrize("name", ["efficientnet_b0", "regnet_y_400mf", "googlenet", "mobilenet_v2"])
def test_architectures_are_followed_to_their_end(name: str) -> None:
    models = pytest.importorskip("torchvision.models", exc_type=Exception)
    more = {"init_weights": False} if name == "googlenet" else {}
    layers, lost = spatial_layers(models.get_model(name, weights=None, **more), torch.zeros(1, 3, 128, 128))
    assert lost == []
    # four or five halvings
    steps = [layer.stride[0] for layer in layers]
    assert np.prod(steps) == 32
