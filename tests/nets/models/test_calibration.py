"""Statistics of batch norm, measured anew."""

import copy

import pytest
import torch
from torch import nn

from nets.models.calibration import calibrate_batch_norm
from nets.models.shuffling import shuffle_channels

IMAGES = 3 + 2 * torch.randn(300, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4)]
    return nn.Sequential(*layers).eval()


def test_every_layer_is_standardised_behind_those_that_are() -> None:
    model = network()
    calibrate_batch_norm(model, IMAGES, batch=300)
    for end in (2, 6):
        with torch.no_grad():
            values = model[:end](IMAGES).transpose(0, 1).flatten(1)
        # a batch is divided by n values' variance, a running variance is over n − 1: parts of 1/10800 and 1/4800 remain
        torch.testing.assert_close(values.mean(1), torch.zeros(len(values)), atol=2e-4, rtol=0)
        torch.testing.assert_close(values.var(1), torch.ones(len(values)), atol=1e-3, rtol=0)


def test_batches_count_alike_and_nothing_else_changes() -> None:
    model, whole = network(), network()
    before = copy.deepcopy(dict(model.named_parameters()))
    calibrate_batch_norm(model, IMAGES, batch=10)
    calibrate_batch_norm(whole, IMAGES, batch=300)
    torch.testing.assert_close(model[1].running_mean, whole[1].running_mean)
    assert not any(module.training for module in model.modules())
    assert model[1].momentum == 0.1
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])


@pytest.mark.parametrize("count", [1, 129])
def test_a_last_image_is_never_alone(count: int) -> None:
    """A batch of one pixel has no variance."""
    model = nn.Sequential(nn.Conv2d(3, 2, 8), nn.BatchNorm2d(2)).eval()
    if count == 1:
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            calibrate_batch_norm(model, IMAGES[:1])
    else:
        calibrate_batch_norm(model, IMAGES[:count], batch=128)


def test_a_shuffled_network_has_statistics_of_its_own() -> None:
    model = network()
    calibrate_batch_norm(model, IMAGES)
    shuffled = shuffle_channels(copy.deepcopy(model), IMAGES[:1], seed=1)
    kept = shuffled(IMAGES)
    calibrate_batch_norm(shuffled, IMAGES)
    assert not torch.allclose(shuffled(IMAGES), kept)
    values = shuffled(IMAGES).transpose(0, 1).flatten(1)
    torch.testing.assert_close(values.mean(1), torch.zeros(4), atol=0.02, rtol=0)


def test_a_model_without_batch_norm_is_left_alone() -> None:
    model = nn.Conv2d(3, 2, 3)
    calibrate_batch_norm(model, IMAGES)
    assert not [*model.buffers()]
