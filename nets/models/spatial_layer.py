"""The record of one convolution or pooling of a model, and of all of them."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class SpatialLayer:
    """One convolution or pooling, as it was called, or a step over pixels between two of them.

    name      the filter's name among the model's parameters, without ".weight"; of others, their kind
    kind      "convolution", "max pool", "average pool", or "slices" that take every `stride`-th pixel, `size` of them
              as channels of their own
    size, stride, dilation     pixels of the layer below, one number for each axis of the image
    filters   (channels out, channels in of a group, *size) of a convolution, those that act; None for others
    fixed     whether training leaves the filters as they are: no parameters, not made of any, or frozen blurs
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
    fixed     whether the filters are no parameters and not made of any, or are frozen and one for all channels
    stored    the parameter that they are, None where they are made of others; `weight_shape` as it is called
    """

    name: str
    filters: Tensor
    learned: Tensor
    fixed: bool
    stored: str | None
    weight_shape: tuple[int, ...]


@dataclass(frozen=True)
class Trace:
    """The layers on the longest path that starts at the image, operators at which paths were lost, all convolutions."""

    layers: list[SpatialLayer]
    lost: list[str]
    convolutions: list[ConvolutionCall]
