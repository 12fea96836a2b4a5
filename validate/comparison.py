"""The three witnesses on one task, and the judgement: like with like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nets.fate import Fate
from nets.simple_sensitivity import Measured
from simulate import filtered
from simulate.sensitivity import sensitivities
from theory import initialization
from theory.architecture import Architecture
from theory.perturbation import Conventions
from theory.scaling import Quantity, exponent
from theory.sensitivities import Sensitivities
from theory.task import ScaleDetection
from validate.asymptotics import QUANTITIES, asymptotic_exponents, exponent_tolerance
from validate.exponents import Exponent, power_law, window
from validate.runs.simple import fates_of, measured_of, numbers_of
from validate.verdict import Distance, distance, same_exponent

# the infinite network's covariance is a matrix over distinct patches, as many as images in the last layers
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class Networks:
    """What the trained networks say; arrays over all seeds, in the order of `fates`.

    mean_filter   the networks with all filters of a layer replaced by their mean, biases kept (Section 4.3)
    mean_output   the average over channels of the networks' f_k (the published code's mean channel)
    filters       (S, K, F) mean filters after training; initial_filters: before
    own_filters   for each seed the exact curve of one channel with the seed's own mean filters: what is left of the
                  distance then comes from biases and from differences between channels
    """

    fates: list[Fate]
    trained: Measured
    untrained: Measured
    mean_filter: Measured
    mean_output: Measured
    homogeneity: np.ndarray
    filters: np.ndarray
    initial_filters: np.ndarray
    own_filters: list[Sensitivities]

    @property
    def learned(self) -> np.ndarray:
        """(S,) mask of the seeds that count in means."""
        return np.array([fate.learned for fate in self.fates])


@dataclass(frozen=True)
class Comparison:
    """Everything that `validate.scaling` prints, draws and writes.

    predicted  exponents in A (theory)             simulated  exponents of the exact operator at A ≥ 100
    exact      the homogeneous network at this size        unrectified  the same with linear noise
    infinite   untrained networks of infinite width; None where there are more than MOST_IMAGES images
    window     (K,) mask of the layers judged      networks   None where none were trained
    """

    task: ScaleDetection
    architecture: Architecture
    conventions: Conventions
    predicted: dict[str, float]
    other_stride: dict[str, float]
    simulated: dict[str, Exponent]
    exact: Sensitivities
    unrectified: Sensitivities
    infinite: Sensitivities | None
    window: np.ndarray
    networks: Networks | None

    def judged(self, quantity: Quantity, measured: Measured) -> np.ndarray:
        """(seeds, n) values in the window, of the seeds that learned; of all seeds before training."""
        assert self.networks is not None
        values: np.ndarray = getattr(measured, quantity)[:, self.window]
        return values if measured is self.networks.untrained else values[self.networks.learned]

    def distance_of(self, quantity: Quantity, measured: Measured, curve: Sensitivities | None = None) -> Distance:
        """Distance of `measured` from an exact curve (default: the homogeneous network's), over the window."""
        return distance(self.judged(quantity, measured), getattr(curve or self.exact, quantity)[self.window])

    def distance_of_own_filters(self, quantity: Quantity) -> Distance:
        """Distance of the learned seeds from the exact curves of their own mean filters, over the window."""
        assert self.networks is not None
        own = np.array([getattr(curve, quantity) for curve in self.networks.own_filters])
        return distance(self.judged(quantity, self.networks.trained), own[self.networks.learned][:, self.window])

    def slopes(self, quantity: Quantity, measured: Measured) -> np.ndarray:
        """(seeds,) exponents over the window."""
        field = self.exact.receptive_field[self.window]
        return np.array([power_law(field, x).value for x in self.judged(quantity, measured)])

    def exact_slope(self, quantity: Quantity) -> float:
        """Exponent of the exact curve over the window, by the same fit as the networks'."""
        return power_law(self.exact.receptive_field[self.window], getattr(self.exact, quantity)[self.window]).value

    def agrees(self, quantity: Quantity) -> bool:
        """The verdict: the simulated exponent is the predicted one and the networks lie on the exact curve."""
        if not self.accepts(quantity, self.predicted[quantity]):
            return False
        return self.networks is None or self.distance_of(quantity, self.networks.trained).agrees

    def accepts(self, quantity: Quantity, exponent: float) -> bool:
        """Whether the exponent of the exact operator is this one."""
        return same_exponent(exponent, self.simulated[quantity], exponent_tolerance(self.task.dim))

    def controls(self) -> list[tuple[str, Quantity, str, bool]]:
        """Rivals that the same judgement must refuse: (name, quantity, how far off, whether it was accepted)."""
        rows: list[tuple[str, Quantity, str, bool]] = []
        for quantity in QUANTITIES:
            fitted = self.simulated[quantity]
            for name, rival in (
                ("exponent 10 % off", 1.1 * self.predicted[quantity]),
                ("law of the other stride", self.other_stride[quantity]),
            ):
                if rival != self.predicted[quantity]:
                    off = f"exponent off by {abs(rival - fitted.value):.2f}"
                    rows.append((name, quantity, off, self.accepts(quantity, rival)))
        if self.networks is not None:
            for quantity in QUANTITIES:
                far = self.distance_of(quantity, self.networks.untrained)
                rows.append(("untrained networks", quantity, f"distance {far.median:.2f}", far.agrees))
            far = self.distance_of("G", self.networks.trained, self.unrectified)
            rows.append(("curve without rectification", "G", f"distance {far.median:.2f}", far.agrees))
        return rows


def compare(
    task: ScaleDetection,
    architecture: Architecture,
    conventions: Conventions,
    measured: Sequence[dict[str, Any]] = (),
) -> Comparison:
    """Ask theory and simulation, beside what was measured of networks: results of `MeasurementRun`, if there are any.

    Raises ValueError where they cannot answer.
    """
    exact = sensitivities(task, architecture, conventions)
    linear = replace(conventions, noise="linear")
    stride, other = ("filter", "one") if architecture.stride > 1 else ("one", "filter")
    return Comparison(
        task=task,
        architecture=architecture,
        conventions=conventions,
        predicted={q: float(exponent(q, stride, dim=task.dim)) for q in QUANTITIES},  # type: ignore[arg-type]
        other_stride={q: float(exponent(q, other, dim=task.dim)) for q in QUANTITIES},  # type: ignore[arg-type]
        simulated=asymptotic_exponents(architecture, task.dim),
        exact=exact,
        unrectified=sensitivities(task, architecture, linear),
        infinite=_infinite_width(task, architecture, conventions),
        window=window(task, architecture, exact.receptive_field),
        networks=_networks(task, architecture, conventions, measured) if measured else None,
    )


def _infinite_width(task: ScaleDetection, architecture: Architecture, conventions: Conventions) -> Sensitivities | None:
    if len(task.pairs) > MOST_IMAGES or conventions.noise == "linear":
        return None
    return initialization.sensitivities(task, architecture, conventions)[0]


def _networks(
    task: ScaleDetection, architecture: Architecture, conventions: Conventions, measured: Sequence[dict[str, Any]]
) -> Networks:
    filters = numbers_of(measured, "after", "filters")
    return Networks(
        fates=fates_of(measured),
        trained=measured_of(measured, "after"),
        untrained=measured_of(measured, "before"),
        mean_filter=measured_of(measured, "mean_filter"),
        mean_output=measured_of(measured, "mean_output"),
        homogeneity=numbers_of(measured, "after", "homogeneity"),
        filters=filters,
        initial_filters=numbers_of(measured, "before", "filters"),
        own_filters=[filtered.sensitivities(task, architecture, one, conventions) for one in filters],
    )
