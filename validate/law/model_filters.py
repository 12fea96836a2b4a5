"""Sum-rule defects of one layer's filters."""

from dataclasses import dataclass

import numpy as np
import torch

from nets.models.trace import SpatialLayer
from nets.simple.filters import channel_defect, defect, remainder_sums
from theory.sum_rule import sum_rule_defect
from validate.law.model_stack import idealised_layer
from validate.law.preference import MIDDLE


@dataclass(frozen=True)
class FilterDefects:
    """Sum-rule defects of one layer.

    homogeneous, channels_homogeneous   `defect` and `channel_defect` (nets.simple.filters) of the homogeneous filter
    mean_filter      of a convolution's filters: `defect` of their mean over channels
    single_filters   10 % and 90 % quantiles of the `defect` of single filters: the spread over channels
    channels         `channel_defect` of all of them
    learned          whether the filters are nearer to the sum rule than to the homogeneous filter
    """

    homogeneous: float
    channels_homogeneous: float
    mean_filter: float | None = None
    single_filters: tuple[float, float] | None = None
    channels: float | None = None
    learned: bool = False


def defects_of(layer: SpatialLayer) -> FilterDefects:
    """Of a fixed filter its own; of weights of a convolution with a stride beside those of the homogeneous filter."""
    if layer.fixed and layer.filters is not None:
        exact = max(float(sum_rule_defect(idealised_layer(layer, axis))) for axis in range(len(layer.size)))
        return FilterDefects(exact, exact)
    boxes = remainder_sums(torch.ones(1, 1, *layer.size), layer.stride, layer.dilation)
    homogeneous, channels_homogeneous = float(defect(boxes)), float(channel_defect(boxes))
    if layer.filters is None or max(layer.stride) == 1:
        return FilterDefects(homogeneous, channels_homogeneous)
    sums = remainder_sums(layer.filters, layer.stride, layer.dilation)
    low, high = np.nanquantile(defect(sums).cpu().numpy(), (0.1, 0.9))
    channels = float(channel_defect(sums))
    return FilterDefects(
        homogeneous,
        channels_homogeneous,
        mean_filter=float(defect(sums.mean((0, 1)))),
        single_filters=(float(low), float(high)),
        channels=channels,
        learned=channels < MIDDLE * channels_homogeneous,
    )
