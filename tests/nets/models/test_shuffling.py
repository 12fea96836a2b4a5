"""Shuffling permutes connections, and nothing else."""

import threading

import pytest
import torch
from torch import Tensor, nn

from nets.models.sensitivity import measure_sensitivities
from nets.models.shuffling import shuffle_channels
from tests.nets.models.small_models import TWINS, Blur, Model, Standardised, convolution

IMAGE = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


class Residual(nn.Module):
    def __init__(self, groups: int = 1) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.inner = nn.Conv2d(8, 8, 3, padding=1, groups=groups)
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x * 2))
        x = torch.relu(x + self.inner(x))
        output: Tensor = self.head(x.mean((2, 3)))
        return output


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_filters_are_the_same_and_the_image_is_read_as_before(groups: int) -> None:
    """Beside a copy whose stored filters are permuted by hand."""
    model = Residual(groups)
    shuffled = shuffle_channels(model, IMAGE, seed=1)
    first, inner = shuffled.orders
    assert first is None
    assert inner is not None
    assert sorted(inner.tolist()) == [*range(8 // groups)] != inner.tolist()
    copy = Residual(groups)
    with torch.no_grad():
        copy.inner.weight.copy_(copy.inner.weight[:, inner])
    torch.testing.assert_close(shuffled(IMAGE), copy(IMAGE))
    assert not torch.allclose(shuffled(IMAGE), model(IMAGE))


@pytest.mark.parametrize("kind", ["weight norm", "spectral norm"])
def test_derived_weights_are_permuted_where_they_act(kind: str) -> None:
    model, twin = TWINS[kind]()
    images = IMAGE.repeat(1, 1, 2, 2)
    torch.testing.assert_close(shuffle_channels(model, images, 1)(images), shuffle_channels(twin, images, 1)(images))
    standardised = nn.Sequential(convolution(3, 8), Standardised(8, 6, 3))
    assert shuffle_channels(standardised, images, 1).orders[1] is not None


def test_colours_stay_wherever_they_arrive() -> None:
    """Joined with coordinates for the first convolution, joined with its channels for the second."""
    model = Model(
        lambda m, x: m.c(torch.cat([m.b(torch.cat([x, torch.ones_like(x[:, :1])], 1)), x], 1)),
        b=convolution(4, 8, padding=1), c=convolution(11, 2),
    )  # fmt: skip
    first, second = shuffle_channels(model, IMAGE, 1).orders
    assert first is None
    assert second is not None
    assert second[8:].tolist() == [8, 9, 10]
    assert sorted(second.tolist()) == [*range(11)] != second.tolist()


def test_fixed_filters_and_their_model_are_left_alone() -> None:
    model = nn.Sequential(convolution(3, 8), Blur(8), convolution(8, 2))
    assert [order is None for order in shuffle_channels(model, IMAGE, 1).orders] == [True, True, False]


def test_what_cannot_be_copied_and_inference_mode() -> None:
    model = Model(lambda m, x: m.b(m.a(x)), b=convolution(4, 2))
    model.lock = threading.Lock()  # type: ignore[assignment]
    shuffled = shuffle_channels(model, IMAGE, 1)
    assert not torch.allclose(shuffled(IMAGE), model(IMAGE))
    with torch.inference_mode():
        torch.testing.assert_close(shuffled(IMAGE), shuffled(IMAGE))
        inside = shuffled(IMAGE)
    torch.testing.assert_close(inside, shuffled(IMAGE))


def test_transposed_convolutions_in_groups() -> None:
    model = nn.Sequential(convolution(3, 8), nn.ConvTranspose2d(8, 4, 3, groups=2))
    shuffled = shuffle_channels(model, IMAGE, 1)
    order = shuffled.orders[1]
    assert order is not None
    both = torch.cat([order, order + 4])
    with torch.no_grad():
        expected = nn.functional.conv_transpose2d(model[0](IMAGE), model[1].weight[both], model[1].bias, groups=2)
    torch.testing.assert_close(shuffled(IMAGE), expected)


def test_measured_under_the_models_own_names() -> None:
    model = nn.Sequential(convolution(3, 8), nn.ReLU(), convolution(8, 2))
    sensitivities = measure_sensitivities(shuffle_channels(model, IMAGE, 1), IMAGE, {"D": lambda x: x.roll(1, -1)})
    assert sensitivities.layers == ("0", "1", "2", "output")


def test_it_is_seeded_and_the_model_stays_as_it_was() -> None:
    model = Residual()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first, same, other = (shuffle_channels(model, IMAGE, seed) for seed in (1, 1, 2))
    assert torch.equal(first(IMAGE), same(IMAGE))
    assert not torch.equal(first(IMAGE), other(IMAGE))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert model.training


def test_channels_that_are_treated_alike_may_be_connected_as_one_likes() -> None:
    model = Residual()
    with torch.no_grad():
        model.inner.weight.copy_(model.inner.weight.mean(1, keepdim=True).expand_as(model.inner.weight))
    torch.testing.assert_close(shuffle_channels(model, IMAGE, 1)(IMAGE), model(IMAGE))


def test_what_has_no_channels_to_connect_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="no convolution behind the first"):
        shuffle_channels(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), IMAGE, 0)
    depthwise = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3, groups=4))
    with pytest.raises(ValueError, match="the convolution 2 sees one channel at a time"):
        shuffle_channels(depthwise, IMAGE, 0)


