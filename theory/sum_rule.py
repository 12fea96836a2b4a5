"""The sum rule of order 1 (Strang and Fix): the fine pixels of every remainder modulo the stride weigh the same.

α > 0 if and only if it holds: docs/law.md, checked against the transfer matrix of `theory/refinement.py`.
"""

from fractions import Fraction

import numpy as np

from theory.stack import Layer


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


def nearest(weights: np.ndarray, stride: int) -> np.ndarray:
    """The non-negative filter of sum 1 that satisfies the sum rule and is nearest to the (F,) weights (Euclidean).

    The offsets of each remainder are projected onto their own simplex of sum 1/s: the same number is taken from each,
    and what would be negative is 0. Raises ValueError for F < s, where no such filter exists.
    """
    if len(weights) < stride:
        raise ValueError(
            f"a filter of {len(weights)} pixels with stride {stride} skips pixels and has no sum rule: use F >= s"
        )
    answer = np.empty(len(weights))
    for remainder in range(stride):
        v = np.asarray(weights[remainder::stride], dtype=float)
        descending = np.sort(v)[::-1]
        excess = (np.cumsum(descending) - 1 / stride) / np.arange(1, len(v) + 1)
        answer[remainder::stride] = np.maximum(v - excess[descending > excess][-1], 0)
    return answer
