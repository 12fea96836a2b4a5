"""An antialiased copy of the model beside the model: what is measured, and what is printed of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.models.antialias import antialias, antialiased_layers
from nets.models.consistency import ShiftConsistency
from nets.models.evaluation import evaluation_mode
from nets.models.layers import layers_called
from nets.models.moved_lost import ModelSplit
from nets.models.operations import operations
from nets.models.sensitivity import ModelSensitivities
from nets.models.trace import accepted_images
from validate.presentation import number


@dataclass(frozen=True)
class Antialiased:
    """What was measured of the copy, in the layers of the model, as it was of the model itself.

    replaced     names of the steps that blur before they subsample
    operations   multiply-adds for one image, of the model and of the copy; cost_ratio: the second over the first
    """

    replaced: tuple[str, ...]
    operations: tuple[int, int]
    cost_ratio: float
    sensitivities: ModelSensitivities
    consistency: ShiftConsistency | None
    split: ModelSplit | None


@dataclass(frozen=True)
class Measures:
    """How a model is measured, in layers of these names."""

    sensitivities: Callable[[nn.Module, Sequence[str]], ModelSensitivities]
    consistency: Callable[[nn.Module], ShiftConsistency | None]
    split: Callable[[nn.Module, Sequence[str] | None], ModelSplit | None]


def measure_antialiased(
    model: nn.Module, image: Tensor, steps: Sequence[str], layers: Sequence[str] | None, measures: Measures
) -> Antialiased:
    """Of the copy in which these steps, all where there are none, are antialiased. Raises ValueError, one sentence,
    where there is no such copy.
    """
    copy = antialias(model, image, steps)
    before, after = operations(model, image), operations(copy, image)
    with evaluation_mode(model), torch.no_grad():
        names = list(layers or layers_called(model, accepted_images(model, image))[0])
    return Antialiased(
        replaced=tuple(antialiased_layers(copy)),
        operations=(before, after),
        cost_ratio=after / before,
        sensitivities=measures.sensitivities(copy, names),
        consistency=measures.consistency(copy),
        split=measures.split(copy, names),
    )


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


def antialiased_caption(antialiased: Antialiased) -> str:
    """What was replaced, and what it costs."""
    before, after = antialiased.operations
    lines = [
        f"antialiased, [1, 2, 1]/4 before the stride: {', '.join(antialiased.replaced) or 'the model itself'}; "
        f"{antialiased.cost_ratio:.3g} times the multiply-adds ({before:,} → {after:,} an image)"
    ]
    if antialiased.consistency is not None:
        kept = antialiased.consistency
        lines.append(f"antialiased, the class survives {kept.share:.1%} ± {kept.error:.1%} of pairs of shifts")
    return "\n".join(lines)
