"""Statistics of batch norm, measured anew."""

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from nets.models.evaluation import as_read_by, evaluation_mode, run
from nets.models.image_batches import Images, batches


@torch.no_grad()
def calibrate_batch_norm(model: nn.Module, images: Images, batch: int = 128) -> None:
    """μ = ⟨x⟩, σ² = ⟨(x − μ)²⟩ of the inputs x of each batch norm take the place of its running statistics: means over
    batches of the (n, C, …) images, each layer behind those that are normalised by the batch.

    Only these buffers change; every other module acts as in evaluation mode, so that nothing is random. A model without
    batch norm is left alone.
    """
    layers = _batch_norms(model)
    momenta = [layer.momentum for layer in layers]
    with evaluation_mode(model):
        for layer in layers:
            layer.reset_running_stats()
            # a mean over all batches, each with the same weight
            layer.momentum, layer.training = None, True
        first = True
        for part in batches(images, batch) if layers else ():
            # a last image that is alone may be a single pixel to some layer, which has no variance
            if first or len(part) > 1:
                run(model, as_read_by(model, part))
            first = False
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum


def calibrated_copy(model: nn.Module, images: Images, batch: int = 128) -> nn.Module:
    """A copy whose batch norms have the statistics of these images.

    Raises ValueError, one sentence, for a model without batch norms that keep statistics.
    """
    if not _batch_norms(model):
        raise ValueError(
            f"{type(model).__name__} has no batch norm that keeps statistics, so there is nothing to recalibrate: "
            "leave it out"
        )
    calibrated = copy.deepcopy(model)
    calibrate_batch_norm(calibrated, images, batch)
    return calibrated


def _batch_norms(model: nn.Module) -> list[_BatchNorm]:
    return [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
