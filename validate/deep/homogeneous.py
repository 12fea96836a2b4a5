"""The homogeneous network beside a deep one: the same filters and poolings, but one channel of constant filters."""

from typing import Any

import numpy as np
from torch import nn

from nets.deep.architectures import build
from nets.models.perturbations import perturb, prepared, stream
from simulate.plane import Pooling, sensitivities
from validate.deep.networks import Curves
from validate.runs.deep import DeepMeasurementRun, probed_images


def poolings(model: nn.Module) -> list[Pooling] | None:
    """The convolutions and poolings of a chain of modules, before the first fully connected layer; max pooling counts
    as a mean. None for a model that is no chain, or has no convolution.
    """
    answer: list[Pooling] = []
    border = (0, 0)
    for module in model.modules():
        if isinstance(module, nn.ZeroPad2d):
            border = (int(module.padding[2]), int(module.padding[3]))
        elif isinstance(module, nn.Conv2d | nn.MaxPool2d):
            size, stride, padding = (_one(getattr(module, name)) for name in ("kernel_size", "stride", "padding"))
            there = (border[0] + padding, border[1] + padding)
            answer.append(Pooling(size, stride, *there, rectified=isinstance(module, nn.Conv2d)))
            border = (0, 0)
        elif isinstance(module, nn.Linear):
            break
        elif not isinstance(module, nn.Sequential | nn.ReLU | nn.BatchNorm2d | nn.Flatten | nn.Dropout):
            return None
    return answer if any(one.rectified for one in answer) else None


def homogeneous(run: DeepMeasurementRun) -> Curves | None:
    """(1, K) D, G of the homogeneous network in the convolutional layers, on the images and perturbations that the
    network of this run was measured with; None where there is none.
    """
    training, task = run.of.training, run.of.task
    layers = poolings(build(training.architecture, size=task.width, width=training.width))
    if layers is None:
        return None
    images = probed_images(task, training, run.probing.images)
    exact = images.double()
    # as nets.models.sensitivity.measure_sensitivities draws them with seed 0
    moved = [
        perturb(prepared(perturbation, lambda: [exact], stream(name, 0)), exact, stream(name, 0))
        for name, perturbation in run.probing.perturbations(task.wrap).items()
    ]
    return Curves(*(one[None] for one in sensitivities(layers, images[:, 0].numpy(), [x[:, 0].numpy() for x in moved])))


def _one(value: Any) -> int:
    """The same along both axes."""
    return int(np.unique(value).item())
