"""Remedies for a layer that does not pool: a longer filter without holes, or a blur."""

from dataclasses import replace

from theory.definitions.stack import Layer, box, layer
from theory.sum_rule import common_divisor, pools


def unchanged(original: Layer) -> list[Layer]:
    """The layer itself."""
    return [original]


def lengthened(original: Layer) -> list[Layer]:
    """The layer, or where it does not pool (L6) the box without holes over the pixels that it spans, lengthened to a
    multiple of its stride. A single pixel without stride changes nothing and stays.
    """
    if pools(original) or (len(original.taps) == 1 and original.stride == 1):
        return [original]
    span = max(original.taps) - min(original.taps) + 1
    return [box(span + -span % original.stride, original.stride)]


def blurred(original: Layer) -> list[Layer]:
    """The filter at stride 1, then the triangle of `blur` with the stride; a layer that pools as it is."""
    if lengthened(original) == [original]:
        return [original]
    return [replace(original, stride=1), layer(blur(original), original.stride)]


def blur(original: Layer) -> list[int]:
    """The triangle whose mask is 0 at every 2πj/s, or without a stride at every 2πj/g, g the distance of the taps."""
    return triangle(original.stride if original.stride > 1 else common_divisor(original))


def triangle(stride: int) -> list[int]:
    """[1, 2, 1] for stride 2: the shortest symmetric filter of order 2, two boxes of s pixels convolved."""
    return [*range(1, stride + 1), *range(stride - 1, 0, -1)]
