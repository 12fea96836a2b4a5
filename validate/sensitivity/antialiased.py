"""An antialiased copy of the model beside the model: what is measured, and what is printed of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.antialias import antialias, blur_places
from nets.models.consistency import ShiftConsistency
from nets.models.evaluation import evaluation_mode
from nets.models.layers import layers_called
from nets.models.moved_lost import ModelSplit
from nets.models.operations import operations
from nets.models.sensitivity import ModelSensitivities
from nets.models.trace import accepted_images, spatial_layers
from validate.law.model import judge_model
from validate.presentation import number

# share of the change of an output that is common to all images, from which on D speaks of that
COMMON = 0.5


@dataclass(frozen=True)
class Antialiased:
    """What was measured of the copy, in the layers of the model, as it was of the model itself.

    replaced       names of the steps that blur before they subsample, and where: "behind" or "before" which module
    recalibrated   whether batch norms of the copy have the statistics of the images
    operations     multiply-adds for one image, of the model and of the copy; cost_ratio: the second over the first
    predicted      the law's D of the last layer, of the model and of the copy; None where there is none
    common         of the model and of the copy, `common_change` of the output
    """

    replaced: dict[str, str]
    recalibrated: bool
    operations: tuple[int, int]
    cost_ratio: float
    predicted: tuple[float | None, float | None]
    common: tuple[float, float]
    sensitivities: ModelSensitivities
    consistency: ShiftConsistency | None
    split: ModelSplit | None


@dataclass(frozen=True)
class Measures:
    """How a model is measured, in layers of these names; `recalibrate` gives a copy new batch norms, where wanted."""

    sensitivities: Callable[[nn.Module, Sequence[str]], ModelSensitivities]
    common: Callable[[nn.Module], float]
    recalibrate: Callable[[nn.Module], nn.Module] | None
    consistency: Callable[[nn.Module], ShiftConsistency | None]
    split: Callable[[nn.Module, Sequence[str] | None], ModelSplit | None]


def measure_antialiased(
    model: nn.Module, image: Tensor, steps: Sequence[str], layers: Sequence[str] | None, measures: Measures
) -> Antialiased:
    """Of the copy in which these steps, all where there are none, are antialiased. Raises ValueError, one sentence,
    where there is no such copy.
    """
    copy = antialias(model, image, steps)
    copy = copy if measures.recalibrate is None else measures.recalibrate(copy)
    before, after = operations(model, image), operations(copy, image)
    with evaluation_mode(model), torch.no_grad():
        names = list(layers or layers_called(model, accepted_images(model, image))[0])
    return Antialiased(
        replaced=blur_places(copy),
        recalibrated=measures.recalibrate is not None,
        operations=(before, after),
        cost_ratio=after / before,
        predicted=(predicted_D(model, image), predicted_D(copy, image)),
        common=(measures.common(model), measures.common(copy)),
        sensitivities=measures.sensitivities(copy, names),
        consistency=measures.consistency(copy),
        split=measures.split(copy, names),
    )


def predicted_D(model: nn.Module, image: Tensor) -> float | None:
    """The law's D of the last spatial layer of the idealised stack; None where there is none."""
    try:
        return float(judge_model("the model", *spatial_layers(model, image)).D[-1])
    except ValueError:
        return None


def antialiased_headings(antialiased: Antialiased) -> tuple[str, ...]:
    """D_k of the copy, and its parts."""
    parts = () if antialiased.split is None else ("moved antialiased", "lost antialiased")
    return ("D_k antialiased", *parts)


def antialiased_cells(antialiased: Antialiased, layer: str) -> list[str]:
    """Of one layer; a dash where it is not measured."""
    measured, split = antialiased.sensitivities, antialiased.split
    layers = list(measured.layers)
    n = layers.index(layer) if layer in layers else None
    cells = ["—" if n is None else number(measured.values["D"][n], measured.errors["D"][n])]
    if split is None:
        return cells
    standing = list(map(str, split.parts.layer))
    if layer not in standing:
        return [*cells, "—", "—"]
    n = standing.index(layer)
    return [*cells, *(number(getattr(split.parts, part)[n], split.errors[part][n]) for part in ("moved", "lost"))]


def antialiased_caption(antialiased: Antialiased, D: float) -> str:
    """What was replaced, what it costs, and whether it helps: `D` is the model's, of its output."""
    before, after = antialiased.operations
    places = ", ".join(f"{step} (blur {place})" for step, place in antialiased.replaced.items())
    lines = [
        f"antialiased, [1, 2, 1]/4 before the stride: {places}; "
        f"{antialiased.cost_ratio:.3g} times the multiply-adds ({before:,} → {after:,} an image)",
        _effect(antialiased, D),
    ]
    if antialiased.recalibrated:
        lines.append("batch norms of the antialiased copy have the statistics of these images")
    if antialiased.consistency is not None:
        kept = antialiased.consistency
        lines.append(f"antialiased, the class survives {kept.share:.1%} ± {kept.error:.1%} of pairs of shifts")
    return "\n".join(lines)


def _effect(antialiased: Antialiased, D: float) -> str:
    """Whether D of the output falls, beside what the law predicts."""
    now = float(antialiased.sensitivities.values["D"][-1])
    law = " → ".join("none" if d is None else number(d) for d in antialiased.predicted)
    numbers = f"{number(D)} → {number(now)} (the law, idealised: {law})"
    if now < D:
        return f"D of the output falls, {numbers}"
    common = " and ".join("undefined" if np.isnan(share) else f"{share:.0%}" for share in antialiased.common)
    sentence = f"D of the output does NOT fall, {numbers}; {common} of the change is common to all images"
    if antialiased.common[1] < COMMON:
        return sentence
    return f"{sentence}:\nit is of their contrast, say, and not aliasing: measure photographs, or images that it leaves"
