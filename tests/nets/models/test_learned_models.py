"""Models between two states: which convolutions are split, and what batch-norm makes of a change."""

import copy
import math

import pytest
import torch
from torch import nn

from nets.models.calibration import calibrate_batch_norm
from nets.models.learned import start_alone, without_mode
from nets.models.learned_models import changed_model, model_splits


def a_model(seed: int, width: int = 6, size: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, width, size, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, 5, 1), nn.ReLU(),
        nn.Conv2d(5, 4, 3), nn.Dropout(), nn.Flatten(), nn.LazyLinear(2),
    ).eval()  # fmt: skip


IMAGES = torch.randn(300, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def states() -> tuple[nn.Module, nn.Module]:
    before = a_model(0)
    before(IMAGES[:2])
    after = copy.deepcopy(before)
    with torch.no_grad():
        for parameter in after.parameters():
            parameter.mul_(0.5).add_(torch.randn(parameter.shape) * 0.1)
    return before, after


def test_convolutions_of_more_than_one_pixel_are_split() -> None:
    before, after = states()
    parts = model_splits(before, after)
    assert list(parts.splits) == ["0", "5"]
    assert parts.frozen == ()
    changed = changed_model(after, parts.splits, start_alone, 0, IMAGES, "kept")
    torch.testing.assert_close(changed[0].weight, (before[0].weight * parts.splits["0"].sigma).float())
    assert torch.equal(changed[3].weight, after[3].weight)
    assert torch.equal(changed[1].running_mean, after[1].running_mean)


def test_frozen_convolutions_are_left_alone() -> None:
    before, after = states()
    with torch.no_grad():
        after[0].weight.copy_(before[0].weight)
    parts = model_splits(before, after)
    assert parts.frozen == ("0",)
    changed = changed_model(after, parts.splits, without_mode(0), 0, IMAGES, "kept")
    assert torch.equal(changed[0].weight, after[0].weight)
    assert not torch.equal(changed[5].weight, after[5].weight)


def test_recalibrated_statistics_are_those_of_the_images() -> None:
    _, after = states()
    momentum = after[1].momentum
    calibrate_batch_norm(after, IMAGES[:256])
    activations = after[0](IMAGES[:256])
    torch.testing.assert_close(after[1].running_mean, activations.mean((0, 2, 3)))
    torch.testing.assert_close(after[1].running_var, activations.var((0, 2, 3)), rtol=1e-2, atol=0)
    assert after[1].momentum == momentum
    assert not any(module.training for module in after.modules())


def test_parametrised_filters_are_replaced_whole() -> None:
    before, after = states()
    nn.utils.parametrizations.weight_norm(after[5])
    parts = model_splits(before, after)
    changed = changed_model(after, parts.splits, start_alone, 0, IMAGES)
    torch.testing.assert_close(changed[5].weight, (before[5].weight * parts.splits["5"].sigma).float())


def spoiled(after: nn.Module, name: str) -> nn.Module:
    with torch.no_grad():
        after.get_parameter(name).fill_(math.nan)
    return after


def test_what_has_no_learned_part_is_refused() -> None:
    before, after = states()
    linear = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    for first, last, message in (
        (linear, linear, "no convolution with filters of more than one pixel"),
        (before, before, "no convolution learned anything"),
        (a_model(1, width=7), after, r"0 has filters of \(7, 1, 3, 3\) at the start and \(6, 1, 3, 3\) at the end"),
        (a_model(1, size=1), after, "only one of start and end has the convolution 0"),
        (before, spoiled(copy.deepcopy(after), "0.weight"), "not finite"),
        (before, spoiled(copy.deepcopy(after), "3.bias"), "the weights 3.bias at the end are not finite"),
    ):
        with pytest.raises(ValueError, match=message):
            model_splits(first, last)
