"""Statistics of batch norm, measured anew."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from nets.models.evaluation import evaluation_mode


@torch.no_grad()
def calibrate_batch_norm(model: nn.Module, images: Tensor, batch: int = 128) -> None:
    """μ = ⟨x⟩, σ² = ⟨(x − μ)²⟩ of the inputs x of each batch norm take the place of its running statistics: means over
    batches of the (n, C, …) images, each layer behind those that are normalised by the batch.

    Only these buffers change; every other module acts as in evaluation mode. A model without batch norm is left alone.
    """
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    momenta = [layer.momentum for layer in layers]
    with evaluation_mode(model):
        for layer in layers:
            layer.reset_running_stats()
            # a mean over all batches, each with the same weight
            layer.momentum = None
            layer.train()
        # parts of nearly one size: batch norm takes no single pixel of a single image
        for part in images.tensor_split(max(1, len(images) // batch)) if layers else ():
            model(part)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
