"""A module whose outputs, or inputs, are blurred, then subsampled."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nets.models.evaluation import AnswerRefused

CONVOLVE: dict[int, Callable[..., Tensor]] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def binomial(size: int) -> Tensor:
    """(size,) binomial coefficients over 2^(size − 1): [1, 2, 1]/4 for 3, [1] for 1; float64."""
    coefficients = torch.tensor([math.comb(size - 1, n) for n in range(size)], dtype=torch.float64)
    return coefficients / 2.0 ** (size - 1)


class Antialiased(nn.Module):
    """y(n) = Σ_p b(p) f(s n + p): f is what the module `dense` gives, b the binomial of `blur` pixels along each axis
    of stride s > 1, f reflected at its borders; if `before`, y is what `dense` gives of its blurred input f.

    step    the name of the step whose stride this is

    The attributes of the module, its weight for one, are those of `dense`.
    """

    taps: Tensor

    def __init__(
        self, dense: nn.Module, stride: Sequence[int], blur: int, before: bool = False, step: str = ""
    ) -> None:
        super().__init__()
        self.sizes = tuple(blur if s > 1 else 1 for s in stride)
        taps = torch.ones((), dtype=torch.float64)
        for size in self.sizes:
            taps = taps[..., None] * binomial(size)
        self.register_buffer("taps", taps, persistent=False)
        self.dense, self.stride, self.training = dense, tuple(stride), dense.training  # after its own buffer
        self.before, self.step = before, step

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("dense"), name)

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raises AnswerRefused where f is too small to be reflected."""
        if not self.before:
            f: Tensor = self.dense(*args, **kwargs)
            return self._blurred(f, beyond_border(self.dense, f.shape[-len(self.stride) :], self.stride))
        args, first = (args[1:], args[0]) if args else (args, kwargs.pop("input"))
        output: Tensor = self.dense(self._blurred(first, [0] * len(self.stride)), *args, **kwargs)
        return output

    def _blurred(self, f: Tensor, beyond: Sequence[int]) -> Tensor:
        axes = len(self.stride)
        margins = [((b - 1) // 2, b // 2 + more) for b, more in zip(self.sizes, beyond, strict=True)]
        if any(max(margin) >= side for margin, side in zip(margins, f.shape[-axes:], strict=True) if max(margin)):
            sides = " × ".join(map(str, f.shape[-axes:]))
            raise AnswerRefused(
                f"a blur of {max(self.sizes)} pixels cannot be reflected at the borders of {sides} "
                f"{'inputs' if self.before else 'outputs'} of {type(self.dense).__name__}: use a shorter blur, larger "
                "images, or name other layers"
            )
        padding = [*itertools.chain.from_iterable(reversed(margins))]
        padded = F.pad(f, padding, mode="reflect") if any(padding) else f
        channels = f.shape[-axes - 1]
        taps = self.taps.to(f).expand(channels, 1, *self.sizes)
        return CONVOLVE[axes](padded, taps, stride=self.stride, groups=channels)


def beyond_border(step: nn.Module, dense: Sequence[int], stride: Sequence[int]) -> list[int]:
    """By how many pixels, along each axis, the last of a pooling's outputs lies beyond its `dense` ones: with
    `ceil_mode` its window may end outside, if it begins inside.
    """
    if not getattr(step, "ceil_mode", False):
        return [0] * len(stride)
    size, padding, dilation = (
        by_axis(getattr(step, name, 1), len(stride)) for name in ("kernel_size", "padding", "dilation")
    )
    beyond = []
    for side, s, f, p, d in zip(dense, stride, size, padding, dilation, strict=True):
        last = math.ceil((side - 1) / s) * s
        inside = last < side + d * (f - 1) - p
        beyond.append(last - (side - 1) if inside and last >= side else 0)
    return beyond


def by_axis(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """One number for each axis."""
    return (value,) * axes if isinstance(value, int) else tuple(value) * (axes // len(tuple(value)))


def set_stride(step: nn.Module, stride: Sequence[int]) -> None:
    """Of a convolution or pooling."""
    step.stride = tuple(stride)  # type: ignore[assignment]
