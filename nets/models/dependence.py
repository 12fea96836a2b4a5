"""What of an image each element of a tensor depends on, through any PyTorch operator.

A tensor of the model goes with tensors of its own shape, its marks: for each axis of an image of `side` pixels

    after    1 + the last pixel that the element depends on       before    side − the first
    at       1 + the pixel that it stands at, 0 for none

and `behind`, 1 where a learned layer lies between the image and the element. 0 means: on nothing. So where elements are
combined, marks are their maximum, padding is 0, and operators that only move elements move marks in the same way.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from nets.models.windows import Window

Marks = tuple[Tensor, ...]

MOVES = {
    "_unsafe_view", "cat", "stack", "roll", "flip", "index_select", "gather", "index", "constant_pad_nd", "repeat",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "im2col", "rot90", "max_unpool2d",
    "max_unpool3d", "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "clone", "contiguous", "slice_scatter", "select_scatter",
    "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d", "replication_pad2d",
    "replication_pad3d",
}  # fmt: skip
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
PRODUCTS = {"mm": 0, "bmm": 0, "addmm": 1, "baddbmm": 1, "matmul": 0, "mv": 0, "addmv": 1, "dot": 0}


@dataclass(frozen=True)
class Operation:
    """One operator as it was called: `marks_of` gives the marks of an argument, None for what does not come from the
    image; `output` is the first tensor of the answer.
    """

    function: Any
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    marks_of: Callable[[Any], Marks | None]
    output: Tensor

    @property
    def sources(self) -> list[Marks]:
        """Marks of all arguments that have some."""
        return [
            marks for leaf in pytree.tree_leaves((self.args, self.kwargs)) if (marks := self.marks_of(leaf)) is not None
        ]

    def argument(self, name: str, default: Any = None) -> Any:
        """The argument of this name in the operator's schema."""
        for n, each in enumerate(self.function._schema.arguments):
            if each.name == name:
                value = self.args[n] if n < len(self.args) else self.kwargs.get(name)
                return default if value is None else value
        return default


def propagate(operation: Operation) -> Marks | None:
    """Marks of the operator's answer; None where it is not known which elements depend on which."""
    name = operation.name
    if name in {"convolution", "_convolution"}:
        return _convolution(operation)
    if _is_view(operation.function) or name in MOVES:
        return _moved(operation)
    if any(part in name for part in WINDOWED):
        return _windowed(operation)
    if name in PRODUCTS:
        return _product(operation, PRODUCTS[name])
    if "batch_norm" in name and operation.argument("training", False):
        return _same_shape(operation, [n for n in range(operation.output.dim()) if n != 1])
    if torch.Tag.pointwise in operation.function.tags or name in POINTWISE:
        return _pointwise(operation)
    if name == "native_layer_norm":
        return _same_shape(operation, range(-len(operation.argument("normalized_shape")), 0))
    if name == "native_group_norm":
        return _grouped(operation)
    if name in REDUCTIONS:
        return _reduced(operation)
    return None


def union(operation: Operation) -> Marks:
    """Marks of an answer whose elements may depend on all of all arguments, and stand nowhere."""
    axes = (len(operation.sources[0]) - 1) // 3
    largest = [torch.stack([marks[n].max() for marks in operation.sources if marks[n].numel()]).max()
               for n in range(3 * axes + 1)]  # fmt: skip
    return tuple(
        torch.zeros(operation.output.shape) if _is_place(n, axes) else torch.full(operation.output.shape, float(mark))
        for n, mark in enumerate(largest)
    )


def _is_place(mark: int, axes: int) -> bool:
    return 2 * axes <= mark < 3 * axes


def _is_view(function: Any) -> bool:
    returns = function._schema.returns
    return bool(returns) and all(r.alias_info is not None and not r.alias_info.is_write for r in returns)


def _moved(operation: Operation) -> Marks:
    """The same move of the marks; what does not come from the image has marks of 0."""

    def substitute(leaf: Any, mark: int) -> Any:
        marks = operation.marks_of(leaf)
        if marks is not None:
            return marks[mark]
        return torch.zeros(leaf.shape) if isinstance(leaf, Tensor) and leaf.is_floating_point() else leaf

    moved = []
    for n in range(len(operation.sources[0])):
        args, kwargs = pytree.tree_map(lambda leaf, n=n: substitute(leaf, n), (operation.args, operation.kwargs))
        if operation.name == "constant_pad_nd":
            args, kwargs = args[:2], {}
        moved.append(_first(operation.function(*args, **kwargs)))
    return tuple(moved)


def _pointwise(operation: Operation) -> Marks:
    shape = operation.output.shape
    if len(operation.sources) == 1 and operation.sources[0][0].shape == shape:
        return operation.sources[0]
    columns = zip(*operation.sources, strict=True)
    marks = []
    for column in columns:
        total = torch.zeros(shape)
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
        mark if _is_place(n, axes) else mark.amax(tuple(dims), keepdim=True).expand(mark.shape).clone()
        for n, mark in enumerate(marks)
    )


