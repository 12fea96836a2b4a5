"""When identical layers pool: the sum rule of order 1 (Strang and Fix), and taps without a common divisor.

    α > 0  ⟺  D_k → 0  ⟺  W_c = 1/s for every remainder c modulo s, and g = gcd{o − o' : w(o) w(o') > 0} = 1    (L6)

for non-negative filters and every stride, 1 included. Proof: docs/law.md, § 3.
"""

import math
from fractions import Fraction

import numpy as np

from theory.definitions.stack import Layer


def class_weights(layer: Layer) -> list[Fraction]:
    """W_c = Σ_{o ≡ c mod s} w(o): how much of a neuron's weight the fine pixels of each remainder get."""
    weights = [Fraction(0)] * layer.stride
    for offset, weight in layer.taps.items():
        weights[offset % layer.stride] += weight
    return weights


def sum_rule_defect(layer: Layer) -> Fraction:
    """max W_c − min W_c: 0 where the sum rule holds."""
    weights = class_weights(layer)
    return max(weights) - min(weights)


def common_divisor(layer: Layer) -> int:
    """g = gcd{o − o' : w(o) w(o') > 0}; 0 for a single tap.

    For g ≠ 1 no two neighbours meet in a neuron: C_k(1) = 0 and D_k = 2 in every layer (L7).

    >>> from theory.definitions.stack import box, layer
    >>> common_divisor(layer([1, 0, 0, 1], 2)), common_divisor(box(3, 3, dilation=2)), common_divisor(box(2, 2))
    (3, 2, 1)
    """
    first = min(layer.taps)
    return math.gcd(*(tap - first for tap in layer.taps))


def pools(layer: Layer) -> bool:
    """Whether D_k → 0 as layers of this filter and stride are stacked: sum rule and g = 1 (L6).

    >>> from theory.definitions.stack import box, layer
    >>> pools(box(2, 2)), pools(box(3, 2)), pools(layer([1, 0, 0, 1], 2)), pools(box(2, dilation=2))
    (True, False, False, False)
    """
    return sum_rule_defect(layer) == 0 and common_divisor(layer) == 1


def nearest(weights: np.ndarray, stride: int) -> np.ndarray:
    """The non-negative filter of sum 1 that satisfies the sum rule and is nearest to the (F,) weights (Euclidean).

    The offsets of each remainder are projected onto their own simplex of sum 1/s: the same number is taken from each,
    and what would be negative is 0. Raises ValueError for F < s, where no such filter exists.
    """
    if len(weights) < stride:
        raise ValueError(
            f"a filter of {len(weights)} pixels with stride {stride} skips pixels and has no sum rule: use F >= s"
        )
    projected = np.empty(len(weights))
    for remainder in range(stride):
        v = np.asarray(weights[remainder::stride], dtype=float)
        descending = np.sort(v)[::-1]
        excess = (np.cumsum(descending) - 1 / stride) / np.arange(1, len(v) + 1)
        projected[remainder::stride] = np.maximum(v - excess[descending > excess][-1], 0)
    return projected
