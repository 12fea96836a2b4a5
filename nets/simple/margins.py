"""Margins y·output of one network while its filters decay, and how fast they may move."""

from dataclasses import dataclass, replace

import numpy as np

from nets.simple import lipschitz
from nets.simple.image_sets import ImageSets, KindsAndPlan
from nets.simple.network import SimpleCNNs

SAFETY = 4.0
PROVED_OVER_MEASURED = 4.0  # up to which proved speeds are preferred


@dataclass(frozen=True)
class Margins:
    """(kinds,) margins y·output, NaN where unknown, each computed at its τ.

    speed     the most that a margin may move per unit of τ, as measured; None: nothing was measured yet
    fastest   the most that one did
    proved    (kinds,) the most that it can, infinite where unknown, and `norms` of the filters it rests on
    """

    values: np.ndarray
    tau: np.ndarray
    proved: np.ndarray
    speed: float | None = None
    fastest: float = 0.0
    norms: list[float] | None = None

    def undecided(self, kinds: np.ndarray, tau: np.ndarray, rounding: float) -> np.ndarray:
        """(T, B): whether visits to kinds (T, B) at τ (T,) must be computed."""
        speed = self.proved[kinds] if self.is_proved else self.speed or 0.0
        fall = speed * (tau[:, None] - self.tau[kinds])
        return np.asarray(~(self.values[kinds] - fall - rounding >= 1))

    def computed(self, kinds: np.ndarray, values: np.ndarray, tau: float, rounding: float) -> "Margins":
        """With the margins of these kinds at τ."""
        moved = np.abs(values - self.values[kinds]) - rounding
        known = np.isfinite(moved) & (moved > 0) & (tau > self.tau[kinds])
        fastest = (moved[known] / (tau - self.tau[kinds][known])).max(initial=self.fastest)
        new = replace(self, values=self.values.copy(), tau=self.tau.copy(), fastest=float(fastest))
        new.values[kinds], new.tau[kinds] = values, tau
        return new

    def forgotten(self) -> "Margins":
        """After an active step."""
        return replace(
            self, values=np.full_like(self.values, np.nan), proved=np.full_like(self.proved, np.inf), norms=None
        )

    def next_window(self) -> "Margins":
        """At τ = 0 of the next window, with a speed that may grow at once and at most halves."""
        speed = max(SAFETY * self.fastest, (self.speed or 0.0) / 2)
        return replace(self, tau=np.zeros_like(self.tau), speed=speed, fastest=0.0)

    def with_speed_for(self, fastest: float) -> "Margins":
        """With the speed that is safe where the fastest margin was measured to move at this."""
        return replace(self, speed=SAFETY * fastest)

    def without_proof(self) -> "Margins":
        """Without proved speeds, as where a window is longer than they hold."""
        return replace(self, proved=np.full_like(self.proved, np.inf))

    @property
    def is_proved(self) -> bool:
        """Whether the proved speeds of all images seen are in force, being not much more than the measured one."""
        known = self.proved[np.isfinite(self.values)]
        return bool(len(known) and self.speed and known.max() <= PROVED_OVER_MEASURED * self.speed)

    @property
    def too_slow(self) -> bool:
        """Whether the measured speed is not twice what was measured since."""
        return self.speed is None or 2 * self.fastest > self.speed


def unknown(sets: ImageSets, speed: float | None = None) -> Margins:
    """Margins of a network none of which is known."""
    count = len(sets.labels)
    return Margins(np.full(count, np.nan), np.zeros(count), np.full(count, np.inf), speed)


def evaluate_margins(
    network: SimpleCNNs,
    sets: ImageSets,
    images: KindsAndPlan,
    scale: float,
    margins: Margins,
    tau: float = 0.0,
    rounding: float = 0.0,
) -> Margins:
    """All margins of these images at τ, for filters `scale` times those stored, and the speeds proved there."""
    kinds, plan = images
    weight_norms = margins.norms or lipschitz.norms(network)
    outputs, speeds = (
        tensor.cpu().double().numpy() for tensor in lipschitz.outputs_and_speeds(network, plan, scale, weight_norms)
    )
    new = margins.computed(kinds, outputs * sets.labels[kinds], tau, rounding)
    proved = margins.proved.copy()
    proved[kinds] = speeds
    return replace(new, proved=proved, norms=weight_norms)
