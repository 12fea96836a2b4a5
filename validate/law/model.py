"""A user's model, layer by layer: its filters' sum-rule defects, D_k of its idealised stack, and advice."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nets.models.trace import SpatialLayer
from theory.definitions.stack import Layer, Stack, strides
from theory.sum_rule import class_weights, common_divisor, sum_rule_defect
from validate.law import model_stack
from validate.law.model_filters import FilterDefects, defects_of
from validate.law.remedies import blur, blurred, lengthened, unchanged


@dataclass(frozen=True)
class LayerRecord:
    """A spatial layer that is wider than a pixel or has a stride.

    step, receptive_field   pixels of the image between neighbours, and that a neuron sees: the largest axis
    """

    name: str
    kind: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    step: int
    receptive_field: int
    defects: FilterDefects


@dataclass(frozen=True)
class Advice:
    """A layer that aliases: what to put in its place, and D of the last layer with this alone changed.

    place     in the list of layers, from 0
    learned   whether its filters have learned the sum rule
    lengthened, blurred   None where D of the last layer does not fall: another layer holds it
    """

    layer: str
    place: int
    trouble: str
    learned: bool
    lengthened: str | None
    D_lengthened: float
    blurred: str | None
    D_blurred: float


@dataclass(frozen=True)
class ModelJudgement:
    """A model's K spatial layers that are wider than a pixel or have a stride.

    A, D              (K,) of the idealised stack (homogeneous filters, poolings as averages): the geometric mean of the
                      sides, and the mean over the axes along which a pixel may move
    D_lengthened      the same with every aliasing filter lengthened, D_blurred: with blurred pooling after each
    operator_agrees   whether the operator, applied, gives the same D_k, also of the repaired stacks
    """

    name: str
    operator_agrees: bool
    paths_end_at: tuple[str, ...]
    layers: tuple[LayerRecord, ...]
    A: np.ndarray
    D: np.ndarray
    D_lengthened: np.ndarray
    D_blurred: np.ndarray
    advice: tuple[Advice, ...]


def judge_model(name: str, spatial_layers: Sequence[SpatialLayer], paths_end_at: Sequence[str]) -> ModelJudgement:
    """The judgement on the layers, and the ends of paths, of `nets.models.trace.spatial_layers`.

    The stack ends before a fixed filter that is no average. Raises ValueError, one sentence, for a model that has
    neither a stride nor neighbours that never meet.
    """
    wide = [layer for layer in spatial_layers if max(*layer.size, *layer.stride) > 1]
    layers = [*itertools.takewhile(model_stack.is_idealised, wide)]
    if len(layers) < len(wide):
        paths_end_at = [*paths_end_at, f"{wide[len(layers)].name}, a fixed filter that is no average"]
    stacks = model_stack.stacks_of(layers)
    aliasing = model_stack.aliasing_layers(stacks)
    if not aliasing and not any(max(layer.stride) > 1 for layer in layers):
        raise ValueError(_nothing_aliases(name, len(layers), paths_end_at))
    steps = np.max([strides(stack)[1:] for stack in stacks], axis=0)
    fields = [model_stack.receptive_field(layers[: n + 1]) for n in range(len(layers))]
    records = [_record(*of_layer) for of_layer in zip(layers, steps.tolist(), fields, strict=True)]
    sides = [model_stack.stack_sensitivities(stack).receptive_field for stack in stacks]
    return ModelJudgement(
        name=name,
        operator_agrees=model_stack.operator_agrees(stacks, aliasing),
        paths_end_at=tuple(paths_end_at),
        layers=tuple(records),
        A=np.prod(sides, axis=0) ** (1 / len(stacks)),
        D=model_stack.predicted_D(stacks, {}),
        D_lengthened=model_stack.predicted_D(stacks, dict.fromkeys(aliasing, lengthened)),
        D_blurred=model_stack.predicted_D(stacks, dict.fromkeys(aliasing, blurred)),
        advice=tuple(_advice(stacks, n, records[n]) for n in aliasing),
    )


def _record(layer: SpatialLayer, step: int, field: int) -> LayerRecord:
    return LayerRecord(layer.name, layer.kind, layer.size, layer.stride, layer.dilation, step, field, defects_of(layer))


def _nothing_aliases(name: str, number: int, paths_end_at: Sequence[str]) -> str:
    if paths_end_at:
        return (
            f"the path of the image through {name} is lost at {', '.join(paths_end_at)}, before any layer with a "
            f"stride among {number} spatial layers, so its law is not known: give the model up to that layer"
        )
    return (
        f"the model {name} has no layer with a stride among its {number} spatial layers, so nothing aliases: its law "
        "is diffusion, see python -m validate.appendix"
    )


def _advice(stacks: Sequence[Stack], place: int, record: LayerRecord) -> Advice:
    worst = max((stack[place] for stack in stacks), key=lambda layer: (sum_rule_defect(layer), common_divisor(layer)))
    stride, weights = worst.stride, blur(worst)
    (box,) = lengthened(worst)
    longer_filter = f"{len(box.weights)} pixels, stride {stride}" + (", no dilation" if worst.dilation > 1 else "")
    blurred_pooling = f"stride 1, then [{', '.join(map(str, weights))}]/{sum(weights)} with stride {stride}"
    d, d_lengthened, d_blurred = (
        model_stack.predicted_last_D(stacks, {place: remedy}) for remedy in (unchanged, lengthened, blurred)
    )
    return Advice(
        layer=record.name,
        place=place,
        trouble=_trouble(worst),
        learned=record.defects.learned,
        lengthened=longer_filter if d_lengthened < d else None,
        D_lengthened=d_lengthened,
        blurred=blurred_pooling if d_blurred < d else None,
        D_blurred=d_blurred,
    )


def _trouble(layer: Layer) -> str:
    weights = [float(weight) for weight in class_weights(layer)]
    seen, divisor = sum(weight > 0 for weight in weights), common_divisor(layer)
    if seen < len(weights):
        return f"skips pixels: {seen} of {len(weights)} seen"
    causes = []
    if sum_rule_defect(layer):
        causes.append(f"remainders weigh {', '.join(f'{weight:.2f}' for weight in weights)}")
    if divisor > 1:
        causes.append(f"taps {divisor} pixels apart, so neighbours never meet")
    return "; ".join(causes)
