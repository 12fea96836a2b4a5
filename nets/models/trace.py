"""The spatial layers of any PyTorch model, in the order in which an image meets them."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from nets.models.evaluation import ModelFailure, as_read_by, evaluation_mode, first_line, inner_model, run
from nets.models.following import marked_image, recording
from nets.models.geometry import acting_filters, plain_value, window_of
from nets.models.marked import Marked
from nets.models.operation import place_step
from nets.models.recorder import Call, Recorder, spatial_depth
from nets.models.spatial_layer import ConvolutionCall, SpatialLayer, Trace

__all__ = ["ConvolutionCall", "SpatialLayer", "Trace", "accepted_images", "spatial_layers", "trace_model"]


@torch.no_grad()
def trace_model(model: nn.Module, image: Tensor) -> Trace:
    """Run the model, in evaluation mode, on the first of (B, C, …) images (all where it takes no single one), one to
    three axes, and follow every
    element of every tensor (`nets.models.dependence`).

    A path goes on as long as its elements stand at different places of the image; where paths meet (skip connections),
    the one of more layers that are wider than a pixel goes on. It is lost where places get finer again, upsampling
    for one, and at operators of which it is not known what depends on what; those are named.

    Raises ValueError, one sentence, where the model does not take the image or cannot be followed.
    """
    recorder, axes = Recorder(), image.dim() - 2
    with evaluation_mode(model):
        plain = accepted_images(model, image)
        paths = _Paths(inner_model(model), recorder, image.shape[2:])
        recorder.extend = paths.extend
        marked = marked_image(plain, recorder)
        try:
            with recording(inner_model(model), recorder, axes):
                output = model(marked)
            _require_image(output, recorder)
        except (Exception, SystemExit) as error:  # it takes images, but not marked ones
            recorder.lost.append(f"{recorder.where} ({type(error).__name__}: {first_line(error)})")
    if recorder.coarsened is not None and not paths.stepped:
        recorder.lost.append(recorder.coarsened)
    return Trace(list(paths.longest), list(dict.fromkeys(recorder.lost)), paths.convolutions)


def accepted_images(model: nn.Module, image: Tensor) -> Tensor:
    """One image, or all where the model takes a certain number; what it raises by itself is said as such, and lazy
    weights are made.
    """
    single = as_read_by(model, image[:1])
    try:
        run(model, single.clone())
        return single
    except ModelFailure:
        if len(image) == 1:
            raise
    whole = as_read_by(model, image)
    run(model, whole.clone())
    return whole


def _require_image(output: Any, recorder: Recorder) -> None:
    """Note where the output comes from numbers that were read out of tensors."""
    tensors = [leaf for leaf in pytree.tree_leaves(output) if isinstance(leaf, Tensor)]
    if (
        tensors
        and not recorder.lost
        and not any(isinstance(tensor, Marked) and tensor.marks[0].any() for tensor in tensors)
    ):
        recorder.lost.append("the model itself, whose output is made of plain numbers")


def spatial_layers(model: nn.Module, image: Tensor) -> tuple[list[SpatialLayer], list[str]]:
    """`layers` and `lost` of `trace_model`."""
    trace = trace_model(model, image)
    return trace.layers, trace.lost


def stored_parameters(model: nn.Module) -> dict[int, str]:
    """{address: name without ".weight"} of the model's parameters."""
    return {
        parameter.untyped_storage().data_ptr(): name.removesuffix("weight").removesuffix(".") or "convolution"
        for name, parameter in model.named_parameters()
    }


Path = tuple[SpatialLayer, ...]


