"""The spatial layers of any PyTorch model, in the order in which an image meets them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

CONVOLUTIONS: dict[Callable[..., Any], int] = {torch.conv1d: 1, torch.conv2d: 2, torch.conv3d: 3}
POOLS: dict[Callable[..., Any], tuple[str, int]] = {
    F.max_pool1d: ("max pool", 1),
    F.max_pool2d: ("max pool", 2),
    F.max_pool3d: ("max pool", 3),
    F.avg_pool1d: ("average pool", 1),
    F.avg_pool2d: ("average pool", 2),
    F.avg_pool3d: ("average pool", 3),
}
ADAPTIVE: dict[Callable[..., Any], int] = {
    F.adaptive_avg_pool1d: 1,
    F.adaptive_avg_pool2d: 2,
    F.adaptive_avg_pool3d: 3,
    F.adaptive_max_pool1d: 1,
    F.adaptive_max_pool2d: 2,
    F.adaptive_max_pool3d: 3,
}


@dataclass(frozen=True)
class SpatialLayer:
    """One convolution or pooling, as it was called.

    name      the filter's name among the model's parameters, without ".weight"; of a pooling, its kind
    kind      "convolution", "max pool" or "average pool"
    size, stride, dilation     pixels of the layer below, one number for each axis of the image
    filters   (channels out, channels in of a group, *size) of a convolution; None for pooling
    """

    name: str
    kind: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    filters: Tensor | None


@torch.no_grad()
def spatial_layers(model: nn.Module, image: Tensor) -> tuple[list[SpatialLayer], list[str]]:
    """(the layers on the longest path that starts at the image, functions at which paths ended), in evaluation mode.

    Follows every tensor through the model as it runs, so the model may be any code. Where paths meet (skip
    connections), the one of more layers goes on. A path ends where the positions do, at global pooling or when they
    become tokens, and at functions that change the size of the image twofold or more in a way that is not known here,
    upsampling for one; the latter are named. `image` is (B, C, …) with one to three axes.

    Raises ValueError, one sentence, where the model does not take the image.
    """
    names = {id(parameter): name.removesuffix(".weight") for name, parameter in model.named_parameters()}
    model.eval()
    with _Follow(image, names) as follow:
        try:
            model(image)
        except Exception as error:  # the user's code may raise anything
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            shape = " × ".join(map(str, image.shape[1:]))
            raise ValueError(
                f"the model takes no image of {shape} ({reason}): give another shape with --input"
            ) from None
    return list(follow.longest), sorted(follow.ended)


class _Follow(TorchFunctionMode):
    """Keeps with every tensor that has positions the layers that it went through."""

    def __init__(self, image: Tensor, names: dict[int, str]) -> None:
        super().__init__()
        self.names, self.axes = names, image.dim() - 2
        self.paths: dict[int, tuple[tuple[SpatialLayer, ...], tuple[int, ...]]] = {id(image): ((), image.shape[2:])}
        self.kept = [image]  # an id is a tensor's only as long as the tensor lives
        self.longest: tuple[SpatialLayer, ...] = ()
        self.ended: set[str] = set()

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        found = function(*args, **kwargs)
        if (isinstance(found, Tensor) and found.dim() == self.axes + 2) or isinstance(found, tuple | list):
            sources = [x for x in _tensors((args, kwargs)) if id(x) in self.paths]
            for answer in _tensors(found) if sources else ():
                self._extend(function, args, kwargs, max(sources, key=self._depth), answer)
        return found

    def _extend(
        self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], source: Tensor, answer: Tensor
    ) -> None:
        if answer.dim() != self.axes + 2 or id(answer) in self.paths:
            return
        path, sides = self.paths[id(source)]
        layer = self._layer(function, args, kwargs, sides, answer)
        if layer is not None:
            path, sides = (*path, layer), answer.shape[2:]
        elif not _contains(answer.shape[1:], sides):  # channels may come last
            if any(new >= 2 * old or old >= 2 * new for old, new in zip(sides, answer.shape[2:], strict=True)):
                if any(new > 1 for new in answer.shape[2:]):
                    self.ended.add(getattr(function, "__name__", str(function)))
                return
            sides = answer.shape[2:]  # cropped or padded
        self.paths[id(answer)] = path, sides
        self.kept.append(answer)
        self.longest = max(self.longest, path, key=len)

    def _depth(self, tensor: Tensor) -> int:
        return len(self.paths[id(tensor)][0])

    def _layer(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        sides: tuple[int, ...],
        answer: Tensor,
    ) -> SpatialLayer | None:
        """The layer that was called; None for what is none, or pools all positions."""
        if function in CONVOLUTIONS:
            call = _arguments(("input", "weight", "bias", "stride", "padding", "dilation", "groups"), args, kwargs)
            weight = call["weight"]
            stride, dilation = (_each(call.get(name), self.axes, 1) for name in ("stride", "dilation"))
            name = self.names.get(id(weight), "convolution")
            return SpatialLayer(name, "convolution", tuple(weight.shape[2:]), stride, dilation, weight.detach())
        if function in POOLS and all(side > 1 for side in answer.shape[2:]):
            kind, axes = POOLS[function]
            order = ("input", "kernel_size", "stride", "padding", "dilation" if kind == "max pool" else "ceil_mode")
            call = _arguments(order, args, kwargs)
            size = _each(call["kernel_size"], axes, 1)
            stride = _each(call.get("stride"), axes, None) or size
            dilation = _each(call.get("dilation"), axes, 1)
            return SpatialLayer(kind, kind, size, stride, dilation, None)
        if function in ADAPTIVE and all(side > 1 for side in answer.shape[2:]):
            ends = [*zip(sides, answer.shape[2:], strict=True)]
            stride = tuple(old // new for old, new in ends)
            size = tuple(old - (new - 1) * (old // new) for old, new in ends)
            kind = "average pool"
            return SpatialLayer(kind, kind, size, stride, (1,) * self.axes, None) if max(stride) > 1 else None
        return None


def _tensors(value: Any) -> list[Tensor]:
    """All tensors inside nested lists, tuples and dictionaries."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        return _tensors(list(value.values()))
    return [x for item in value for x in _tensors(item)] if isinstance(value, tuple | list) else []


def _arguments(order: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(order, args, strict=False)), **kwargs}


def _contains(shape: Sequence[int], sides: Sequence[int]) -> bool:
    """Whether the sides of the image stand together in the shape."""
    return any(tuple(shape[n : n + len(sides)]) == tuple(sides) for n in range(len(shape) - len(sides) + 1))


def _each(value: Any, axes: int, default: Any) -> Any:
    """One number for each axis, from a number, a sequence, or nothing given."""
    if value is None or (isinstance(value, tuple | list) and not value):
        return None if default is None else (default,) * axes
    numbers = (int(value),) if isinstance(value, int) else tuple(int(x) for x in value)
    return numbers * (axes // len(numbers))
