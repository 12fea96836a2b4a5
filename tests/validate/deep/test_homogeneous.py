"""The homogeneous network of an architecture is that architecture with constant filters."""

from typing import Literal

import numpy as np
import pytest
from torch import nn

from nets.deep.architectures import build
from nets.deep.plane import PlaneTask
from nets.deep.training import DeepTraining
from nets.models.sensitivity import measure_sensitivities
from theory.definitions.task import plane_task
from validate.deep.homogeneous import homogeneous, idealised_stack
from validate.runs.deep import DeepMeasurementRun, Probing, probed_images
from validate.runs.deep_training import DeepTrainingRun


@pytest.mark.parametrize(("move", "noise"), [("lazy", "gaussian"), ("lazy", "rectified"), ("rounded", "gaussian")])
def test_a_torch_network_with_constant_filters_and_mean_pooling_has_its_sensitivities(
    move: Literal["lazy", "rounded"], noise: Literal["gaussian", "rectified"]
) -> None:
    """AlexNet with all weights of a convolution equal and average instead of max pooling, measured."""
    task, training = (
        PlaneTask(plane_task()),
        DeepTraining("alexnet", width=0.05, images=64, validation=32, test=200, batch=16),
    )
    run = DeepMeasurementRun(DeepTrainingRun(task, training), Probing(images=100, move=move, noise=noise))
    expected = homogeneous(run)
    assert expected is not None
    features = build("alexnet", width=0.05)[0]  # type: ignore[index]
    layers = [nn.AvgPool2d(m.kernel_size, m.stride, m.padding) if isinstance(m, nn.MaxPool2d) else m for m in features]
    for module in layers:
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
            assert module.bias is not None
            nn.init.zeros_(module.bias)
    model = nn.Sequential(*layers)
    names = [str(n) for n, module in enumerate(layers) if isinstance(module, nn.ReLU)]
    measured = measure_sensitivities(
        model, probed_images(task, training, 100), run.probing.perturbations(False), layers=names
    )
    for quantity in ("D", "G"):
        np.testing.assert_allclose(measured.values[quantity][:-1], getattr(expected, quantity)[0], rtol=1e-4)


def test_models_that_are_no_chain_of_convolutions_have_none() -> None:
    assert idealised_stack(build("fc2")) is None
    lenet = idealised_stack(build("lenet"))
    assert lenet is not None
    assert [(len(layer.weights), layer.stride, layer.rectified) for layer in lenet] == [(5, 1, True), (2, 2, False)] * 2
    reason = "torchvision is missing: `make test-images` has it"
    pytest.importorskip("torchvision", exc_type=Exception, reason=reason)  # type: ignore[arg-type]
    assert idealised_stack(build("resnet18", width=0.125)) is None
    vgg = idealised_stack(build("vgg11bn", width=0.125))
    assert vgg is not None
    assert sum(layer.rectified for layer in vgg) == 8
    assert vgg[0].padding == (3, 3)  # 28 pixels become 32, and the convolution's own border
