"""Several models side by side, one row each: what the law says of their layers, and what is measured."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.table import Table
from torch import nn

from nets.models.consistency import ShiftConsistency, shift_consistency
from nets.models.grids import grids
from nets.models.image_batches import Images, first_images
from nets.models.moved_lost import measure_split
from nets.models.sensitivity import SensitivityWarning, measure_sensitivities
from nets.models.trace import spatial_layers
from validate.law.model import Advice, ModelJudgement, judge_model
from validate.presentation import number, table
from validate.sensitivity.measurement import SensitivitySettings, load

# pixels of the shifts, unless the user says otherwise
SHIFT = 8
ONLY_OF_ONE = ("layers", "checkpoint", "curve", "antialias")


@dataclass(frozen=True)
class Prediction:
    """Of a model's idealised stack: D of its last layer, the step of which the repair lowers it most, the sum-rule
    defects of this step's homogeneous filter and over all its channels, and D with this step alone repaired.
    """

    D: float
    step: str | None = None
    defect: float = np.nan
    channel_defect: float = np.nan
    D_repaired: float = np.nan


@dataclass(frozen=True)
class Architecture:
    """One model: (value, standard error over images) of D of the output, and of D and its parts in `grid_layer`, the
    last that stands on a grid; prediction None where there is none, for the reason `why_not_predicted`; consistency
    None of a model that takes no smaller images, or is no classifier.
    """

    name: str
    parameters: int
    prediction: Prediction | None
    why_not_predicted: str | None
    D_output: tuple[float, float]
    grid_layer: str
    D_grid: tuple[float, float]
    moved: tuple[float, float]
    lost: tuple[float, float]
    consistency: ShiftConsistency | None
    images: int
    preprocessing: str

    @property
    def lost_share(self) -> float:
        """lost/(moved + lost)."""
        return self.lost[0] / (self.moved[0] + self.lost[0])


def require_common(settings: SensitivitySettings) -> None:
    """Raises ValueError, one sentence, for settings that one model has and several have not in common."""
    for name in ONLY_OF_ONE:
        if getattr(settings, name) is not None:
            raise ValueError(f"--{name} is of one model, and there are several: leave it out, or name one model")


def measure_architecture(name: str, settings: SensitivitySettings) -> Architecture:
    """The row of the model of this name. Raises ValueError, one sentence, where it cannot be measured."""
    model, images, preprocessing, device = load(replace(settings, model=name))
    tau = settings.deformation
    prediction, why = predict(name, model, images)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitivityWarning)
        measured = measure_sensitivities(model, images, {"D": tau}, batch=settings.batch, device=device)
    standing = grids(model, [name for name in measured.layers[:-1] if " (" not in name], first_images(images, 1))
    split = measure_split(
        model, images, tau, [list(standing)[-1].partition(" (")[0]] if standing else None, settings.batch
    )
    parts = split.parts
    return Architecture(
        name=name,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        prediction=prediction,
        why_not_predicted=why,
        D_output=(float(measured.values["D"][-1]), float(measured.errors["D"][-1])),
        grid_layer=str(parts.layer[-1]),
        D_grid=(float(parts.D[-1]), float(split.errors["D"][-1])),
        moved=(float(parts.moved[-1]), float(split.errors["moved"][-1])),
        lost=(float(parts.lost[-1]), float(split.errors["lost"][-1])),
        consistency=_consistency(model, images, settings),
        images=measured.images,
        preprocessing=preprocessing,
    )


def _consistency(model: nn.Module, images: Images, settings: SensitivitySettings) -> ShiftConsistency | None:
    try:
        return shift_consistency(model, images, settings.shift or SHIFT, settings.batch or 64)
    except ValueError:
        return None


def predict(name: str, model: nn.Module, images: Images) -> tuple[Prediction | None, str | None]:
    """(the law's prediction, why there is none)."""
    try:
        return _prediction(judge_model(name, *spatial_layers(model, first_images(images, 1)))), None
    except ValueError as why:
        return None, str(why)


def _prediction(judgement: ModelJudgement) -> Prediction:
    def repaired(advice: Advice) -> float:
        return min(advice.D_lengthened, advice.D_blurred)

    d = float(judgement.D[-1])
    if not judgement.advice:
        return Prediction(d)
    worst = min(judgement.advice, key=repaired)
    defects = judgement.layers[worst.place].defects
    channels = defects.channels_homogeneous if defects.channels is None else defects.channels
    return Prediction(d, worst.layer, defects.homogeneous, channels, repaired(worst))


def architectures_table(rows: Sequence[Architecture], seed: int) -> Table:
    """One row a model."""
    headings: tuple[str, ...] = (
        "model",
        "worst step",
        "its defect",
        "of channels",
        "D predicted",
        "step repaired",
        "D of the output",
    )
    headings += ("D last on a grid", "lost share", "class survives", "classes")
    caption = (
        "predicted: idealised, a pixel that moves by one in white images; step repaired: with the worst step alone "
        "lengthened or blurred\nmeasured: diffeomorphisms of one pixel RMS, ± standard error over images; lost share: "
        "lost/(moved + lost) in the last layer on a grid\nclasses: how many the images get; where it is one, that "
        "it survives shifts says nothing"
        f"\nimages: {'; '.join(dict.fromkeys(row.preprocessing for row in rows))}; seed {seed} of weights not loaded"
    )
    title = f"{len(rows)} models on {rows[0].images} images"
    return table(title, headings, [_row(row) for row in rows], caption, left=2)


def _row(row: Architecture) -> list[str]:
    law = row.prediction
    prediction = ["none", "—", "—", "—", "—"]
    if law is not None:
        numbers = (law.defect, law.channel_defect, law.D, law.D_repaired)
        prediction = [law.step or "none", *("—" if np.isnan(value) else number(value) for value in numbers)]
    return [
        row.name,
        *prediction,
        number(*row.D_output),
        number(*row.D_grid),
        "undefined" if np.isnan(row.lost_share) else f"{row.lost_share:.0%}",
        "—" if row.consistency is None else f"{row.consistency.share:.0%}",
        "—" if row.consistency is None else str(row.consistency.classes),
    ]
