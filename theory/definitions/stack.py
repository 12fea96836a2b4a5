"""Layers with any filter, stride and dilation, and stacks of them. A definition, shared by every room."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.definitions.ranges import LARGEST, require_whole, whole


@dataclass(frozen=True)
class Layer:
    """One convolution or pooling along an axis, f(a) = φ(Σ_o w(o) f'(s·a + d·o)), o = 0 … F−1, w non-negative.

    weights    w, of sum 1 (`layer` normalises)        stride, dilation    s, d in pixels of the layer below
    skips      whether the layer may skip pixels, as 1×1 convolutions with stride do; a pixel's displacement is then
               averaged over positions of which some are not seen at all
    padding    zeros before and after the image; of no effect far from its borders
    rectified  whether a layer f_k ends here, with its rectifier φ; a pooling inside a layer has none

    Raises ValueError, one sentence, for a layer that is no average or skips pixels.
    """

    weights: tuple[Fraction, ...]
    stride: int = 1
    dilation: int = 1
    skips: bool = False
    padding: tuple[int, int] = (0, 0)
    rectified: bool = True

    def __post_init__(self) -> None:
        require_whole(self, stride=(1, LARGEST), dilation=(1, LARGEST))
        if not self.weights or min(self.weights) < 0 or sum(self.weights) != 1:
            raise ValueError(f"the filter {_shown(self.weights)} is no average: use non-negative weights of sum 1")
        taps = [n * self.dilation for n, weight in enumerate(self.weights) if weight]
        if not self.skips and len({tap % self.stride for tap in taps}) < self.stride:
            raise ValueError(
                f"the filter {_shown(self.weights)} with stride {self.stride} and dilation {self.dilation} never sees "
                "some of the pixels: use a stride whose every remainder some weight covers"
            )

    @property
    def taps(self) -> dict[int, Fraction]:
        """{offset in pixels of the layer below: weight}, without zeros."""
        return {n * self.dilation: weight for n, weight in enumerate(self.weights) if weight}


Stack = tuple[Layer, ...]


def layer(weights: Sequence[float | Fraction], stride: int = 1, dilation: int = 1, **others: Any) -> Layer:
    """A layer with these weights, scaled to sum 1; ValueError where they have no positive sum."""
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact, Fraction(0))
    if total <= 0:
        raise ValueError(f"the filter {_shown(exact)} has the sum {float(total):g}: use one with a positive sum")
    return Layer(tuple(weight / total for weight in exact), stride, dilation, **others)


def box(size: int, stride: int = 1, dilation: int = 1, **others: Any) -> Layer:
    """The homogeneous filter of `size` pixels, or average pooling."""
    return layer([1] * whole("filter_size", size, 1, 2**16), stride, dilation, **others)


def strides(stack: Stack) -> list[int]:
    """[S_0, …, S_K]: the step in input pixels between neurons of layer k."""
    steps = [1]
    for layer_below in stack:
        steps.append(steps[-1] * layer_below.stride)
    return steps


def _shown(weights: Sequence[Fraction]) -> str:
    more = ", …" if len(weights) > 8 else ""
    return "[" + ", ".join(f"{float(weight):.3g}" for weight in weights[:8]) + more + "]"
