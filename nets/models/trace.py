"""The spatial layers of any PyTorch model, in the order in which an image meets them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.models.dependence import Operation
from nets.models.evaluation import as_read_by, evaluation_mode, first_line, inner_model, run
from nets.models.marked import Call, Marked, Recorder, marked_image, recording, spatial_depth


@dataclass(frozen=True)
class SpatialLayer:
    """One convolution or pooling, as it was called, or a step over pixels between two of them.

    name      the filter's name among the model's parameters, without ".weight"; of others, their kind
    kind      "convolution", "max pool", "average pool", or "slices" that take every `stride`-th pixel, `size` of them
              as channels of their own
    size, stride, dilation     pixels of the layer below, one number for each axis of the image
    filters   (channels out, channels in of a group, *size) of a convolution, those that act; None for others
    fixed     whether the filters are no parameters and not made of any, so that training leaves them as they are
    receptive_field   pixels of the image along each axis within which an output depends on it, over all paths, at most
              `image`, the image's sides; None where they are not known
    """

    name: str
    kind: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    filters: Tensor | None
    fixed: bool = False
    receptive_field: tuple[int, ...] | None = None
    image: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ConvolutionCall:
    """One call of a convolution, wherever it is in the model.

    name      of the weights, or of the module that runs
    filters   that act, (out, in of a group, …)
    learned   (in,) channels behind another learned layer
    fixed     whether the filters are no parameters and not made of any
    """

    name: str
    filters: Tensor
    learned: Tensor
    fixed: bool


@dataclass(frozen=True)
class Trace:
    """The layers on the longest path that starts at the image, operators at which paths were lost, all convolutions."""

    layers: list[SpatialLayer]
    lost: list[str]
    convolutions: list[ConvolutionCall]


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
        """The path of the answer; None where it is lost."""
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
        weight = _plain(call.operation.args[1])
        behind = call.source.marks[-1].amax([0, *range(2, call.source.dim())]) > 0
        name = self.parameters.get(weight.untyped_storage().data_ptr(), call.module or "convolution")
        return ConvolutionCall(name, _filters(call.operation), behind, self._fixed(call, weight))

    def _standing(self, tensor: Marked) -> list[list[int]] | None:
        """For each axis of the tensor behind channels, the axes of the image along which places change; None where
        one of the tensor's follows several.
        """
        places = tensor.marks[2 * self.axes : 3 * self.axes]
        found: list[list[int]] = []
        for dim in range(2, tensor.dim()):
            along = [a for a, place in enumerate(places) if _step(place, dim)]
            if len(along) > 1:
                return None
            found.append(along)
        return found

    def _between(self, path: Path, source: Marked) -> Path | None:
        """The step over pixels between the path's last layer and the source, if there is one; None where places are
        finer than the path's.
        """
        size, stride = [1] * self.axes, [1] * self.axes
        for axis, place in enumerate(source.marks[2 * self.axes : 3 * self.axes]):
            steps = [step for dim in range(2, source.dim()) if (step := _step(place, dim))]
            if not steps:
                continue
            known = 1
            for layer in path:
                known *= layer.stride[axis]
            ratio = round(steps[0] / known)
            if abs(steps[0] / known - ratio) > 0.25 or ratio < 1:
                return None
            dims = [d for d in range(source.dim()) if not _step(place, d) or d < 2]
            spread = (place.amax(dims) - torch.where(place == 0, torch.inf, place).amin(dims)).max()
            stride[axis], size[axis] = ratio, 1 + round(float(spread) / known)
        if max(stride) == 1:
            return ()
        return (SpatialLayer("slices", "slices", tuple(size), tuple(stride), (1,) * self.axes, None),)

    def _layer(self, call: Call, standing: list[list[int]]) -> SpatialLayer | None:
        window = _window(call.operation)
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


def _filters(operation: Operation) -> Tensor:
    """(out, in of a group, …) weights that act; those of a transposed convolution as the convolution of stride 1 that
    it is between pixels set apart.
    """
    weight = _plain(operation.args[1]).detach()
    if not operation.argument("transposed", False):
        return weight
    groups = operation.argument("groups", 1)
    by_group = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2)
    return by_group.flatten(0, 1).flip([*range(2, weight.dim())])


def _plain(tensor: Tensor) -> Tensor:
    value: Tensor = tensor.value if isinstance(tensor, Marked) else tensor
    return value


def _step(place: Tensor, dim: int) -> float:
    """The middle difference of the places of neighbours along `dim`, 0 where there are none or they are the same."""
    if place.shape[dim] < 2:
        return 0.0
    lower, upper = place.narrow(dim, 0, place.shape[dim] - 1), place.narrow(dim, 1, place.shape[dim] - 1)
    both = (lower > 0) & (upper > 0)
    return float((upper - lower)[both].abs().median()) if bool(both.any()) else 0.0


def _window(operation: Operation) -> tuple[list[int], list[int], list[int]] | None:
    """(size, stride, dilation) of a convolution or pooling; None for one that makes places finer."""
    if "adaptive" in operation.name:
        return _adaptive(operation)
    if "conv" in operation.name:
        size = list(_plain(operation.args[1]).shape[2:])
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
