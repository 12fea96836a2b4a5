"""Marks of convolutions, poolings and resizes: what each window reads."""

import torch
from torch import Tensor

from nets.models.operation import Marks, Operation, behind, first_tensor, is_place
from nets.models.windows import Window


def convolution_marks(operation: Operation) -> Marks | None:
    """Of each window and the channels of its group; the place is that of the window's middle. None for weights that
    are made from the image."""
    weight, groups = operation.args[1], operation.argument("groups", 1)
    source = operation.marks_of(operation.args[0])
    if source is None:
        return None
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
            mark = window.middle(mark, d + 2) if is_place(n, axes) else window.maximum(mark, d + 2)
        mark = mark.repeat_interleave(operation.output.shape[-count - 1] // groups, 1)
        marks.append(mark if batched else mark[0])
    channels_in = weight.shape[0 if transposed else 1] // (groups if transposed else 1)
    channels_out = operation.output.shape[-count - 1]
    # one channel of each is another blur of it, a colour for one
    mixes = channels_in > 1 or groups == 1 or channels_out > groups
    if mixes and operation.is_learned(weight):
        marks[-1] = behind(marks)
    return tuple(marks)


def windowed_marks(operation: Operation) -> Marks | None:
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
            if is_place(n, axes):
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
    impulses = torch.eye(sides[dim], dtype=torch.float32, device="cpu").reshape(
        [sides[dim], 1] + [sides[d] if d == dim + count else 1 for d in range(count)]
    )
    images = impulses.expand(sides[dim], 1, *sides)
    responses = first_tensor(operation.function(images.contiguous(), *operation.args[1:], **operation.kwargs))
    others = [d for d in range(1, responses.dim()) if d != responses.dim() + dim]
    return (responses != 0).float().amax(others).bool().mT
