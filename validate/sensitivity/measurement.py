"""What is measured of a model: sensitivities, shuffled channels, spectra, consistency under shifts; made once."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nets.device import choose_device
from nets.models.calibration import calibrated_copy
from nets.models.common_change import common_change
from nets.models.consistency import ShiftConsistency, shift_consistency
from nets.models.diffeomorphisms import Convention, Diffeomorphisms
from nets.models.image_batches import Images, first_images
from nets.models.loading import load_model, preprocessing_of
from nets.models.moved_lost import ModelSplit, measure_split
from nets.models.perturbations import AddedNoise, Perturbation
from nets.models.photographs import PackagedPhotographs, Photographs
from nets.models.sensitivity import ModelSensitivities, SensitivityWarning, measure_sensitivities
from nets.models.shuffling import shuffle_channels
from nets.models.spectra import Spectrum, model_spectra
from theory.definitions.ranges import LARGEST, require_choice, require_whole
from validate.sensitivity.antialiased import Antialiased, Measures, measure_antialiased
from validate.sensitivity.size_curves import SizeCurve, size_curve, sized

# in the place of a folder
PACKAGED_PHOTOGRAPHS = Path("packaged:photographs")
# networks with shuffled channels
MOST_SHUFFLES = 1000


@dataclass(frozen=True)
class SensitivitySettings:
    """A model, images and how they are perturbed.

    model, pretrained, checkpoint   as `nets.models.loading.load_model` takes them
    images          a folder of photographs, a .npy file, or PACKAGED_PHOTOGRAPHS
    preprocessing   those of {resize, crop, mean, std} that are changed
    layers          names of modules; None: the innermost that are called
    displacement, cut_off, interpolation, convention   of `Diffeomorphisms`
    noise           "gaussian" or "rectified"                    noise_norm      "image" or "average"
    curve, sizes    D against the size of this perturbation; None: no curve
    shift           consistency of the class under shifts by up to so many pixels; None: not measured
    split           whether D is split into what moves and what is lost
    antialias       steps to be replaced in an antialiased copy, measured beside; (): all; None: no copy
    recalibrate     whether batch norms of that copy get the statistics of the images
    shuffles        networks with shuffled channels              batch           images at a time
    seed            of weights that are not loaded

    Raises ValueError, one sentence, for numbers that cannot be.
    """

    model: str
    images: Path
    pretrained: bool = False
    checkpoint: Path | None = None
    preprocessing: dict[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] | None = None
    displacement: float = 1.0
    cut_off: float = 3.0
    interpolation: str = "linear"
    convention: Convention = "text"
    noise: str = "gaussian"
    noise_norm: str = "image"
    curve: str | None = None
    sizes: tuple[float, ...] = (0.1, 0.2, 0.5, 1)
    shift: int | None = None
    split: bool = False
    antialias: tuple[str, ...] | None = None
    recalibrate: bool = False
    shuffles: int = 3
    batch: int | None = None
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        require_whole(self, batch=(1, LARGEST), shuffles=(0, MOST_SHUFFLES), shift=(1, 2**16), seed=(0, LARGEST))
        require_choice(self, noise=("gaussian", "rectified"), noise_norm=("image", "average"))
        if self.recalibrate and self.antialias is None:
            raise ValueError("--recalibrate is of the antialiased copy, and there is none: add --antialias")
        if not self.images.is_dir() and self.images != PACKAGED_PHOTOGRAPHS:
            read_images(self.images)

    @property
    def deformation(self) -> Diffeomorphisms:
        """τ of D_k."""
        return Diffeomorphisms(self.displacement, self.cut_off, self.interpolation, self.convention)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Measurement:
    """What was measured of a model, on one device; `shuffled` is empty where `why_not_shuffled` says why.

    preprocessing   what was done to the images            image_shape    (C, H, W)
    displacement    RMS of a pixel's, and its error, as drawn
    """

    sensitivities: ModelSensitivities
    shuffled: tuple[ModelSensitivities, ...]
    why_not_shuffled: str | None
    spectra: dict[str, Spectrum]
    preprocessing: str
    image_shape: tuple[int, ...]
    displacement: tuple[float, float]
    device: str
    curve: SizeCurve | None = None
    consistency: ShiftConsistency | None = None
    split: ModelSplit | None = None
    antialiased: Antialiased | None = None


def measure(settings: SensitivitySettings) -> Measurement:
    """Load the model and measure all that the settings name; raises ValueError, one sentence, where that cannot be."""
    model, images, preprocessing, device = load(settings)
    tau = settings.deformation
    noise = AddedNoise(tau, settings.noise_norm, settings.noise == "rectified")  # type: ignore[arg-type]
    perturbations: dict[str, Perturbation] = {"D": tau, "G": noise}
    sizes = sized(settings.curve, settings.sizes, tau) if settings.curve else {}

    def measured(
        network: nn.Module, more: Mapping[str, Perturbation], layers: Sequence[str] | None = settings.layers
    ) -> ModelSensitivities:
        return measure_sensitivities(network, images, {**perturbations, **more}, layers, settings.batch, device)

    measures = Measures(
        sensitivities=lambda network, layers: measured(network, {}, layers),
        common=lambda network: common_change(network, images, tau, settings.batch or 16),
        recalibrate=(lambda network: calibrated_copy(network, images, settings.batch or 64))
        if settings.recalibrate
        else None,
        consistency=lambda network: (
            None if settings.shift is None else shift_consistency(network, images, settings.shift)
        ),
        split=lambda network, layers: (
            measure_split(network, images, tau, layers, settings.batch) if settings.split else None
        ),
    )
    first = first_images(images, settings.batch or 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitivityWarning)  # they stand under the table
        sensitivities = measured(model, sizes)
        after_shuffling, why = _after_shuffling(model, first, settings.shuffles, lambda network: measured(network, {}))
        antialiased = None
        if settings.antialias is not None:
            antialiased = measure_antialiased(model, first, settings.antialias, settings.layers, measures)
    sides = (first.shape[2], first.shape[3])
    return Measurement(
        sensitivities=sensitivities,
        shuffled=after_shuffling,
        why_not_shuffled=why,
        spectra=_spectra(model, first),
        preprocessing=preprocessing,
        image_shape=tuple(first.shape[1:]),
        displacement=tau.measured(min(sensitivities.images, 1000), sides, torch.Generator().manual_seed(0)),
        device=device,
        curve=size_curve(sensitivities, settings.curve, settings.sizes) if settings.curve else None,
        consistency=measures.consistency(model),
        split=measures.split(model, settings.layers),
        antialiased=antialiased,
    )


def load(settings: SensitivitySettings) -> tuple[nn.Module, Images, str, str]:
    """(model, images, what was done to them, device). Raises ValueError, one sentence, for what is not there."""
    device = choose_device(settings.device, deterministic=False)
    torch.manual_seed(settings.seed)
    model = load_model(settings.model, settings.pretrained, settings.checkpoint)
    return model, *_images(settings, model), device


def read_images(path: Path) -> np.ndarray:
    """(n, C, H, W) floating-point numbers, mapped from the file; loading executes no code. Raises ValueError, one
    sentence, for what is no such file.
    """
    try:
        images = np.load(path, allow_pickle=False, mmap_mode="r")
    except OSError as error:
        raise ValueError(f"the images {path} cannot be read ({error.strerror or error}): name another file") from None
    except Exception:  # a damaged header is parsed as Python
        raise ValueError(f"the file {path} is no .npy array of numbers: write one with numpy.save") from None
    if not isinstance(images, np.ndarray) or images.ndim != 4 or images.dtype.kind not in "fiu":
        raise ValueError(f"the file {path} holds no (n, C, H, W) array of numbers: write one with numpy.save")
    if images.dtype.kind in "iu":
        raise ValueError(
            f"the file {path} holds {images.dtype} numbers, pixels of 0 to 255 for one, which no model is trained on: "
            "divide by 255, normalise as the model expects, and save floats"
        )
    return images


def _images(settings: SensitivitySettings, model: nn.Module) -> tuple[Images, str]:
    """(images, what was done to them)."""
    packaged = settings.images == PACKAGED_PHOTOGRAPHS
    if not settings.images.is_dir() and not packaged:
        return read_images(settings.images), "as they are in the file"
    preprocessing = preprocessing_of(settings.model, model)
    if settings.preprocessing:
        source = f"{preprocessing.source}, changed"
        preprocessing = replace(preprocessing, source=source, **settings.preprocessing)
    if packaged:
        photographs = PackagedPhotographs(preprocessing)
        return photographs, str(photographs)
    return Photographs(settings.images, preprocessing), str(preprocessing)


def _after_shuffling(
    model: nn.Module, image: Tensor, count: int, measured: Callable[[nn.Module], ModelSensitivities]
) -> tuple[tuple[ModelSensitivities, ...], str | None]:
    """(of networks with shuffled channels, why there are none)."""
    try:
        return tuple(measured(shuffle_channels(model, image, seed)) for seed in range(count)), None
    except ValueError as why:
        return (), str(why)


def _spectra(model: nn.Module, image: Tensor) -> dict[str, Spectrum]:
    """None at all for a model without convolutions."""
    try:
        return model_spectra(model, image)
    except ValueError:
        return {}
