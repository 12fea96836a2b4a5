"""What a measurement warns of, and what it leaves as it was."""

import warnings

import pytest
import torch
from torch import nn

from nets.models.perturbations import Diffeomorphisms
from nets.models.sensitivity import SensitivityWarning, measure_sensitivities
from tests.nets.models.small_models import Model, convolution, plain_a
from tests.nets.models.test_kinds import TAU, images, measured


def test_batch_statistics() -> None:
    model = nn.Sequential(convolution(3, 4), nn.BatchNorm2d(4, track_running_stats=False))
    with pytest.warns(SensitivityWarning, match="depends on the others at 1, output"):
        measure_sensitivities(model, images(), {"D": TAU})


def test_a_random_model() -> None:
    model = Model(lambda m, x: nn.functional.dropout(m.a(x), 0.5, True))
    with pytest.warns(SensitivityWarning, match="random at output"):
        sensitivities = measure_sensitivities(model, images(), {"D": lambda x: x})
    assert sensitivities.values["D"][0] == 0
    assert sensitivities.values["D"][1] > 0.1


def test_fields_that_fold() -> None:
    x = torch.rand(4, 3, 8, 8)
    with pytest.warns(SensitivityWarning, match=r"7\d% of the fields of D fold"):
        sensitivities = measure_sensitivities(nn.Identity(), x, {"D": Diffeomorphisms()})
    assert len(sensitivities.warnings) == 1


def test_an_ordinary_model_is_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        measure_sensitivities(nn.Sequential(convolution(3, 4), nn.BatchNorm2d(4)), images(), {"D": TAU})


def test_the_users_random_state_stays() -> None:
    model = plain_a()
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    measured(model, images())
    assert torch.equal(torch.rand(3), expected)
