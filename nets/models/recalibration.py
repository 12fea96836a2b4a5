"""A copy of a model whose batch norms have the statistics of given images."""

import copy

import torch
from torch import nn

from nets.models.evaluation import as_read_by, evaluation_mode, run
from nets.models.image_batches import Images, batches

NORMS = nn.modules.batchnorm._BatchNorm


@torch.no_grad()
def recalibrate(model: nn.Module, images: Images, batch: int = 64) -> nn.Module:
    """A copy whose batch norms subtract the mean, and divide by the standard deviation, of what reaches them from these
    (n, C, …) images, the mean over batches; all else is in evaluation mode meanwhile, so that nothing is random.

    Raises ValueError, one sentence, for a model without batch norms that keep statistics.
    """
    recalibrated = copy.deepcopy(model)
    norms = [module for module in recalibrated.modules() if isinstance(module, NORMS) and module.track_running_stats]
    if not norms:
        raise ValueError(
            f"{type(model).__name__} has no batch norm that keeps statistics, so there is nothing to recalibrate: "
            "leave it out"
        )
    momenta = [norm.momentum for norm in norms]
    with evaluation_mode(recalibrated):
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum, norm.training = None, True  # the mean over batches
        for clean in batches(images, batch):
            if len(clean) > 1:
                run(recalibrated, as_read_by(recalibrated, clean))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return recalibrated
