"""Shift consistency: how often a model's class survives a shift of the image."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from nets.models.activations import numbers
from nets.models.evaluation import as_read_by, evaluation_mode, run
from nets.models.generators import image_generators, stream
from nets.models.image_batches import Images, batches


@dataclass(frozen=True)
class ShiftConsistency:
    """Share of (image, two shifts) for which both shifted images get the same class, with its standard error; `classes`
    that the images get: where it is one, the share says nothing.
    """

    share: float
    error: float
    images: int
    classes: int


@torch.no_grad()
def shift_consistency(
    model: nn.Module, images: Images, pixels: int = 8, batch: int = 64, seed: int = 0
) -> ShiftConsistency:
    """P(argmax f(x shifted by s) = argmax f(x shifted by s′)), s and s′ drawn for each image from the whole pixels 0 …
    `pixels` down and right; each shifted image is the middle that all shifts share, cut from the (n, C, H, W) image, so
    that no border is made up (Zhang 2019).

    Raises ValueError, one sentence, for a model that does not return (n, classes) or images that are too small.
    """
    if pixels < 1:
        raise ValueError(f"shifts by up to {pixels} pixels move nothing: use 1 or more")
    generator, agreeing, count = stream("shift", seed), 0, 0
    classes: set[int] = set()
    with evaluation_mode(model):
        for whole in batches(images, batch):
            if whole.dim() != 4 or min(whole.shape[2:]) <= pixels:
                raise ValueError(
                    f"images of {tuple(whole.shape[1:])} leave nothing when shifted by {pixels} pixels: use larger ones"
                )
            own = image_generators(generator, len(whole))
            shifts = torch.stack([torch.randint(pixels + 1, (2, 2), generator=each) for each in own])
            first, second = (_classes(model, whole, shifts[:, n], pixels) for n in (0, 1))
            agreeing += int((first == second).sum())
            classes.update(first.tolist())
            count += len(whole)
    if not count:
        raise ValueError("there are no images: give 1 or more")
    share = agreeing / count
    return ShiftConsistency(share, math.sqrt(share * (1 - share) / count), count, len(classes))


def _classes(model: nn.Module, images: torch.Tensor, shifts: torch.Tensor, pixels: int) -> torch.Tensor:
    height, width = (side - pixels for side in images.shape[2:])
    cut = [
        x[:, down : down + height, right : right + width]
        for x, (down, right) in zip(images, shifts.tolist(), strict=True)
    ]
    scores = numbers(run(model, as_read_by(model, torch.stack(cut))))
    if scores is None or scores.dim() != 2 or len(scores) != len(images) or scores.shape[1] < 2:
        shape = None if scores is None else tuple(scores.shape)
        raise ValueError(f"the model returns {shape} for {len(images)} images, no (n, classes): give a classifier")
    return scores.argmax(1)
