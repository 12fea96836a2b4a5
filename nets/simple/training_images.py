"""The training and validation images of all seeds, with the plans of their distinct patches."""

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from nets.simple.images import Split
from nets.simple.patches import BatchPlan, Patches, distinct_patches, plan_batches
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection


@dataclass
class TrainingImages:
    """Places in `patches` with (P,) labels: (S, n) of the training and validation set of each seed; plans of whole
    sets.
    """

    patches: Patches
    amplitude: float
    labels: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    plans: dict[tuple[str, tuple[int, ...]], BatchPlan] = field(default_factory=dict)

    def plan(self, batches: np.ndarray, like: Tensor) -> list[BatchPlan]:
        """The plans of (T, S, B) batches, where and as `like` is."""
        return plan_batches(self.patches, batches, self.amplitude, like.device, like.dtype)

    def plan_of_set(self, name: str, running: list[int], like: Tensor) -> BatchPlan:
        """The plan of all images of a set, planned once for the seeds still running."""
        key = (name, tuple(running))
        if key not in self.plans:
            self.plans = {kept: plan for kept, plan in self.plans.items() if kept[1] == key[1]}
            (self.plans[key],) = self.plan(getattr(self, name)[running][None], like)
        return self.plans[key]


def training_images(task: ScaleDetection, architecture: Architecture, splits: list[Split]) -> TrainingImages:
    """Those of one split for each seed."""
    known = np.unique(np.concatenate([np.concatenate([split.train, split.validation]) for split in splits]))
    train, validation = (
        np.searchsorted(known, np.array([getattr(split, name) for split in splits])) for name in ("train", "validation")
    )
    patches = distinct_patches(architecture, task.active(task.pairs[known]), task.dim)
    return TrainingImages(patches, task.amplitude, task.labels[known], train, validation)
