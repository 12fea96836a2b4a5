"""Tables 1 and 2: mean filters of every layer before and after training beside the printed ones, judged."""

import math
from dataclasses import dataclass, replace

import numpy as np

from nets.training import Training
from theory.printed import MEAN_FILTERS
from validate.comparison import Comparison
from validate.exponents import interval
from validate.presets import preset_training, scaled

# no layer that the paper calls positive (1 … 9, Table 1; 1 … 5, Table 2) but the one whose filter is nearly 0 deviates
# from its mean by more: layer 8 of Table 1 by 24 %
LARGEST_DEVIATION = 0.25
PRINTED_WIDTH = 1000


@dataclass(frozen=True)
class Row:
    """The mean filters of one layer; (S, F) over the seeds that learned, `initial` over all.

    printed, printed_initial   of the paper; None where it has no such layer
    homogeneity                (S,) share of the constant mode in all filters (Eq. 3)
    judged                     whether the layer is in the window
    scale                      what brings the filters to width 1000: √(H/1000) in hidden layers, 1 in the first
    same_training              whether only width and seeds differ from App. B.2: the ridge sets the magnitude too
    """

    layer: int
    initial: np.ndarray
    filters: np.ndarray
    homogeneity: np.ndarray
    printed_initial: tuple[float, ...] | None
    printed: tuple[float, ...] | None
    judged: bool
    scale: float
    same_training: bool

    @property
    def deviation(self) -> float:
        """max_o |w(o) − w̄| / |w̄| of the filter averaged over seeds too."""
        return deviation(self.filters.mean(0)) if len(self.filters) else math.nan

    @property
    def sign(self) -> int:
        """Of the filter's mean: +1 or −1 if its 95 % interval over seeds lies on one side of 0, else 0."""
        if not len(self.filters):
            return 0
        low, high = interval(self.filters.mean(1))
        return 1 if low > 0 else -1 if high < 0 else 0

    @property
    def printed_sign(self) -> int:
        """Of the printed filter's mean; 0 where none is printed."""
        return 0 if self.printed is None else int(np.sign(np.mean(self.printed)))

    @property
    def homogeneous(self) -> bool:
        """Whether all weights have one sign over seeds and are alike within `LARGEST_DEVIATION`."""
        return self.sign != 0 and self.deviation <= LARGEST_DEVIATION

    @property
    def magnitude(self) -> float:
        """Ratio of the filter's mean, brought to the paper's width, to the printed one."""
        return math.nan if self.printed is None else float(self.scale * self.filters.mean() / np.mean(self.printed))

    @property
    def agrees(self) -> bool:
        """The verdict: homogeneous, of the printed sign, and in layer 1 of App. B.2 of the printed magnitude."""
        if not self.homogeneous or (self.printed is not None and self.sign != self.printed_sign):
            return False
        asked = self.layer == 1 and self.same_training and self.printed is not None
        return not asked or abs(self.magnitude - 1) <= LARGEST_DEVIATION


def deviation(self) -> float:
        """max_o |w(o) − w̄| / |w̄| of the filter averaged over seeds too."""
        return deviation(self.filters.mean(0)) if len(self.filters) else math.nan

    @property
    def sign(self) -> int:
        """Of the filter's mean: +1 or −1 if its 95 % interval over seeds lies on one side of 0, else 0."""
        if not len(self.filters):
            return 0
        low, high = interval(self.filters.mean(1))
        return 1 if low > 0 else -1 if high < 0 else 0

    @property
    def printed_sign(self) -> int:
        """Of the printed filter's mean; 0 where none is printed."""
        return 0 if self.printed is None else int(np.sign(np.mean(self.printed)))

    @property
    def homogeneous(self) -> bool:
        """Whether all weights have one sign over seeds and are alike within `LARGEST_DEVIATION`."""
        return self.sign != 0 and self.deviation <= LARGEST_DEVIATION

    @property
    def magnitude(self) -> float:
        """Ratio of the filter's mean to the printed one. Only the first layer's does not depend on the width."""
        return math.nan if self.printed is None else float(self.filters.mean() / np.mean(self.printed))

    @property
    def agrees(self) -> bool:
        """The verdict: homogeneous, of the printed sign, and in layer 1 of the printed magnitude within the same 25 %."""
        sign = self.printed is None or self.sign == self.printed_sign
        size = self.layer > 1 or self.printed is None or abs(self.magnitude - 1) <= LARGEST_DEVIATION
        return self.homogeneous and sign and size


def deviation(filters: np.ndarray) -> float:
    """max |w − w̄| / |w̄|."""
    mean = filters.mean()
    return float(np.abs(filters - mean).max() / abs(mean)) if mean else math.inf


def rows(comparison: Comparison, training: Training) -> list[Row]:
    """All layers, beside the printed ones where the networks have the paper's filter size and depth."""
    networks, kind = comparison.networks, comparison.task.kind
    assert networks is not None
    size, depth = comparison.architecture.filter_size, comparison.architecture.depth
    printed = MEAN_FILTERS.get(kind, []) if kind != "parity" and comparison.task.dim == 1 else []
    if not printed or len(printed) != depth or len(printed[0][0]) != size:
        printed = []
    learned = networks.learned
    changed = scaled(training, preset_training("paper", kind)) if kind != "parity" else {"task": kind}
    return [
        Row(
            layer=k + 1,
            initial=networks.initial_filters[:, k],
            filters=networks.filters[learned, k],
            homogeneity=networks.homogeneity[learned, k],
            printed_initial=printed[k][0] if printed else None,
            printed=printed[k][1] if printed else None,
            judged=bool(comparison.window[k]),
            scale=math.sqrt(training.channels / PRINTED_WIDTH) if k else 1.0,
            same_training=set(changed) <= {"channels", "seeds"},
        )
        for k in range(depth)
    ]


def untrained_refused(found: list[Row]) -> bool:
    """The negative control: the same judgement on the filters before training accepts no layer that is judged."""
    before = [replace(row, filters=row.initial) for row in found]
    return not any(row.agrees for row in before if row.judged)
