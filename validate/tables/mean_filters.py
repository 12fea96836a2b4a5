"""Tables 1 and 2: mean filters of every layer before and after training beside the printed ones, judged."""

import math
from dataclasses import dataclass, replace

import numpy as np

from nets.simple.training import Training
from theory.printed import MEAN_FILTERS
from validate.experiment import changes
from validate.exponents import interval
from validate.presets import preset_training
from validate.scaling.comparison import Comparison, Networks

# no layer that the paper calls positive (1 … 9, Table 1; 1 … 5, Table 2) but the layer of nearly vanishing filter
# deviates from its mean by more: layer 8 of Table 1 by 24 %
LARGEST_DEVIATION = 0.25
PRINTED_WIDTH = 1000


@dataclass(frozen=True)
class LayerFilters:
    """The mean filters of a layer; (S, F) over the seeds that learned, `initial` over all.

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
        if not len(self.filters):
            return math.nan
        filters = self.filters.mean(0)
        return float(np.abs(filters - filters.mean()).max() / abs(filters.mean()))

    @property
    def parabola(self) -> float:
        """Share of Σ_o (w(o) − w̄)² that is of the form a + b·o², o from the filter's centre, averaged over seeds; NaN
        for F < 4, where every symmetric filter is.

        In the diffusion limit a network depends on a symmetric filter through its sum and its variance Σ_o o² w(o)/Σ_o
        w(o) alone; of all filters that agree in these two the filter of smallest norm is a + b·o². A filter without any
        order has the share 1/(F−1) on average.
        """
        if not len(self.filters) or self.filters.shape[1] < 4:
            return math.nan
        filters = self.filters.mean(0)
        square = (np.arange(len(filters)) - (len(filters) - 1) / 2) ** 2
        rest, form = filters - filters.mean(), square - square.mean()
        return float((rest @ form) ** 2 / ((rest @ rest) * (form @ form)))

    @property
    def sign(self) -> int:
        """Of the filter's mean: +1 or −1 if its 95 % interval over seeds lies on one side of 0, else 0."""
        low, high = interval(self.filters.mean(1))
        return 1 if low > 0 else -1 if high < 0 else 0

    @property
    def printed_sign(self) -> int:
        """Of the printed filter's mean; 0 where none is printed."""
        return 0 if self.printed is None else int(np.sign(np.mean(self.printed)))

    @property
    def magnitude(self) -> float:
        """Ratio of the filter's mean, brought to the paper's width, to the printed one; NaN where none is printed."""
        if self.printed is None or not len(self.filters):
            return math.nan
        return float(self.scale * self.filters.mean() / np.mean(self.printed))

    @property
    def agrees(self) -> bool:
        """The verdict: homogeneous, of the printed sign, and in layer 1 of App. B.2 of the printed magnitude."""
        homogeneous = self.sign != 0 and self.deviation <= LARGEST_DEVIATION
        if not homogeneous or (self.printed is not None and self.sign != self.printed_sign):
            return False
        has_magnitude = self.layer == 1 and self.same_training and self.printed is not None
        return not has_magnitude or abs(self.magnitude - 1) <= LARGEST_DEVIATION


@dataclass(frozen=True)
class Judgement:
    """The table; `untrained_refused`, the negative control: the same judgement accepts no layer before training."""

    layers: tuple[LayerFilters, ...]
    networks: Networks
    untrained_refused: bool

    @property
    def holds(self) -> bool:
        """Whether every layer that is judged agrees, and untrained filters are refused."""
        return self.untrained_refused and all(layer.agrees for layer in self.layers if layer.judged)


def judge(comparison: Comparison, training: Training) -> Judgement:
    """All verdicts on the filters of trained networks."""
    assert comparison.networks is not None
    layers = mean_filters(comparison, training)
    untrained = (replace(layer, filters=layer.initial) for layer in layers if layer.judged)
    return Judgement(tuple(layers), comparison.networks, not any(layer.agrees for layer in untrained))


def mean_filters(comparison: Comparison, training: Training) -> list[LayerFilters]:
    """All layers, beside the printed ones where the networks have the paper's task, filter size and depth."""
    networks, task, architecture = comparison.networks, comparison.task, comparison.architecture
    assert networks is not None
    printed: list[tuple[tuple[float, ...] | None, tuple[float, ...] | None]] = [(None, None)] * architecture.depth
    same_training = False
    if task.kind != "parity" and task.dim == 1:
        paper = MEAN_FILTERS[task.kind]
        if (len(paper), len(paper[0][0])) == (architecture.depth, architecture.filter_size):
            printed = [*paper]
        same_training = changes(training, preset_training("paper", task.kind)).keys() <= {"channels", "seeds"}
    return [
        LayerFilters(
            layer=k + 1,
            initial=networks.initial_filters[:, k],
            filters=networks.filters[networks.learned, k],
            homogeneity=networks.homogeneity[networks.learned, k],
            printed_initial=printed[k][0],
            printed=printed[k][1],
            judged=bool(comparison.window[k]),
            scale=math.sqrt(training.channels / PRINTED_WIDTH) if k else 1.0,
            same_training=same_training,
        )
        for k in range(architecture.depth)
    ]
