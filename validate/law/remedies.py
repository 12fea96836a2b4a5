"""What to put in the place of a layer that does not pool: a longer filter without holes, or a blur."""

from dataclasses import replace

from theory.definitions.stack import Layer, box, layer
from theory.sum_rule import common_divisor, pools


def unchanged(one: Layer) -> list[Layer]:
    """The layer itself."""
    return [one]


def longer(one: Layer) -> list[Layer]:
    """The layer, or where it does not pool (L6) the box without holes over the pixels that it spans, lengthened to a
    multiple of its stride. A single pixel without stride changes nothing and stays.
    """
    if pools(one) or (len(one.taps) == 1 and one.stride == 1):
        return [one]
    span = max(one.taps) - min(one.taps) + 1
    return [box(span + -span % one.stride, one.stride)]


def blurred(one: Layer) -> list[Layer]:
    """The filter at stride 1, then the triangle of `blur` with the stride; a layer that pools as it is."""
    if longer(one) == [one]:
        return [one]
    return [replace(one, stride=1), layer(blur(one), one.stride)]


def blur(one: Layer) -> list[int]:
    """The triangle whose mask is 0 at every 2πj/s, or without a stride at every 2πj/g, g the distance of the taps."""
    return triangle(one.stride if one.stride > 1 else common_divisor(one))


def triangle(stride: int) -> list[int]:
    """[1, 2, 1] for stride 2: the shortest symmetric filter of order 2, two boxes of s pixels after one another."""
    return [*range(1, stride + 1), *range(stride - 1, 0, -1)]
