"""Shuffling permutes connections, and nothing else."""

import pytest
import torch
from torch import Tensor, nn

from nets.models.shuffling import shuffle_channels

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
        found: Tensor = self.head(x.mean((2, 3)))
        return found


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_filters_are_the_same_and_the_image_is_read_as_before(groups: int) -> None:
    model = Residual(groups)
    shuffled = shuffle_channels(model, IMAGE, seed=1)
    assert isinstance(shuffled, Residual)
    assert torch.equal(shuffled.first.weight, model.first.weight)
    assert not torch.equal(shuffled.inner.weight, model.inner.weight)
    for one, other in zip(shuffled.inner.weight, model.inner.weight, strict=True):
        assert {tuple(f.flatten().tolist()) for f in one} == {tuple(f.flatten().tolist()) for f in other}
    assert not torch.allclose(shuffled(IMAGE), model(IMAGE))


def test_it_is_seeded_and_the_model_stays_as_it_was() -> None:
    model = Residual()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    one, same, other = (shuffle_channels(model, IMAGE, seed) for seed in (1, 1, 2))
    assert torch.equal(one(IMAGE), same(IMAGE))
    assert not torch.equal(one(IMAGE), other(IMAGE))
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
