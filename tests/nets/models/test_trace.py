"""The spatial layers of models, followed as they run."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.trace import spatial_layers

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