class Coloured(nn.Module):
    """Mixes the colours by a fixed matrix."""

    mix: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mix", torch.rand(3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("ij,njhw->nihw", self.mix, x)


@pytest.mark.parametrize("before", [Blur(3), nn.Conv2d(3, 3, 1, groups=3), Coloured(), nn.BatchNorm2d(3)])
def test_colours_behind_fixed_or_single_channel_filters_are_colours(before: nn.Module) -> None:
    model = nn.Sequential(before, convolution(3, 8, padding=1), convolution(8, 4, padding=1))
    *colours, last = shuffle_channels(model, IMAGE, 1).orders
    assert colours in ([None], [None, None])
    assert last is not None


def test_other_convolutions_than_were_shuffled_are_refused() -> None:
    def forward(m: Model, x: Tensor) -> Tensor:
        y = m.a(x)
        return m.c(m.b(y) if x.std() > 0.5 else y)

    model = Model(forward, b=convolution(4, 4, padding=1), c=convolution(4, 4))
    shuffled = shuffle_channels(model, IMAGE, 1)
    shuffled(IMAGE)
    with pytest.raises(ValueError, match="runs other convolutions than when it was shuffled"):
        shuffled(IMAGE / 10)
    fewer = shuffle_channels(
        Model(lambda m, x: m.b(m.a(x)) if x.std() > 0.5 else m.a(x), b=convolution(4, 4)), IMAGE, 1
    )
    with pytest.raises(ValueError, match="runs other convolutions"):
        fewer(IMAGE / 10)


class Listed(nn.Module):
    """PyTorch does not see its convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = [convolution(3, 8), convolution(8, 4)]

    def forward(self, x: Tensor) -> Tensor:
        return self.hidden[1](self.hidden[0](x))


def test_what_pytorch_does_not_list_is_shuffled_too() -> None:
    frozen = torch.jit.freeze(torch.jit.script(nn.Sequential(convolution(3, 8), convolution(8, 4)).eval()))
    first, second = (shuffle_channels(model, IMAGE, 1) for model in (frozen, Listed()))
    torch.testing.assert_close(first(IMAGE), second(IMAGE))
    assert not torch.allclose(second(IMAGE), Listed()(IMAGE))


def test_images_one_after_another_are_shuffled_alike() -> None:
    whole = Model(lambda m, x: m.b(m.a(x)), b=convolution(4, 4))
    loop = Model(lambda m, x: torch.stack([m.b(m.a(each)) for each in x]), b=convolution(4, 4))
    torch.testing.assert_close(shuffle_channels(loop, IMAGE, 1)(IMAGE), shuffle_channels(whole, IMAGE, 1)(IMAGE))
