"""Where the blur of a step stands, batch norms of new statistics, and whether D falls."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.antialias import antialias, blur_places
from nets.models.calibration import calibrated_copy
from nets.models.common_change import common_change
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.sensitivity import measure_sensitivities
from tests.nets.models.small_models import Model, convolution

IMAGE = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


class Block(nn.Module):
    """As a residual block has it: one ReLU called twice, a path beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Sequential(nn.Conv2d(3, 4, 1, 2), nn.BatchNorm2d(4))

    def forward(self, x: Tensor) -> Tensor:
        within: Tensor = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return torch.relu(self.relu(within + self.downsample(x)))


def chain(*more: nn.Module) -> nn.Module:
    return nn.Sequential(convolution(3, 4, stride=2), *more, convolution(4, 4)).eval()


def summed(m: nn.Module, x: Tensor) -> Tensor:
    f = F.relu(m.a(x))
    return f + m.b(f)


@pytest.mark.parametrize(
    ("model", "places"),
    [
        (lambda: chain(nn.BatchNorm2d(4), nn.ReLU(inplace=True)), {"0": "behind 2"}),
        (lambda: chain(nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2)), {"0": "behind 2", "3": "behind 3"}),
        (lambda: chain(nn.BatchNorm2d(4)), {"0": "behind 0"}),
        (lambda: chain(nn.PReLU(4), nn.Dropout()), {"0": "behind 1"}),
        (lambda: chain(nn.GroupNorm(2, 4), nn.ReLU()), {"0": "behind 0"}),
        (Block, {"conv1": "before conv2", "downsample.0": "behind downsample.0"}),
        (
            lambda: Model(
                lambda m, x: m.b(F.relu(m.a(x))), a=convolution(3, 4, stride=2), b=convolution(4, 4, stride=2)
            ),
            {"a": "before b", "b": "behind b"},
        ),
        (lambda: Model(summed, a=convolution(3, 4, stride=2), b=nn.Conv2d(4, 4, 3, 1, 1)), {"a": "behind a"}),
    ],
)  # fmt: skip
def test_the_blur_stands_behind_norm_and_activation(model: Callable[[], nn.Module], places: dict[str, str]) -> None:
    network = model().eval()
    repaired = antialias(network, IMAGE)
    assert dict(sorted(blur_places(repaired).items())) == places
    assert repaired(IMAGE).shape == network(IMAGE).shape
    torch.testing.assert_close(antialias(network, IMAGE, blur=1)(IMAGE), network(IMAGE))


def test_a_blur_after_an_activation_is_of_its_outputs() -> None:
    """[1, 2, 1]/4 along each axis of max(0, dense convolution), every second of them."""
    network = chain(nn.ReLU())
    dense = F.relu(F.conv2d(IMAGE, network[0].weight, network[0].bias))  # type: ignore[index]
    taps = torch.tensor([1.0, 2, 1]) / 4
    blurred = F.conv2d(
        F.pad(dense, (1, 1, 1, 1), "reflect"), torch.outer(taps, taps).expand(4, 1, 3, 3), None, 2, 0, 1, 4
    )
    torch.testing.assert_close(antialias(network, IMAGE)(IMAGE), network[2](blurred))  # type: ignore[index]


def test_batch_norms_get_the_statistics_of_the_images() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(), nn.Flatten(), nn.Linear(3072, 2))
    images = 5 + 2 * torch.randn(64, 3, 32, 32)
    norm = calibrated_copy(model, images, 16)[0]  # type: ignore[index]
    torch.testing.assert_close(norm.running_mean, images.mean((0, 2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(norm.running_var, images.var((0, 2, 3)), rtol=1e-3, atol=1e-3)
    assert (norm.momentum, norm.training, float(model[0].running_mean.sum())) == (0.1, True, 0.0)  # type: ignore[operator, union-attr]
    with pytest.raises(ValueError, match="no batch norm that keeps statistics"):
        calibrated_copy(nn.Sequential(nn.Linear(3, 2)), images)


def stripes(count: int, generator: torch.Generator, wave: float = 0.8) -> tuple[Tensor, Tensor]:
    """Waves down (class 0) or across (class 1), of random phases."""
    labels = torch.arange(count) % 2
    phase = 2 * torch.pi * torch.rand(count, 1, 1, generator=generator)
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    place = torch.where(labels[:, None, None] == 0, y, x)
    noise = 0.3 * torch.randn(count, 32, 32, generator=generator)
    return ((wave * place + phase).sin() + noise)[:, None], labels


def test_D_of_a_trained_network_falls() -> None:
    """Trained to tell waves down from waves across, with a batch norm and strides of 2 that alias."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Flatten(), nn.Linear(512, 2),
    )  # fmt: skip
    optimiser = torch.optim.SGD(model.parameters(), 0.05, 0.9)
    for _ in range(60):
        images, labels = stripes(32, generator)
        optimiser.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimiser.step()
    images, labels = stripes(64, generator)
    model.eval()
    assert float((model(images).argmax(1) == labels).float().mean()) > 0.9
    copy = antialias(model, images)
    own, repaired, recalibrated = (
        float(measure_sensitivities(network, images, {"D": lambda x: x.roll(1, -1)}).values["D"][-2])
        for network in (model, copy, calibrated_copy(copy, images))
    )
    assert max(repaired, recalibrated) < own / 5


def test_what_all_images_share_may_hold_D_up() -> None:
    """White images lose contrast when they are interpolated, all alike: of the mean of |f| that is all, so D > 1 with
    and without blur, and the change is common; for moves by whole pixels it falls.
    """
    torch.manual_seed(0)
    white = torch.randn(32, 1, 32, 32)
    energy = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    copy = antialias(energy, white)
    tau = Diffeomorphisms(1.0)
    moves = {"D": tau, "whole": lambda x: x.roll(1, -1)}
    own, repaired = (measure_sensitivities(network, white, moves).values for network in (energy, copy))
    assert min(own["D"][-1], repaired["D"][-1]) > 1
    assert repaired["whole"][-1] < own["whole"][-1] / 2
    assert common_change(copy, white, tau) > 0.8
    assert abs(common_change(copy, white, lambda x: x.roll(1, -1))) < 0.3
