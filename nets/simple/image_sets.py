"""The images of one network, those with equal outputs once."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from nets.simple.patches import BatchPlan, Patches, plan_batches

KindsAndPlan = tuple[np.ndarray, BatchPlan]


@dataclass(frozen=True)
class ImageSets:
    """What one network is trained and evaluated on.

    kinds      (images,) which images of `patches` are equal up to the order of their rows: equal outputs, equal labels
    labels     (kinds,) ±1
    train      kinds in the training set, with a plan for an image of each
    evaluated  those of the validation set too
    """

    patches: Patches
    amplitude: float
    kinds: np.ndarray
    labels: np.ndarray
    train: KindsAndPlan
    evaluated: KindsAndPlan


def image_sets(
    patches: Patches,
    amplitude: float,
    labels: np.ndarray,
    train: np.ndarray,
    validation: np.ndarray,
    like: Tensor,
) -> ImageSets:
    """The sets of a network that trains on these places of `patches`; `like` is one of its tensors."""
    tops = np.column_stack([np.sort(patches.rows[-1], axis=1), labels])
    _, some, kinds = np.unique(tops, axis=0, return_index=True, return_inverse=True)
    kinds = kinds.reshape(-1)

    def plan(images: np.ndarray) -> KindsAndPlan:
        chosen = np.unique(kinds[images])
        return chosen, plan_batches(patches, some[chosen][None, None], amplitude, like.device, like.dtype)[0]

    evaluated = plan(np.concatenate([train, validation]))
    return ImageSets(patches, amplitude, kinds, labels[some].astype(float), plan(train), evaluated)