class _Paths:
    """Turns recorded calls into layers."""

    def __init__(self, model: nn.Module, recorder: Recorder, sides: Sequence[int]) -> None:
        self.recorder, self.sides, self.axes = recorder, tuple(sides), len(sides)
        self.parameters = stored_parameters(model)
        self.longest: Path = ()
        self.stepped = False
        self.filters: dict[str, Tensor] = {}
        self.convolutions: list[ConvolutionCall] = []

    def extend(self, call: Call) -> Path | None:
        """The path of the output; None where it is lost."""
        path: Path | None = call.source.path
        if "conv" in call.operation.name:
            self.convolutions.append(self._convolution(call))
        if path is None or not call.source.marks[0].any():
            return path
        standing = self._standing(call.source)
        if standing is None:
            self.recorder.lost.append(call.module or call.operation.name)
            return None
        if all(not which for which in standing):
            return ()
        if call.operation.argument("transposed", False) and max(call.operation.argument("stride")) > 1:
            self.recorder.lost.append(call.module or call.operation.name)
            return None
        between = self._between(path, call.source)
        layer = self._layer(call, standing)
        if between is None or layer is None:
            self.recorder.lost.append(call.module or call.operation.name)
            return None
        if not any(which for which in self._standing(call.output) or [[0]]):
            return ()
        if max(*layer.size, *layer.stride) > 1 or layer.filters is not None:  # adaptive pooling may do nothing
            path = (*_stepped(path, between), layer)
        self.stepped |= bool(between)
        self.longest = max(self.longest, path, key=spatial_depth)
        return path

    def _convolution(self, call: Call) -> ConvolutionCall:
        weight, filters = plain_value(call.operation.args[1]), acting_filters(call.operation)
        behind = call.source.marks[-1].amax([0, *range(2, call.source.dim())]) > 0
        stored = self.parameters.get(weight.untyped_storage().data_ptr())
        name = self._named(stored or call.module or "convolution", filters)
        return ConvolutionCall(name, filters, behind, self._fixed(call, filters), stored, tuple(weight.shape))

    def _named(self, name: str, filters: Tensor) -> str:
        """Another name where other filters have it already, those of another call inside one module."""
        for number in itertools.count(1):
            numbered = name if number == 1 else f"{name} ({number})"
            known = self.filters.setdefault(numbered, filters)
            if known.shape == filters.shape and torch.equal(known, filters):
                break
        return numbered

    def _standing(self, tensor: Marked) -> list[list[int]] | None:
        """For each axis of the tensor behind channels, the axes of the image along which places change; None where
        one of the tensor's follows several.
        """
        places = tensor.marks[2 * self.axes : 3 * self.axes]
        axes_of_dims: list[list[int]] = []
        for dim in range(2, tensor.dim()):
            along = [a for a, place in enumerate(places) if place_step(place, dim)]
            if len(along) > 1:
                return None
            axes_of_dims.append(along)
        return axes_of_dims

    def _between(self, path: Path, source: Marked) -> Path | None:
        """The step over pixels between the path's last layer and the source, if there is one; None where places are
        finer than the path's.
        """
        size, stride = [1] * self.axes, [1] * self.axes
        for axis, place in enumerate(source.marks[2 * self.axes : 3 * self.axes]):
            steps = [step for dim in range(2, source.dim()) if (step := place_step(place, dim))]
            if not steps:
                continue
            known = 1
            for layer in path:
                known *= layer.stride[axis]
            ratio = round(steps[0] / known)
            if abs(steps[0] / known - ratio) > 0.25 or ratio < 1:
                return None
            dims = [d for d in range(source.dim()) if not place_step(place, d) or d < 2]
            spread = (place.amax(dims) - torch.where(place == 0, torch.inf, place).amin(dims)).max()
            stride[axis], size[axis] = ratio, 1 + round(float(spread) / known)
        if max(stride) == 1:
            return ()
        return (SpatialLayer("slices", "slices", tuple(size), tuple(stride), (1,) * self.axes, None),)

    def _layer(self, call: Call, standing: list[list[int]]) -> SpatialLayer | None:
        window = window_of(call.operation)
        if window is None:
            return None
        size, stride, dilation = (self._by_axis(numbers, standing) for numbers in window)
        reach = self._receptive_field(call.output)
        if "conv" in call.operation.name:
            convolution = self.convolutions[-1]
            name, filters, fixed = convolution.name, convolution.filters, convolution.fixed
            return SpatialLayer(name, "convolution", size, stride, dilation, filters, fixed, reach, self.sides)
        kind = "max pool" if "max" in call.operation.name else "average pool"
        return SpatialLayer(kind, kind, size, stride, dilation, None, False, reach, self.sides)

    def _by_axis(self, numbers: Sequence[int], standing: list[list[int]]) -> tuple[int, ...]:
        """Of each axis of the image, 1 for those along which the layer does nothing."""
        by_axis = [1] * self.axes
        for number, along in zip(numbers, standing[len(standing) - len(numbers) :], strict=True):
            if along:
                by_axis[along[0]] = int(number)
        return tuple(by_axis)

    def _fixed(self, call: Call, filters: Tensor) -> bool:
        weight = call.operation.args[1]
        if isinstance(weight, Marked) and weight.marks[0].any():
            return False  # made from the image
        alike = filters.shape[1] == 1 and torch.allclose(filters, filters[:1].expand_as(filters))
        frozen = isinstance(weight, nn.Parameter) and not weight.requires_grad
        return not self.recorder.is_learned(plain_value(weight)) or (frozen and alike)

    def _receptive_field(self, output: Marked) -> tuple[int, ...]:
        fields = []
        for axis in range(self.axes):
            after, before = output.marks[axis], output.marks[self.axes + axis]
            fields.append(int((after + before - self.sides[axis])[after > 0].max()) if bool((after > 0).any()) else 0)
        return tuple(fields)


def _stepped(path: Path, between: Path) -> Path:
    """A step to every `stride`-th pixel is the stride of the layer before it."""
    if not path or not between or max(between[0].size) > 1:
        return (*path, *between)
    stride = tuple(a * b for a, b in zip(path[-1].stride, between[0].stride, strict=True))
    return (*path[:-1], replace(path[-1], stride=stride))
