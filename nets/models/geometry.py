"""Filters, windows and steps of the operators that a model calls."""

from collections.abc import Sequence

from torch import Tensor

from nets.models.marked import Marked
from nets.models.operation import Operation


def acting_filters(operation: Operation) -> Tensor:
    """(out, in of a group, …) weights that act; those of a transposed convolution as the convolution of stride 1 that
    it is between pixels set apart.
    """
    weight = plain_value(operation.args[1]).detach()
    if not operation.argument("transposed", False):
        return weight
    groups = operation.argument("groups", 1)
    by_group = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2)
    return by_group.flatten(0, 1).flip([*range(2, weight.dim())])


def plain_value(tensor: Tensor) -> Tensor:
    value: Tensor = tensor.value if isinstance(tensor, Marked) else tensor
    return value


def window_of(operation: Operation) -> tuple[list[int], list[int], list[int]] | None:
    """(size, stride, dilation) of a convolution or pooling; None for one that makes places finer."""
    if "adaptive" in operation.name:
        return _adaptive(operation)
    if "conv" in operation.name:
        size = list(plain_value(operation.args[1]).shape[2:])
        stride = _each(operation.argument("stride", [1]), len(size))
    else:
        count = int(next(c for c in operation.name if c.isdigit()))
        size = _each(operation.argument("kernel_size"), count)
        stride = _each(operation.argument("stride") or size, count)
    return size, stride, _each(operation.argument("dilation", [1]), len(size))


def _adaptive(operation: Operation) -> tuple[list[int], list[int], list[int]] | None:
    """Of the pooling nearest to an adaptive one."""
    source = operation.args[0].shape
    ends = [*zip(source[2:], operation.output.shape[2:], strict=True)]
    stride = [round(old / new) for old, new in ends]
    if min(stride) == 0:
        return None
    size = [max(-(-(n + 1) * old // new) - n * old // new for n in range(new)) for old, new in ends]
    return size, stride, [1] * len(size)


def _each(value: int | Sequence[int], count: int) -> list[int]:
    numbers = [value] if isinstance(value, int) else list(value)
    return numbers * (count // len(numbers))
