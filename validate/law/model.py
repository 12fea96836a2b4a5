"""A model that is at hand, layer by layer: its filters' sum-rule defects, D_k of its idealised stack, and advice."""

import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from nets.models.trace import SpatialLayer
from nets.simple.filters import channel_defect, defect, remainder_sums
from simulate import stack as operator
from theory import layer_stack
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, strides
from theory.sum_rule import class_weights, common_divisor, sum_rule_defect
from validate.law.exact import LAYER_TOLERANCE
from validate.law.preference import MIDDLE
from validate.law.remedies import blur, blurred, longer, unchanged


@dataclass(frozen=True)
class Filters:
    """Sum-rule defects of one layer.

    box, box_channels   `defect` and `channel_defect` (nets.simple.filters) of the homogeneous filter
    mean                of a convolution's filters: `defect` of their mean over channels
    single              10 % and 90 % quantiles of the `defect` of single filters: the spread over channels
    channels            `channel_defect` of all of them
    """

    box: float
    box_channels: float
    mean: float | None = None
    single: tuple[float, float] | None = None
    channels: float | None = None

    @property
    def learned(self) -> bool:
        """Whether the filters at hand are nearer to the sum rule than to the homogeneous filter."""
        return self.channels is not None and self.channels < MIDDLE * self.box_channels


@dataclass(frozen=True)
class Advice:
    """One step that aliases: what to put in its place, and D of the last layer with this alone changed.

    `longer` or `blurred` is None where D of the last layer does not fall: another step holds it.
    """

    place: int
    trouble: str
    longer: str | None
    D_longer: float
    blurred: str | None
    D_blurred: float


@dataclass(frozen=True)
class Model:
    """A model's spatial layers that are wider than a pixel or have a stride.

    steps, receptive   pixels of the image between neighbours, and pixels that one neuron sees: the largest axis
    A, D               of the idealised stack (homogeneous filters, poolings as averages): the geometric mean of the
                       sides, and the mean over the axes along which a pixel may move
    D_longer           the same with every aliasing filter made longer, D_blurred: with blurred pooling after each
    follows            whether the operator, applied, gives the same D_k, also of the mended stacks
    """

    name: str
    layers: list[SpatialLayer]
    ended: list[str]
    filters: list[Filters]
    steps: list[int]
    receptive: list[int]
    A: np.ndarray
    D: np.ndarray
    D_longer: np.ndarray
    D_blurred: np.ndarray
    advice: list[Advice]
    follows: bool


def examine(name: str, layers: list[SpatialLayer], ended: list[str]) -> Model:
    """All that is asked of the layers and `ended` of `nets.models.trace.spatial_layers`.

    Raises ValueError, one sentence, for a model that has neither a stride nor neighbours that never meet.
    """
    layers = [one for one in layers if max(*one.size, *one.stride) > 1]
    axes = len(layers[0].size) if layers else 0
    aliasing = _aliasing(layers)
    if not aliasing and not any(max(one.stride) > 1 for one in layers):
        if ended:
            raise ValueError(
                f"the path of the image through {name} is lost at {', '.join(ended)}, before any layer with a stride "
                f"among {len(layers)} spatial layers, so its law is not known: give the model up to there"
            )
        raise ValueError(
            f"the model {name} has no layer with a stride among its {len(layers)} spatial layers, so nothing aliases: "
            "its law is diffusion, see python -m validate.appendix"
        )
    found = [_sensitivities(_stack(layers, axis)) for axis in range(axes)]
    filters = [_filters(one) for one in layers]
    return Model(
        name=name,
        layers=layers,
        ended=ended,
        filters=filters,
        steps=[max(column) for column in zip(*(strides(_stack(layers, a))[1:] for a in range(axes)), strict=True)],
        receptive=[_receptive_field(layers[: k + 1]) for k in range(len(layers))],
        A=np.prod([one.receptive_field for one in found], axis=0) ** (1 / axes),
        D=_predicted(layers, {}),
        D_longer=_predicted(layers, dict.fromkeys(aliasing, longer)),
        D_blurred=_predicted(layers, dict.fromkeys(aliasing, blurred)),
        advice=[_advise(layers, n) for n in aliasing],
        follows=_follows(layers, aliasing),
    )


def homogeneous(one: SpatialLayer, axis: int) -> Layer:
    """The idealised layer along one axis: the homogeneous filter, which may skip pixels, or the filter itself where
    it is fixed and an average.
    """
    size = one.size[axis]
    if one.fixed and one.filters is not None:
        others = [d for d in range(one.filters.dim()) if d != axis + 2]
        weights = [
            # weights written as decimal or binary fractions
            Fraction(weight).limit_denominator(2**16)
            for weight in one.filters.double().mean(others).tolist()
        ]
        if min(weights) >= 0 and sum(weights) > 0:
            return Layer(tuple(w / sum(weights) for w in weights), one.stride[axis], one.dilation[axis], skips=True)
    return Layer((Fraction(1, size),) * size, one.stride[axis], one.dilation[axis], skips=True)


def _aliasing(layers: list[SpatialLayer]) -> list[int]:
    """Where layers break the sum rule, or have holes that keep D of the last layer up.

    Holes do so if no layer above fills them, D = 2 from there on, and if the same filter without holes, alone or with
    all other steps changed, lowers D: layers below may have filled them.
    """
    stacks = [_stack(layers, axis) for axis in range(len(layers[0].size) if layers else 0)]
    breaking = [n for n in range(len(layers)) if any(sum_rule_defect(stack[n]) > 0 for stack in stacks)]
    open_holes = [
        n
        for n in range(len(layers))
        if n not in breaking and any(common_divisor(stack[n]) > 1 and _last(stack[n:]) == 2 for stack in stacks)
    ]
    changed = dict.fromkeys((*breaking, *open_holes), longer)

    def lowers(n: int) -> bool:
        others = {place: remedy for place, remedy in changed.items() if place != n}
        alone = _predicted_last(layers, {n: longer}) < _predicted_last(layers, {})
        return alone or _predicted_last(layers, changed) < _predicted_last(layers, others)

    return sorted((*breaking, *filter(lowers, open_holes)))


