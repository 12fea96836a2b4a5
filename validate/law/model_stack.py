"""The idealised stack of a model's spatial layers, D in it, with remedies or without, and the layers that alias."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np

from nets.models.trace import SpatialLayer
from simulate import stack as operator
from theory import layer_stack
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, strides
from theory.sum_rule import common_divisor, sum_rule_defect
from validate.law.filters import LAYER_TOLERANCE
from validate.law.remedies import blurred, lengthened, unchanged

Remedy = Callable[[Layer], list[Layer]]


def idealised_layer(layer: SpatialLayer, axis: int) -> Layer:
    """The layer along one axis: the homogeneous filter, which may skip pixels, or the filter itself where it is
    fixed.
    """
    size, stride, dilation = layer.size[axis], layer.stride[axis], layer.dilation[axis]
    weights = _fixed_weights(layer, axis) or (Fraction(1, size),) * size
    return Layer(weights, stride, dilation, skips=True)


def _fixed_weights(layer: SpatialLayer, axis: int) -> tuple[Fraction, ...] | None:
    """Of a fixed filter along one axis, with sum 1; None for others, () for one that is no average."""
    if not layer.fixed or layer.filters is None:
        return None
    others = [dim for dim in range(layer.filters.dim()) if dim != axis + 2]
    # weights written as decimal or binary fractions
    own = [Fraction(w).limit_denominator(2**16) for w in layer.filters.double().mean(others).tolist()]
    if min(own) < 0 or sum(own) <= 0:
        return ()
    return tuple(weight / sum(own) for weight in own)


def is_idealised(layer: SpatialLayer) -> bool:
    """Whether the layer is an average; a fixed filter of another kind, a derivative for one, is not idealised."""
    return all(_fixed_weights(layer, axis) != () for axis in range(len(layer.size)))


def stacks_of(layers: Sequence[SpatialLayer]) -> list[Stack]:
    """The idealised stack along each axis."""
    axes = range(len(layers[0].size) if layers else 0)
    return [tuple(idealised_layer(layer, axis) for layer in layers) for axis in axes]


def receptive_field(layers: Sequence[SpatialLayer]) -> int:
    """Of the last layer over all paths, in pixels, the largest axis: traced, and where it is cut by the image, or was
    not traced, at least that of the chain of layers, 1 + Σ (F−1)·d·S_{k−1}.
    """
    traced, image = layers[-1].receptive_field, layers[-1].image
    chain = max(map(_chain_receptive_field, stacks_of(layers)))
    if traced is None:
        return chain
    cut = image is not None and any(field >= side for field, side in zip(traced, image, strict=True))
    return max(*traced, chain) if cut else max(traced)


def _chain_receptive_field(stack: Stack) -> int:
    return 1 + sum(
        (len(layer.weights) - 1) * layer.dilation * s for layer, s in zip(stack, strides(stack), strict=False)
    )


@functools.cache
def stack_sensitivities(stack: Stack) -> Sensitivities:
    """Along one axis; the axes of an image mostly have the same stack."""
    return layer_stack.stack_sensitivities(stack)


def predicted_D(stacks: Sequence[Stack], remedies: Mapping[int, Remedy]) -> np.ndarray:
    """(K,) D after each of the layers with these remedies, the mean over the axes."""
    repaired = [_repaired(stack, remedies) for stack in stacks]
    return np.asarray(np.mean([stack_sensitivities(stack).D[ends] for stack, ends in repaired], axis=0))


def predicted_last_D(stacks: Sequence[Stack], remedies: Mapping[int, Remedy]) -> float:
    """The last of `predicted_D`, without those before it."""
    return float(np.mean([_last_D(_repaired(stack, remedies)[0]) for stack in stacks]))


def aliasing_layers(stacks: Sequence[Stack]) -> list[int]:
    """Where layers break the sum rule, or have holes that keep D of the last layer up.

    Holes do if no layer above fills them, D = 2 from that layer on, and if the same filter without holes, alone or with
    all other steps changed, lowers D: layers below may have filled them.
    """
    places = range(len(stacks[0]) if stacks else 0)
    breaking = [n for n in places if any(sum_rule_defect(stack[n]) > 0 for stack in stacks)]
    open_holes = [
        n
        for n in places
        if n not in breaking and any(common_divisor(stack[n]) > 1 and _last_D(stack[n:]) == 2 for stack in stacks)
    ]
    changed = dict.fromkeys((*breaking, *open_holes), lengthened)

    def lowers(n: int) -> bool:
        others = {place: remedy for place, remedy in changed.items() if place != n}
        alone = predicted_last_D(stacks, {n: lengthened}) < predicted_last_D(stacks, {})
        return alone or predicted_last_D(stacks, changed) < predicted_last_D(stacks, others)

    return sorted((*breaking, *filter(lowers, open_holes)))


def operator_agrees(stacks: Sequence[Stack], aliasing: Sequence[int]) -> bool:
    """Whether operator and theory agree at every layer of the idealised stacks, as they are and repaired."""
    judged = {
        _repaired(stack, dict.fromkeys(aliasing, remedy))[0]
        for stack in stacks
        for remedy in (unchanged, lengthened, blurred)
    }
    return all(
        np.allclose(stack_sensitivities(stack).D, operator.line_sensitivities(stack).D, rtol=LAYER_TOLERANCE, atol=0)
        for stack in judged
    )


def _repaired(stack: Stack, remedies: Mapping[int, Remedy]) -> tuple[Stack, list[int]]:
    """(the stack with these remedies, the place in it at which each of the layers ends)."""
    parts = [remedies.get(n, unchanged)(layer) for n, layer in enumerate(stack)]
    return tuple(itertools.chain.from_iterable(parts)), [end - 1 for end in itertools.accumulate(map(len, parts))]


@functools.cache
def _last_D(stack: Stack) -> float:
    itself, neighbour = layer_stack.overlaps(stack)
    return float(2 * (1 - neighbour / itself))
