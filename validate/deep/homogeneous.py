"""The homogeneous network beside a deep one: the same filters and poolings, but one channel of constant filters."""

from fractions import Fraction
from typing import Any

import numpy as np
from torch import nn

from nets.deep.state import untrained
from nets.models.perturbations import perturb, prepared, stream
from simulate.plane import plane_sensitivities
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack
from validate.runs.deep import DeepMeasurementRun, probed_images


def idealised_stack(model: nn.Module) -> Stack | None:
    """The convolutions and poolings of a chain of modules, before the first fully connected layer; max pooling counts
    as a mean. None for a model that is no chain, or has no convolution.
    """
    stack: list[Layer] = []
    border = (0, 0)
    for module in model.modules():
        if isinstance(module, nn.ZeroPad2d):
            border = (int(module.padding[2]), int(module.padding[3]))
        elif isinstance(module, nn.Conv2d | nn.MaxPool2d):
            size, stride, padding = (
                _same_along_axes(getattr(module, name)) for name in ("kernel_size", "stride", "padding")
            )
            around = (border[0] + padding, border[1] + padding)
            # 1×1 convolutions with stride skip pixels
            rectified = isinstance(module, nn.Conv2d)
            stack.append(Layer((Fraction(1, size),) * size, stride, skips=True, padding=around, rectified=rectified))
            border = (0, 0)
        elif isinstance(module, nn.Linear):
            break
        elif not isinstance(module, nn.Sequential | nn.ReLU | nn.BatchNorm2d | nn.Flatten | nn.Dropout):
            return None
    return tuple(stack) if any(layer.rectified for layer in stack) else None


def homogeneous(run: DeepMeasurementRun) -> Sensitivities | None:
    """(1, K) D, G of the homogeneous network in the convolutional layers, on the images and perturbations that the
    network of this run was measured with; colours are added up. None where there is none.
    """
    training, task = run.of.training, run.of.task
    stack = idealised_stack(untrained(task, training))
    if stack is None:
        return None
    images = probed_images(task, training, run.probing.images)
    exact = images.double()
    # as nets.models.sensitivity.measure_sensitivities draws them with seed 0
    perturbed = [
        perturb(prepared(perturbation, lambda: [exact], stream(name, 0)), exact, stream(name, 0))
        for name, perturbation in run.probing.perturbations(task.wrap).items()
    ]
    D, G = plane_sensitivities(stack, images.sum(1).numpy(), [x.sum(1).numpy() for x in perturbed])
    layer = np.arange(1, len(D) + 1)
    return Sensitivities(layer, np.full(len(D), np.nan), D[None], G[None], "simulation, homogeneous filters")


def _same_along_axes(value: Any) -> int:
    """The same along both axes."""
    return int(np.unique(value).item())
