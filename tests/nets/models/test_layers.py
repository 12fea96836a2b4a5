"""Which modules are layers, and which axis counts the images; what has no output is named."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.nets.models.small_models import Model, convolution, plain_a, relu_a
from tests.nets.models.test_kinds import images, measured


class Listed(nn.Module):
    """Its second convolution is in a list, which PyTorch does not see."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.hidden = convolution(3, 6), [convolution(6, 4)]

    def forward(self, x: Tensor) -> object:
        return self.hidden[0](self.a(x))


class Scaled(nn.Module):
    """Has a parameter of its own, and a module that is called."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.a = nn.Parameter(torch.tensor(-2.0)), convolution(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.scale * self.a(x))


def test_a_module_that_is_not_registered_is_named() -> None:
    sensitivities = measured(Listed(), images())
    assert sensitivities.layers == ("a", "output")
    assert sensitivities.silent == ("Conv2d, not among the model's modules",)


def test_a_module_with_weights_of_its_own_is_a_layer_beside_those_that_it_calls() -> None:
    sensitivities = measured(nn.Sequential(Scaled(), nn.Flatten()), images())
    assert sensitivities.layers == ("0.a", "0", "1", "output")
    assert sensitivities.values["D"][0] != pytest.approx(sensitivities.values["D"][1], rel=1e-3)


def time_first_of_14(m: Model, x: Tensor) -> Tensor:
    if len(x) != 14:
        raise RuntimeError("14 images")
    return m.a(x).mean(2).permute(2, 0, 1)


def test_the_axis_of_a_certain_number_of_images_is_found_by_what_changes() -> None:
    """14 columns of 14 images, of a model that takes no other number."""
    model, twin = Model(time_first_of_14), Model(lambda m, x: m.a(x).mean(2).transpose(1, 2))
    of_model, of_twin = (measured(network, images(28), batch=14) for network in (model, twin))
    np.testing.assert_allclose(of_model.values["D"], of_twin.values["D"], rtol=1e-5)


def test_windows_of_which_some_are_all_zero_are_regrouped() -> None:
    def forward(m: Model, x: Tensor) -> Tensor:
        parts = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).reshape(-1, 4, 3, 8, 8)
        parts = parts * torch.tensor([1.0, 0, 1, 1]).reshape(4, 1, 1, 1)
        return m.a(parts.flatten(0, 1)) - m.a.bias[:, None, None]

    of_model, of_twin = (
        measured(Model(function), images()) for function in (forward, lambda m, x: forward(m, x).unflatten(0, (-1, 4)))
    )
    assert of_model.values["D"][-1] == pytest.approx(of_twin.values["D"][-1], rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_images_come_in_the_type_of_most_weights(dtype: torch.dtype) -> None:
    model = Model(lambda m, x: m.a(x) * m.scale)
    model.register_parameter("scale", nn.Parameter(torch.ones(())))
    model.a.to(dtype)
    assert measured(model, images()).values["D"][0] == pytest.approx(
        measured(plain_a(), images()).values["D"][0], rel=8 * torch.finfo(dtype).eps + 1e-5
    )


def test_complex_weights_and_buffers_alone_have_a_type_too() -> None:
    complex_model = nn.Conv2d(3, 4, 3, dtype=torch.complex64)
    model = Model(lambda m, x: m.b(x.to(torch.complex64)), b=complex_model)
    model.a = nn.Identity()  # type: ignore[assignment]
    assert measured(model, images(dtype=torch.float64)).values["D"][-1] > 0
    fixed = Model(lambda m, x: nn.functional.conv2d(x, m.weight))
    fixed.a = nn.Identity()  # type: ignore[assignment]
    fixed.register_buffer("weight", torch.rand(2, 3, 3, 3, dtype=torch.float64))
    assert measured(fixed, images()).values["D"][-1] > 0


def test_truth_values_are_0_and_1() -> None:
    of_model, of_twin = (
        measured(Model(f), images()) for f in (lambda m, x: m.a(x) > 0, lambda m, x: (m.a(x) > 0) * 1.0)
    )
    # the first batch's mean, from which differences are taken, is float64 or float32
    np.testing.assert_allclose(of_model.values["D"], of_twin.values["D"], rtol=1e-7)


def test_frozen_torchscript_is_measured() -> None:
    frozen = torch.jit.freeze(torch.jit.script(nn.Sequential(convolution(3, 4), nn.ReLU()).eval()))
    assert measured(frozen, images()).values["D"][-1] == pytest.approx(
        measured(relu_a(), images()).values["D"][-1], rel=1e-5
    )


def leave(m: Model, x: Tensor) -> Tensor:
    raise SystemExit(3)


def test_a_model_that_ends_the_program_is_refused() -> None:
    with pytest.raises(ValueError, match="raises SystemExit on images of 3 × 16 × 16"):
        measured(Model(leave), images())
    with pytest.raises(ValueError, match="on the device meta"):
        measured(nn.Sequential(convolution(3, 4), convolution(4, 4).to("meta")), images())
