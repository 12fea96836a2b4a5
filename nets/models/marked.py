"""Tensors that carry through a model what they depend on."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._mode_utils import no_dispatch

from nets.models.dependence import propagate, union
from nets.models.lost_paths import coarsens, loses_path
from nets.models.operation import Marks, Operation, no_mark, stands
from nets.models.products import PRODUCTS
from nets.models.recorder import Call, Recorder, spatial_depth

# operators that return numbers, not tensors, or sizes
PLAIN = {"_local_scalar_dense", "is_nonzero", "equal", "is_same_size", "sym_size", "sym_stride", "sym_numel", "dim"}


class Marked(Tensor):
    """A tensor with its marks; `path` is what `extend` of the recorder made of the calls behind it, None where the way
    from the image is lost.
    """

    value: Tensor
    marks: Marks
    path: Any
    recorder: Recorder

    @staticmethod
    def __new__(cls, value: Tensor, marks: Marks, path: Any, recorder: Recorder) -> "Marked":
        made: Marked = Tensor._make_wrapper_subclass(
            cls, value.size(), strides=value.stride(), storage_offset=value.storage_offset(), dtype=value.dtype,
            device=value.device, requires_grad=False,
        )  # fmt: skip
        made.value, made.marks, made.path, made.recorder = value, marks, path, recorder
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Marked({self.value!r})"

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def, override]
        return dispatch(function, args, kwargs or {})


def dispatch(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The operator on the values of marked tensors, its output with its own marks."""
    if torch.is_inference_mode_enabled():  # which hands on composite operators as they are
        parts = function.decompose(*args, **kwargs)
        if parts is not NotImplemented:
            return parts
    leaves = [leaf for leaf in pytree.tree_leaves((args, kwargs)) if isinstance(leaf, Marked)]
    recorder = leaves[0].recorder
    name = function._schema.name.split("::")[-1]
    written = [
        n for n, a in enumerate(function._schema.arguments) if a.alias_info is not None and a.alias_info.is_write
    ]
    before, before_kwargs = pytree.tree_map(_value, (args, kwargs))
    result = function(*before, **before_kwargs)
    tensors = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]
    if not tensors or name in PLAIN:
        return result
    name = name.rstrip("_") if written else name
    if name.endswith("_like") or name.startswith("new_"):
        return Marked(result, tuple(no_mark(result.shape) for _ in leaves[0].marks), (), recorder)
    if not any(leaf.marks[0].any() for leaf in leaves):
        recorder.learn(tensors, pytree.tree_leaves((before, before_kwargs)))
    is_learned = lambda leaf: recorder.is_learned(_value(leaf))  # noqa: E731
    operation = Operation(function, name, args, kwargs, _marks, tensors[0], is_learned)
    if written:
        return _write(operation, args[written[0]] if written[0] < len(args) else kwargs["out"], result)
    return _wrap(operation, result, recorder, leaves)


def _value(leaf: Any) -> Any:
    return leaf.value if isinstance(leaf, Marked) else leaf


def _marks(leaf: Any) -> Marks | None:
    return leaf.marks if isinstance(leaf, Marked) else None


def _write(operation: Operation, target: Any, result: Any) -> Any:
    """In place: the marks of `target` are written too; its views have views of them."""
    leaves = [leaf for leaf in pytree.tree_leaves((operation.args, operation.kwargs)) if isinstance(leaf, Marked)]
    if not isinstance(target, Marked):
        leaves[0].recorder.lost.append(operation.name)
        return result
    if torch.Tag.inplace_view in operation.function.tags:  # only the shape changes
        for n in range(len(target.marks)):
            operation.function(target.marks[n], *operation.args[1:], **operation.kwargs)
        with no_dispatch():
            operation.function(*operation.args, **operation.kwargs)
        return target
    if operation.name in {"copy", "fill", "zero", "normal", "uniform", "random"}:
        sources = [leaf for leaf in leaves if leaf is not target]
        marks = tuple(
            (sources[0].marks[n] if sources else no_mark(())).broadcast_to(target.shape)
            for n in range(len(target.marks))
        )
    else:
        marks = _propagated(operation, leaves)
    path = _longest(leaves)
    if path is not None and loses_path(operation, [leaf.marks for leaf in leaves], marks):
        leaves[0].recorder.lost.append(operation.name)
        path = None
    for mark, new in zip(target.marks, marks, strict=True):
        if new is not mark:
            mark.copy_(new)
    target.path = path
    return target


def _propagated(operation: Operation, leaves: Sequence[Marked]) -> Marks:
    """Marks of the output; where they are not known, all that could be, and the operator is named."""
    try:
        marks = propagate(operation)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError):
        marks = None
    if marks is not None and marks[0].shape == operation.output.shape:
        return marks
    if any(stands(leaf.marks) for leaf in leaves) and operation.output.numel() > 1:
        leaves[0].recorder.lost.append(operation.name)
    return union(operation)


def _wrap(operation: Operation, result: Any, recorder: Recorder, leaves: Sequence[Marked]) -> Any:
    views = _all_views(operation)
    if coarsens(operation, leaves[0].marks):
        recorder.coarsened = operation.name
    if views and isinstance(result, tuple | list):  # split and the like: the marks are split in the same way
        parts = [_split(operation, n) for n in range(len(leaves[0].marks))]
        columns = zip(*parts, strict=True)
        return type(result)(
            Marked(value, marks, leaves[0].path, recorder) for value, marks in zip(result, columns, strict=True)
        )
    marks = _propagated(operation, leaves)
    kept = marks is leaves[0].marks
    marks = tuple(mark.clone() for mark in marks) if kept else marks
    first = Marked(operation.output, marks, _longest(leaves), recorder)
    if first.path is not None and loses_path(operation, [leaf.marks for leaf in leaves], first.marks):
        recorder.lost.append(operation.name if operation.name not in PRODUCTS else recorder.where)
        first.path = None
    if "conv" in operation.name or ("pool" in operation.name and "unpool" not in operation.name):
        source = next((leaf for leaf in operation.args if isinstance(leaf, Marked)), leaves[0])
        call = Call(operation, recorder.modules[-1] if recorder.modules else "", source, first)
        recorder.calls.append(call)
        if recorder.extend is not None:
            first.path = recorder.extend(call)
    elif first.path and not kept and not views and not stands(first.marks):
        first.path = ()
    if isinstance(result, Tensor):
        return first
    wrap = lambda leaf: _beside(leaf, first) if isinstance(leaf, Tensor) else leaf  # noqa: E731
    return pytree.tree_map(wrap, result)


def _split(operation: Operation, mark: int) -> Any:
    args = pytree.tree_map(lambda leaf: leaf.marks[mark] if isinstance(leaf, Marked) else leaf, operation.args)
    return operation.function(*args, **operation.kwargs)


def _beside(leaf: Tensor, first: Marked) -> Tensor:
    """The further outputs of an operator, indices for one, with the marks of the first where they fit."""
    if leaf is first.value:
        return first
    if leaf.shape == first.shape:
        return Marked(leaf, tuple(mark.clone() for mark in first.marks), first.path, first.recorder)
    return leaf


def _all_views(operation: Operation) -> bool:
    returns = operation.function._schema.returns
    return bool(returns) and returns[0].alias_info is not None


def _longest(leaves: Sequence[Marked]) -> Any:
    """The path of most layers of those that come from the image; None where all of them are lost."""
    paths = [leaf.path for leaf in leaves if leaf.path is None or leaf.marks[0].any()]
    return max((path for path in paths if path is not None), key=spatial_depth, default=None if paths else ())
