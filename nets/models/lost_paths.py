"""Where the path of an image is lost: its elements are combined in a way that no layer of the trace describes."""

import itertools
from collections.abc import Sequence

import torch

from nets.models.dependence import POINTWISE, REDUCTIONS, SELECTIONS
from nets.models.operation import Marks, Operation, place_step, places_of, sample, stands
from nets.models.products import PRODUCTS, combines_places

# places are others afterwards than the layers before know
RESIZING = ("upsample", "pixel_shuffle", "col2im", "max_unpool")
ALONG = {"cumsum", "cumprod", "sort", "topk"}
STEPPING = {"slice", "as_strided", "unfold", *SELECTIONS}


def loses_path(operation: Operation, sources: Sequence[Marks], output: Marks) -> bool:
    """Whether places get finer, or are combined as by a convolution or pooling whose window is not known."""
    if operation.name in PRODUCTS:
        return combines_places(operation) and stands(output)
    if operation.name.lstrip("_").startswith(RESIZING):
        return any(map(stands, sources))
    if operation.name in REDUCTIONS:
        return _combines_along(operation, sources[0], output)
    if torch.Tag.pointwise in operation.function.tags or operation.name in POINTWISE:
        return _misaligned([marks for marks in sources if marks[0].shape == output[0].shape])
    return False


def coarsens(operation: Operation, source: Marks) -> bool:
    """Whether an operator that selects elements steps over places."""
    if operation.name not in STEPPING or operation.output.dim() != source[0].dim():
        return operation.name == "unfold" and operation.argument("step") > 1 and stands(source)
    step = operation.argument("step", 1) if operation.name == "slice" else 2
    if step < 2:
        return False
    rows = zip(source[0].shape, operation.output.shape, strict=True)
    shorter = [dim for dim, (before, after) in enumerate(rows) if after <= (before + 1) // 2 and after > 1]
    return any(place_step(place, dim) > 0 for place in places_of(source) for dim in shorter)


def _combines_along(operation: Operation, source: Marks, output: Marks) -> bool:
    """Whether a reduction runs over places of an axis along which its output still stands at several."""
    dims = operation.argument("dim", [])
    dims = [dims] if isinstance(dims, int) else list(dims)
    same_shape = source[0].shape == output[0].shape
    if not dims or (same_shape and operation.name not in ALONG):
        return False
    return any(
        any(place_step(place, dim) > 0 for dim in dims)
        and (same_shape or any(place_step(after, dim) > 0 for dim in range(after.dim())))
        for place, after in zip(places_of(source), places_of(output), strict=True)
    )


def _misaligned(sources: Sequence[Marks]) -> bool:
    """Whether elements are combined that stand a step of the grid apart, or more."""
    for first, other in itertools.pairwise(sources):
        for whole, other_whole in zip(places_of(first), places_of(other), strict=True):
            place, other_place = sample(whole), sample(other_whole)
            both = (place > 0) & (other_place > 0)
            if not bool(both.any()):
                continue
            apart = float((place - other_place)[both].abs().median())
            steps = [step for dim in range(first[0].dim()) if (step := place_step(whole, dim))]
            if steps and apart >= min(steps):
                return True
    return False