def _grouped(operation: Operation) -> Marks:
    groups, marks = operation.argument("group"), operation.sources[0]
    axes = (len(marks) - 1) // 3
    folded = [mark.reshape(len(mark), groups, -1) for mark in marks]
    return tuple(
        marks[n] if _is_place(n, axes) else mark.amax(2, keepdim=True).expand(mark.shape).reshape(marks[n].shape)
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
    reduced = [_middle(mark, dims) if _is_place(n, axes) else mark.amax(dims, keepdim=True)
               for n, mark in enumerate(marks)]  # fmt: skip
    if reduced[0].numel() == output.numel():
        return tuple(mark.reshape(output.shape).clone() for mark in reduced)
    return tuple(mark.expand(output.shape).clone() for mark in reduced)


def _middle(place: Tensor, dims: list[int]) -> Tensor:
    """The place in the middle of those along `dims`, the same for all where all places are combined."""
    highest = place.amax(dims, keepdim=True)
    lowest = torch.where(place == 0, math.inf, place).amin(dims, keepdim=True)
    return torch.where(highest > 0, ((highest + lowest) / 2).floor(), 0.0)


def combines_places(operation: Operation) -> bool:
    """Whether a product sums over elements that stand at different places."""
    first = PRODUCTS[operation.name]
    for factor, dim in zip(operation.args[first : first + 2], (-1, -2), strict=True):
        marks = operation.marks_of(factor)
        axes = (len(marks) - 1) // 3 if marks else 0
        for place in marks[2 * axes : 3 * axes] if marks else ():
            along = dim if place.dim() > 1 else -1
            lowest = torch.where(place == 0, math.inf, place).amin(along)
            if bool((place.amax(along) > lowest).any()):
                return True
    return False


def _product(operation: Operation, first: int) -> Marks:
    """Rows of the left factor, columns of the right one, and what is added."""
    left, right = operation.args[first : first + 2]
    axes = (len(operation.sources[0]) - 1) // 3
    marks = [torch.zeros(operation.output.shape) for _ in range(3 * axes + 1)]
    for factor, dim in ((left, -1), (right, -2 if right.dim() > 1 else -1)):
        own = operation.marks_of(factor)
        for n, mark in enumerate(own or ()):
            part = _middle(mark, [dim]) if _is_place(n, axes) else mark.amax(dim, keepdim=True)
            if operation.output.dim() < part.dim():
                part = part.squeeze(dim)
            marks[n] = torch.maximum(marks[n], part.broadcast_to(operation.output.shape))
    for added in operation.args[:first]:
        for n, mark in enumerate(operation.marks_of(added) or ()):
            marks[n] = torch.maximum(marks[n], mark.broadcast_to(operation.output.shape))
    marks[-1] = _behind(marks)
    return tuple(marks)


def _behind(marks: Sequence[Tensor]) -> Tensor:
    """1 wherever something of the image arrives."""
    return (marks[0] > 0).float()


def _convolution(operation: Operation) -> Marks:
    """Of each window and the channels of its group; the place is that of the window's middle."""
    weight, groups = operation.args[1], operation.argument("groups", 1)
    source = operation.marks_of(operation.args[0])
    if source is None:  # weights that are made from the image
        return union(operation)
    stride, padding, dilation, more = (
        list(operation.argument(name, [0])) for name in ("stride", "padding", "dilation", "output_padding")
    )
    transposed, sizes = operation.argument("transposed", False), list(weight.shape[2:])
    axes, count = (len(source) - 1) // 3, len(sizes)
    stride, padding, dilation, more = (
        value * count if len(value) == 1 else value for value in (stride, padding, dilation, more)
    )
    batched = source[0].dim() == count + 2
    marks = []
    for n, mark in enumerate(source):
        mark = mark if batched else mark[None]
        mark = mark.reshape(len(mark), groups, -1, *mark.shape[2:]).amax(2)
        for d in range(count):
            window = Window(sizes[d], stride[d], padding[d], dilation[d], transposed, operation.output.shape[d - count])
            mark = window.middle(mark, d + 2) if _is_place(n, axes) else window.maximum(mark, d + 2)
        mark = mark.repeat_interleave(operation.output.shape[-count - 1] // groups, 1)
        marks.append(mark if batched else mark[0])
    marks[-1] = _behind(marks)
    return tuple(marks)


def _windowed(operation: Operation) -> Marks | None:
    """Poolings and resizes: what each output reads along an axis is where an impulse reaches it."""
    source, output = operation.marks_of(operation.args[0]), operation.output
    if source is None:
        return None
    count = int(next(c for c in reversed(operation.name.replace("_with_indices", "")) if c.isdigit()))
    axes = (len(source) - 1) // 3
    marks = list(source)
    for dim in range(-count, 0):
        reads = _impulse_response(operation, dim, count)
        first = reads.int().argmax(1)
        last = reads.shape[1] - 1 - reads.flip(1).int().argmax(1)
        last = torch.where(reads.any(1), last, first)
        for n, mark in enumerate(marks):
            if _is_place(n, axes):
                single = output.shape[dim] == 1 and source[0].shape[dim] > 1
                middle = mark.index_select(dim, (first + last) // 2)
                marks[n] = torch.zeros_like(middle) if single else middle
            else:
                total = mark.index_select(dim, first)
                for step in range(1, int((last - first).max()) + 1):
                    total = torch.maximum(total, mark.index_select(dim, torch.minimum(first + step, last)))
                marks[n] = total
    return tuple(marks)


def _impulse_response(operation: Operation, dim: int, count: int) -> Tensor:
    """(positions out, positions in) whether the one reads the other, along one axis."""
    sides = list(operation.args[0].shape[-count:])
    impulses = torch.eye(sides[dim]).reshape(
        [sides[dim], 1] + [sides[d] if d == dim + count else 1 for d in range(count)]
    )
    images = impulses.expand(sides[dim], 1, *sides)
    answers = _first(operation.function(images.contiguous(), *operation.args[1:], **operation.kwargs))
    others = [d for d in range(1, answers.dim()) if d != answers.dim() + dim]
    return (answers != 0).float().amax(others).bool().mT


def _first(value: Any) -> Tensor:
    while not isinstance(value, Tensor):
        value = value[0]
    return value
