"""How much of what a perturbation does to a model's output is the same for all images."""

import torch
from torch import nn

from nets.models.activations import numbers
from nets.models.evaluation import as_read_by, evaluation_mode, run
from nets.models.generators import stream
from nets.models.image_batches import Images, batches
from nets.models.perturbations import Perturbation, perturb


@torch.no_grad()
def common_change(
    model: nn.Module, images: Images, perturbation: Perturbation, batch: int = 16, seed: int = 0
) -> float:
    """‖E(f(p(x)) − f(x))‖² / E‖f(p(x)) − f(x)‖² of the output on (n, C, …) images, without the 1/n that independent
    changes have; the copies are those of `measure_sensitivities` for a perturbation "D" and the same seed.

    Near 1 the perturbation changes what all images share, their contrast for one, which interpolation lowers in images
    without correlations, and D says how that compares with the images' differences: it may pass 1.
    """
    generator, count, square = stream("D", seed), 0, 0.0
    total = torch.zeros(())
    with evaluation_mode(model):
        for clean in batches(images, batch):
            moved = perturb(perturbation, clean.double(), generator)
            before, after = (numbers(run(model, as_read_by(model, x, clean.dtype))) for x in (clean, moved))
            if before is None or after is None or len(before) != len(clean):
                return float("nan")
            change = (after.double() - before.double()).flatten(1)
            total = total + change.sum(0)
            square += float(change.square().sum())
            count += len(clean)
    if count < 2 or not square:
        return float("nan")
    share = float(total.square().sum()) / count / square
    return (count * share - 1) / (count - 1)
