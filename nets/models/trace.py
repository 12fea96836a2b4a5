"""The spatial layers of any PyTorch model, in the order in which an image meets them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nets.models.evaluation import as_read_by, evaluation_mode, first_line, inner_model, run
from nets.models.geometry import acting_filters, place_step, plain_value, window_of
from nets.models.marked import Marked, marked_image, recording
from nets.models.recorder import Call, Recorder, spatial_depth
from nets.models.spatial_layer import ConvolutionCall, SpatialLayer, Trace

__all__ = ["ConvolutionCall", "SpatialLayer", "Trace", "spatial_layers", "trace_model"]


@torch.no_grad()
def trace_model(model: nn.Module, image: Tensor) -> Trace:
    """Run the model, in evaluation mode, on the first of (B, C, …) images, one to three axes, and follow every
    element of every tensor (`nets.models.dependence`).

    A path goes on as long as its elements stand at different places of the image; where paths meet (skip connections),
    the one of more layers that are wider than a pixel goes on. It is lost where places get finer again, upsampling
    for one, and at operators of which it is not known what depends on what; those are named.

    Raises ValueError, one sentence, where the model does not take the image or cannot be followed.
    """
    recorder, axes = Recorder(), image.dim() - 2
    plain = as_read_by(model, image[:1])
    with evaluation_mode(model):
        run(model, plain.clone())  # what the model raises by itself is said as such, and lazy weights are made
        paths = _Paths(inner_model(model), recorder, image.shape[2:])
        recorder.extend = paths.extend
        marked = marked_image(plain, recorder)
        try:
            with recording(inner_model(model), recorder, axes):
                model(marked)
        except Exception as error:  # it takes images, but not marked ones
            recorder.lost.append(f"{recorder.where} ({type(error).__name__}: {first_line(error)})")
    return Trace(list(paths.longest), list(dict.fromkeys(recorder.lost)), paths.convolutions)


def spatial_layers(model: nn.Module, image: Tensor) -> tuple[list[SpatialLayer], list[str]]:
    """`layers` and `lost` of `trace_model`."""
    trace = trace_model(model, image)
    return trace.layers, trace.lost


Path = tuple[SpatialLayer, ...]


class _Paths:
    """Turns recorded calls into layers."""

    def __init__(self, model: nn.Module, recorder: Recorder, sides: Sequence[int]) -> None:
        self.recorder, self.sides, self.axes = recorder, tuple(sides), len(sides)
        self.parameters = {
            parameter.untyped_storage().data_ptr(): name.removesuffix("weight").removesuffix(".") or "convolution"
            for name, parameter in model.named_parameters()
        }
        self.own = {name: _own_parameters(module) for name, module in model.named_modules()}
        self.longest: Path = ()
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
            path = (*path, *between, layer)
        self.longest = max(self.longest, path, key=spatial_depth)
        return path

    def _convolution(self, call: Call) -> ConvolutionCall:
        weight = plain_value(call.operation.args[1])
        behind = call.source.marks[-1].amax([0, *range(2, call.source.dim())]) > 0
        name = self.parameters.get(weight.untyped_storage().data_ptr(), call.module or "convolution")
        return ConvolutionCall(name, acting_filters(call.operation), behind, self._fixed(call, weight))

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

    def _fixed(self, call: Call, weight: Tensor) -> bool:
        if isinstance(call.operation.args[1], Marked) and call.operation.args[1].marks[0].any():
            return False  # made from the image
        if weight.untyped_storage().data_ptr() in self.parameters:
            return False
        return not any(count >= weight.numel() for count in self.own.get(call.module, []))

    def _receptive_field(self, output: Marked) -> tuple[int, ...]:
        fields = []
        for axis in range(self.axes):
            after, before = output.marks[axis], output.marks[self.axes + axis]
            fields.append(int((after + before - self.sides[axis])[after > 0].max()) if bool((after > 0).any()) else 0)
        return tuple(fields)


def _own_parameters(module: nn.Module) -> list[int]:
    """Sizes of the module's own parameters, and of those that its own are derived from."""
    return [
        parameter.numel()
        for name, parameter in module.named_parameters()
        if "." not in name or name.startswith("parametrizations.")
    ]
