"""Idle steps, those without a hinge loss, taken without computing them.

Such a step multiplies all filters by 1 − 2·learning rate·ridge/K and leaves the rest alone. Along τ = −ln(scale of the
filters) every margin y·output is therefore a known continuous function, and the next active step is the first whose
batch holds a margin below 1. A visit to an image is passed over where

    margin at an earlier τ₀ − speed·(τ − τ₀) ≥ 1,

and computed otherwise. `speed` is `margins.SAFETY` times the fastest change of any margin of this network that was
measured. Every margin that is computed is held to it: where one has moved at more than half of it, all that was passed
over since the filters last changed is done again with a greater speed. So the active steps are those of the plain loop
if no margin that was passed over had fallen, since it was last computed, more than twice as fast as the fastest one
computed.

That is a condition, held to at every margin that is computed, and no proof. Where `nets.simple.lipschitz` proves speeds
that are at most `margins.PROVED_OVER_MEASURED` times as great they are used, and nothing is left to a condition: in
task 2 (width 64) from some epoch between 500 and 1,000 on, at the cost of 6 to 32 % more rows. In task 1 (width 1000)
the proved speed is a million times the true one; it would decide nothing.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from nets.simple import lipschitz
from nets.simple.descent import scaled_outputs, scaled_step
from nets.simple.image_sets import ImageSets, KindsAndPlan
from nets.simple.margins import Margins, evaluate_margins
from nets.simple.network import SimpleCNNs
from nets.simple.patches import BatchPlan, plan_batches

MOST_STEPS = 32  # whose visits are computed in one product of matrices


@dataclass(frozen=True)
class Window:
    """The T steps until the next evaluation.

    batches   (T, B) places of images          rates   (T,) learning rates
    scales    (T + 1,) filters over stored filters before each step and after the last, as long as none is active
    """

    batches: np.ndarray
    rates: np.ndarray
    scales: np.ndarray


def advance(network: SimpleCNNs, sets: ImageSets, window: Window, margins: Margins) -> tuple[Margins, int]:
    """Take the steps of the window: (margins of training and validation images after the last, active steps).

    Stored filters change at active steps alone; after the window they count window.scales[-1] times. `margins` are
    those before the first step.
    """
    search = _Search(network, sets, window, margins, margins)
    search.margins = search.begin = search.within_horizon(margins)
    if margins.speed is None:
        search.measure_speed()
    while True:
        waiting = search.waiting()
        if not len(waiting):
            if search.has_arrived():
                return search.margins.next_window(), search.active
        elif search.spent >= search.cost_of_all and search.lacks_some():
            search.start_again_from_known_margins()
        else:
            search.visit(waiting[: search.chunk])


@dataclass
class _Search:
    """A network on its way through a window.

    begin      margins at step `changed`, where the filters last changed, to begin again with
    chunk      how many steps with undecided visits are computed at once: doubled as long as none is active
    spent      rows of patches computed since the filters last changed
    proved     whether what is passed over rests on proved speeds
    """

    network: SimpleCNNs
    sets: ImageSets
    window: Window
    margins: Margins
    begin: Margins
    changed: int = 0
    step: int = 0
    chunk: int = 1
    spent: float = 0
    active: int = 0
    proved: bool = False
    tau: np.ndarray = field(init=False)
    kinds: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.tau, self.kinds = (
            -np.log(self.window.scales / self.window.scales[0]),
            self.sets.kinds[self.window.batches],
        )
        self.rounding = 256 * torch.finfo(self.network.offset.dtype).eps  # a dozen layers, outputs of order 10
        self.cost_of_all = _rows(self.sets.train[1])

    def waiting(self) -> np.ndarray:
        """Steps that must be computed."""
        self.proved = self.margins.is_proved
        return self.step + np.flatnonzero(self.undecided(np.arange(self.step, len(self.kinds))).any(axis=1))

    def undecided(self, steps: np.ndarray) -> np.ndarray:
        """(T, B): visits at these steps that must be computed: all, until all margins are known."""
        if self.lacks_some():
            return np.ones_like(self.kinds[steps], dtype=bool)
        return self.margins.undecided(self.kinds[steps], self.tau[steps], self.rounding)

    def lacks_some(self) -> bool:
        return bool(np.isnan(self.margins.values[self.sets.train[0]]).any())

    def measure_speed(self) -> None:
        """From the margins before and after the window."""
        self.compute_all(self.sets.train, 0)
        self.begin = self.margins
        self.compute_all(self.sets.train, len(self.kinds))
        self.begin = self.margins = self.begin.with_speed_for(self.margins.fastest)

    def start_again_from_known_margins(self) -> None:
        """Compute all margins, once what was computed since the filters last changed has cost as much."""
        self.compute_all(self.sets.train, self.step)
        self.begin, self.changed, self.spent = self.margins, self.step, 0

    def compute_all(self, images: KindsAndPlan, step: int) -> None:
        scale, tau = float(self.window.scales[step]), float(self.tau[step])
        margins = evaluate_margins(self.network, self.sets, images, scale, self.margins, tau, self.rounding)
        self.margins = self.within_horizon(margins)

    def within_horizon(self, margins: Margins) -> Margins:
        """Without proved speeds where the window is longer than they hold."""
        return margins if self.tau[-1] <= lipschitz.HORIZON else margins.without_proof()

    def has_arrived(self) -> bool:
        """Whether all margins after the last step, computed, are where the speed allows."""
        self.compute_all(self.sets.evaluated, len(self.kinds))
        return not self._begins_again()

    def visit(self, steps: np.ndarray) -> None:
        """Compute the undecided visits of these steps, and take the first that is active."""
        undecided = self.undecided(steps)
        most = undecided.sum(axis=1).max()
        columns = np.argsort(~undecided, axis=1, kind="stable")[:, :most]  # undecided first; the rest comes along
        images = np.take_along_axis(self.window.batches[steps], columns, axis=1)
        plan = self._plan(images)
        values = self._outputs(plan, steps) * self.sets.labels[self.sets.kinds[images]]
        self.spent += _rows(plan)
        below = values < 1
        active = below.any(axis=1)
        last = int(active.argmax()) if active.any() else len(steps) - 1
        for n in range(last + 1):
            self._compute(self.sets.kinds[images[n]], values[n], steps[n])
        if self._begins_again():
            return
        self.step, self.chunk = steps[last] + 1, min(2 * self.chunk, MOST_STEPS)
        if active.any():
            self._take(steps[last], images[last][below[last]])

    def _take(self, step: int, violated: np.ndarray) -> None:
        """Take an active step. Images of margin 1 or more have no gradient, and no part in it."""
        labels = torch.as_tensor(self.sets.labels[self.sets.kinds[violated]])
        scale, after = self.window.scales[step], self.window.scales[step + 1]
        slope = -labels.to(self.network.offset).unsqueeze(0) / self.kinds.shape[1]
        scaled_step(self.network, self._plan(violated[None]), slope, self.window.rates[step], scale, after / scale)
        self.margins = self.begin = self.margins.forgotten()
        self.changed, self.chunk, self.spent, self.active = self.step, 1, 0, self.active + 1

    def _begins_again(self) -> bool:
        """Where the speed was too low, go back to where the filters last changed."""
        if self.proved or not self.margins.too_slow:
            return False
        fastest = self.margins.fastest
        self.margins = self.begin = replace(self.begin.with_speed_for(fastest), fastest=fastest)
        self.step, self.chunk = self.changed, 1
        return True

    def _compute(self, kinds: np.ndarray, margins: np.ndarray, step: int) -> None:
        self.margins = self.margins.computed(kinds, margins, self.tau[step], self.rounding)

    def _plan(self, batches: np.ndarray) -> BatchPlan:
        tensor = self.network.offset
        return plan_batches(self.sets.patches, batches[None], self.sets.amplitude, tensor.device, tensor.dtype)[0]

    def _outputs(self, plan: BatchPlan, steps: np.ndarray | list[int]) -> np.ndarray:
        scales = torch.as_tensor(self.window.scales[steps])
        return scaled_outputs(self.network, plan, scales).cpu().double().numpy()


def _rows(plan: BatchPlan) -> float:
    """Rows of patches, all layers, up to a factor."""
    return sum(len(table) for table in plan.tables)
