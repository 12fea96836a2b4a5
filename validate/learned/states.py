"""A user's model between two states: what was learned there, on images of the user's."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.models.image_batches import Images, first_images
from nets.models.learned_models import BatchNorm
from nets.models.loading import load_model, preprocessing_of
from nets.models.perturbations import AddedNoise, Perturbation
from nets.models.photographs import Photographs
from nets.models.sensitivity import SensitivityWarning
from validate.learned.deep_runs import Setup, measured_changes
from validate.learned.measurements import Measurements, joined
from validate.sensitivity.measurement import SensitivitySettings, read_images

# images that batch-norm statistics are taken from
CALIBRATION = 512


@dataclass(frozen=True)
class StateSettings:
    """Two state dictionaries of one model, and images.

    model       as `nets.models.loading.load_model` takes it       images     a folder of photographs or a .npy file
    before, after   files of tensors                               layers     names of modules; None: the innermost

    Raises ValueError, one sentence, for images that cannot be read.
    """

    model: str
    before: Path
    after: Path
    images: Path
    batch_norm: BatchNorm = "recalibrated"
    layers: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not self.images.is_dir():
            read_images(self.images)


def measure_states(settings: StateSettings) -> tuple[Measurements, tuple[str, ...]]:
    """(what was measured, convolutions that were frozen); raises ValueError, one sentence, for what is not there or
    does not fit.
    """
    before, after = (load_model(settings.model, checkpoint=path) for path in (settings.before, settings.after))
    images: Images = (
        Photographs(settings.images, preprocessing_of(settings.model, after))
        if settings.images.is_dir()
        else read_images(settings.images)
    )
    tau = SensitivitySettings(settings.model, settings.images).deformation
    perturbations: dict[str, Perturbation] = {"D": tau, "G": AddedNoise(tau, "image")}
    setup = Setup(images, first_images(images, CALIBRATION), perturbations, settings.layers, settings.batch_norm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitivityWarning)
        result = measured_changes(before, after, setup)
    seeds = {"seeds": [{"seed": 0, "status": "trained"}]}
    frozen = tuple(result["frozen"])
    return joined(settings.model, "end", [{**seeds, **result}], np.nan), frozen
