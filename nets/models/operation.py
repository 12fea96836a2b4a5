"""One operator as it was called, with the marks of its arguments (`nets.models.dependence`)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

Marks = tuple[Tensor, ...]


@dataclass(frozen=True)
class Operation:
    """One operator as it was called: `marks_of` gives the marks of an argument, None for what does not come from the
    image; `output` is its first output tensor; `is_learned` says whether an argument is a parameter or made of some.
    """

    function: Any
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    marks_of: Callable[[Any], Marks | None]
    output: Tensor
    is_learned: Callable[[Any], bool]

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


def no_mark(shape: Sequence[int]) -> Tensor:
    """Of elements that depend on nothing, whatever the model's default type and device are."""
    return torch.zeros(shape, dtype=torch.float32, device="cpu")


def is_place(mark: int, axes: int) -> bool:
    """Whether the mark of this number says where elements stand."""
    return 2 * axes <= mark < 3 * axes


def places_of(marks: Marks) -> Marks:
    """Where elements stand along each axis."""
    axes = (len(marks) - 1) // 3
    return marks[2 * axes : 3 * axes]


def stands(marks: Marks) -> bool:
    """Whether elements stand at different places of the image."""
    return any(map(place_varies, places_of(marks)))


def place_varies(place: Tensor) -> bool:
    """Whether elements stand at different places along an axis."""
    highest = place.amax() if place.numel() else place.sum()
    return bool(((place > 0) & (place < highest)).any())


def place_step(place: Tensor, dim: int) -> float:
    """The middle difference of the places of neighbours along `dim`, 0 where there are none or they are the same."""
    if place.shape[dim] < 2:
        return 0.0
    place = sample(place, dim)
    lower, upper = place.narrow(dim, 0, place.shape[dim] - 1), place.narrow(dim, 1, place.shape[dim] - 1)
    both = (lower > 0) & (upper > 0)
    return float((upper - lower)[both].abs().median()) if bool(both.any()) else 0.0


def sample(place: Tensor, whole: int | None = None) -> Tensor:
    """Some twenty of the elements along each axis, of the axis `whole` all: rows and channels are much alike."""
    for dim, size in enumerate(place.shape):
        if dim != whole and size > 32:
            index = torch.arange(0, size, size // 16, device=place.device)
            place = place.index_select(dim, index)
    return place


def behind(marks: Sequence[Tensor]) -> Tensor:
    """1 wherever something of the image arrives."""
    return (marks[0] > 0).float()


def middle(place: Tensor, dims: list[int]) -> Tensor:
    """The place in the middle of those along `dims`, the same for all where all places are combined."""
    highest = place.amax(dims, keepdim=True)
    lowest = torch.where(place == 0, math.inf, place).amin(dims, keepdim=True)
    return torch.where(highest > 0, ((highest + lowest) / 2).floor(), 0.0)


def first_tensor(value: Any) -> Tensor:
    """Of what an operator returns."""
    while not isinstance(value, Tensor):
        value = value[0]
    return value


def decomposed(mode: TorchDispatchMode, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a composite operator returns, run in its parts below `mode`: inference mode hands it on as it is.
    NotImplemented of every other operator.
    """
    if not torch.is_inference_mode_enabled():
        return NotImplemented
    with mode:
        return function.decompose(*args, **kwargs)