def _stack(layers: list[SpatialLayer], axis: int) -> Stack:
    return tuple(homogeneous(one, axis) for one in layers)


def _receptive_field(layers: list[SpatialLayer]) -> int:
    """Of the last layer over all paths, the largest axis. Where it is cut by the image, or was not traced, at least
    that of the chain of layers.
    """
    traced, axes = layers[-1].receptive_field, range(len(layers[0].size))
    chain = max(_receptive(layers, axis) for axis in axes)
    if traced is None:
        return chain
    cut = layers[-1].image is not None and any(f >= side for f, side in zip(traced, layers[-1].image, strict=True))
    return max(*traced, chain) if cut else max(traced)


def _receptive(layers: list[SpatialLayer], axis: int) -> int:
    """1 + Σ (F−1)·d·S_{k−1}."""
    steps = strides(_stack(layers, axis))
    return 1 + sum((one.size[axis] - 1) * one.dilation[axis] * s for one, s in zip(layers, steps, strict=False))


def _filters(one: SpatialLayer) -> Filters:
    if one.fixed and one.filters is not None:  # it is what it is
        exact = max(float(sum_rule_defect(homogeneous(one, axis))) for axis in range(len(one.size)))
        return Filters(exact, exact)
    boxes = remainder_sums(torch.ones(1, 1, *one.size), one.stride, one.dilation)
    box = (float(defect(boxes)), float(channel_defect(boxes)))
    if one.filters is None or max(one.stride) == 1:
        return Filters(*box)
    sums = remainder_sums(one.filters, one.stride, one.dilation)
    low, high = np.nanquantile(defect(sums).cpu().numpy(), (0.1, 0.9))
    return Filters(*box, float(defect(sums.mean((0, 1)))), (float(low), float(high)), float(channel_defect(sums)))


Remedy = Callable[[Layer], list[Layer]]


def _mended(layers: list[SpatialLayer], remedies: Mapping[int, Remedy], axis: int) -> tuple[Stack, list[int]]:
    """(the stack along one axis with some layers mended, the place in it at which each of the layers ends)."""
    parts = [remedies.get(n, unchanged)(one) for n, one in enumerate(_stack(layers, axis))]
    return tuple(one for part in parts for one in part), [*itertools.accumulate(map(len, parts), initial=-1)][1:]


@functools.cache
def _sensitivities(stack: Stack) -> Sensitivities:
    """The axes of an image mostly have the same stack."""
    return layer_stack.stack_sensitivities(stack)


def _predicted(layers: list[SpatialLayer], remedies: Mapping[int, Remedy]) -> np.ndarray:
    """D after each of the layers with some of them mended, the mean over the axes."""
    found = []
    for axis in range(len(layers[0].size)):
        stack, ends = _mended(layers, remedies, axis)
        found.append(_sensitivities(stack).D[ends])
    return np.asarray(np.mean(found, axis=0))


@functools.cache
def _last(stack: Stack) -> float:
    here, there = layer_stack.overlaps(stack)
    return float(2 * (1 - there / here))


def _predicted_last(layers: list[SpatialLayer], remedies: Mapping[int, Remedy]) -> float:
    """The last of `_predicted`, without those before it."""
    axes = range(len(layers[0].size))
    return float(np.mean([_last(_mended(layers, remedies, axis)[0]) for axis in axes]))


def _follows(layers: list[SpatialLayer], aliasing: list[int]) -> bool:
    """Whether operator and theory agree at every layer of the idealised stack and of both mended ones."""
    stacks = {
        _mended(layers, dict.fromkeys(aliasing, how), axis)[0]
        for axis in range(len(layers[0].size))
        for how in (unchanged, longer, blurred)
    }
    return all(
        np.allclose(_sensitivities(s).D, operator.line_sensitivities(s).D, rtol=LAYER_TOLERANCE, atol=0) for s in stacks
    )


def _advise(layers: list[SpatialLayer], place: int) -> Advice:
    one = layers[place]
    lines = [homogeneous(one, axis) for axis in range(len(one.size))]
    before = max(lines, key=lambda line: (sum_rule_defect(line), common_divisor(line)))
    stride, weights = before.stride, blur(before)
    (box,) = longer(before)
    longer_filter = f"{len(box.weights)} pixels, stride {stride}" + (", no dilation" if before.dilation > 1 else "")
    blurred_pooling = f"stride 1, then [{', '.join(map(str, weights))}]/{sum(weights)} with stride {stride}"
    now, d_longer, d_blurred = (_predicted_last(layers, {place: how}) for how in (unchanged, longer, blurred))
    return Advice(
        place=place,
        trouble=_trouble(before),
        longer=longer_filter if d_longer < now else None,
        D_longer=d_longer,
        blurred=blurred_pooling if d_blurred < now else None,
        D_blurred=d_blurred,
    )


def _trouble(one: Layer) -> str:
    weights = [float(weight) for weight in class_weights(one)]
    seen, divisor = sum(weight > 0 for weight in weights), common_divisor(one)
    if seen < len(weights):
        return f"skips pixels: {seen} of {len(weights)} seen"
    causes = []
    if sum_rule_defect(one):
        causes.append(f"remainders weigh {', '.join(f'{weight:.2f}' for weight in weights)}")
    if divisor > 1:
        causes.append(f"taps {divisor} pixels apart, so neighbours never meet")
    return "; ".join(causes)
