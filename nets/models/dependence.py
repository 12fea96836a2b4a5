"""What of an image each element of a tensor depends on, through any PyTorch operator.

A tensor of the model goes with tensors of its own shape, its marks: for each axis of an image of `side` pixels

    after    1 + the last pixel that the element depends on       before    side − the first
    at       1 + the pixel that it stands at, 0 for none

and `behind`, 1 where a learned layer lies between the image and the element. 0 means: on nothing. So where elements are
combined, marks are their maximum, padding is 0, and operators that only move elements move marks in the same way.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from nets.models.operation import Marks, Operation, first_tensor, is_place, middle, no_mark, place_varies
from nets.models.products import PRODUCTS, product_marks
from nets.models.window_marks import convolution_marks, windowed_marks

MOVES = {
    "_unsafe_view", "cat", "stack", "roll", "flip", "index_select", "gather", "index", "constant_pad_nd", "repeat",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "im2col", "rot90", "max_unpool2d",
    "max_unpool3d", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "clone", "contiguous", "slice_scatter", "select_scatter",
    "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d", "replication_pad2d",
    "replication_pad3d",
}  # fmt: skip
# moves to where their integer arguments say
SELECTIONS = {"index", "index_select", "gather"}
POINTWISE = {
    "masked_fill", "copy", "prelu", "_prelu_kernel", "threshold", "hardswish", "hardsigmoid", "native_dropout",
    "_to_copy",
    "floor_divide", "log_sigmoid_forward", "fill", "lerp", "bernoulli", "dropout", "rrelu_with_noise", "softplus",
    "native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "_batch_norm_no_update",
}  # fmt: skip
REDUCTIONS = {
    "mean", "sum", "amax", "amin", "max", "min", "prod", "var", "std", "var_mean", "std_mean", "norm", "logsumexp",
    "linalg_vector_norm", "argmax", "argmin", "all", "any", "median", "nansum", "softmax", "_softmax", "log_softmax",
    "_log_softmax", "cumsum", "cumprod", "sort", "topk",
}  # fmt: skip
# per channel and axis by axis: their windows are those of an impulse
WINDOWED: tuple[str, ...] = (
    "max_pool",
    "avg_pool",
    "upsample_linear",
    "upsample_bilinear",
    "upsample_trilinear",
    "upsample_bicubic",
)
WINDOWED += ("_upsample_bilinear", "_upsample_bicubic", "adaptive_max_pool", "adaptive_avg_pool")


def propagate(operation: Operation) -> Marks | None:
    """Marks of the operator's output; None where it is not known which elements depend on which."""
    name = operation.name
    if name in {"convolution", "_convolution"}:
        marks = convolution_marks(operation)
        return union(operation) if marks is None else marks
    if _is_view(operation.function) or name in MOVES:
        return _moved(operation)
    if any(part in name for part in WINDOWED):
        return windowed_marks(operation)
    if name in PRODUCTS:
        return product_marks(operation)
    if "batch_norm" in name and operation.argument("training", False):
        return _same_shape(operation, [n for n in range(operation.output.dim()) if n != 1])
    if torch.Tag.pointwise in operation.function.tags or name in POINTWISE:
        return _pointwise(operation)
    if name == "glu":
        dim = operation.argument("dim", -1)
        return tuple(torch.maximum(*mark.chunk(2, dim)) for mark in operation.sources[0])
    if name == "native_layer_norm":
        return _same_shape(operation, range(-len(operation.argument("normalized_shape")), 0))
    if name == "native_group_norm":
        return _grouped(operation)
    if name in REDUCTIONS:
        return _reduced(operation)
    return None


def union(operation: Operation) -> Marks:
    """Marks of an output whose elements may depend on all of all arguments, and stand nowhere."""
    axes = (len(operation.sources[0]) - 1) // 3
    largest = [torch.stack([marks[n].max() for marks in operation.sources if marks[n].numel()]).max()
               for n in range(3 * axes + 1)]  # fmt: skip
    return tuple(
        no_mark(operation.output.shape) if is_place(n, axes) else no_mark(operation.output.shape) + mark
        for n, mark in enumerate(largest)
    )


def _is_view(function: Any) -> bool:
    returns = function._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


def _moved(operation: Operation) -> Marks:
    """The same move of the marks; what does not come from the image has marks of 0."""

    def substitute(leaf: Any, mark: int) -> Any:
        marks = operation.marks_of(leaf)
        index = operation.name in SELECTIONS and leaf is not operation.args[0]
        if marks is not None and index and not marks[0].any():
            return leaf.value  # where to read, made on the way
        if marks is not None:
            return marks[mark]
        return no_mark(leaf.shape) if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    moved = []
    for n in range(len(operation.sources[0])):
        args, kwargs = pytree.tree_map(lambda leaf, n=n: substitute(leaf, n), (operation.args, operation.kwargs))
        if operation.name == "constant_pad_nd":
            args, kwargs = args[:2], {}
        moved.append(first_tensor(operation.function(*args, **kwargs)))
    return tuple(moved)


def _pointwise(operation: Operation) -> Marks:
    shape = operation.output.shape
    if len(operation.sources) == 1 and operation.sources[0][0].shape == shape:
        return operation.sources[0]
    columns = zip(*operation.sources, strict=True)
    marks = []
    for column in columns:
        total = no_mark(shape)
        for mark in column:
            # an argument that is folded into the others, as a batch norm's statistics, has a shape of its own
            if math.prod(mark.shape) <= math.prod(shape):
                total = torch.maximum(total, mark.broadcast_to(shape))
        marks.append(total)
    return tuple(marks)


def _same_shape(operation: Operation, dims: Sequence[int]) -> Marks:
    """Each element depends on all along `dims`, and stays where it is."""
    (marks, *_), axes = operation.sources, (len(operation.sources[0]) - 1) // 3
    return tuple(
        mark if is_place(n, axes) else mark.amax(tuple(dims), keepdim=True).expand(mark.shape).clone()
        for n, mark in enumerate(marks)
    )


def _grouped(operation: Operation) -> Marks:
    groups, marks = operation.argument("group"), operation.sources[0]
    axes = (len(marks) - 1) // 3
    folded = [mark.reshape(len(mark), groups, -1) for mark in marks]
    return tuple(
        marks[n] if is_place(n, axes) else mark.amax(2, keepdim=True).expand(mark.shape).reshape(marks[n].shape)
        for n, mark in enumerate(folded)
    )


def _reduced(operation: Operation) -> Marks:
    marks, output = operation.sources[0], operation.output
    dims = operation.argument("dim", [])
    dims = [dims] if isinstance(dims, int) else list(dims)
    dims = dims or list(range(marks[0].dim()))
    if output.shape == marks[0].shape and operation.name not in {"amax", "amin", "max", "min", "mean", "sum"}:
        return _same_shape(operation, dims)
    axes = (len(marks) - 1) // 3
    reduced = [_place_of_all(mark, dims) if is_place(n, axes) else mark.amax(dims, keepdim=True)
               for n, mark in enumerate(marks)]  # fmt: skip
    if reduced[0].numel() == output.numel():
        return tuple(mark.reshape(output.shape).clone() for mark in reduced)
    return tuple(mark.expand(output.shape).clone() for mark in reduced)


def _place_of_all(place: Tensor, dims: list[int]) -> Tensor:
    """The middle of those that are combined, nowhere where all of an axis are."""
    reduced = middle(place, dims)
    return reduced if place_varies(reduced) else torch.zeros_like(reduced)
