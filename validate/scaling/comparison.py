"""Theory, simulation and networks on one task, under the same definitions: data that are not yet judged."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nets.simple.seed_result import SeedResult
from nets.simple.sensitivity import NOISY_IMAGES, draw_noise
from simulate import filtered, infinite_width
from simulate.draws import sampled_noise_sensitivity
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection
from theory.scaling import exponent
from validate.asymptotics import QUANTITIES, asymptotic_exponents
from validate.exponents import Exponent, window
from validate.runs.simple import measured_of, numbers_of, seed_results_of

# the infinite network's covariance is a matrix over distinct patches, as many as images in the last layers
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class Networks:
    """What the trained networks say; arrays over all seeds, in the order of `seed_results`.

    mean_filter   the networks with all filters of a layer replaced by their mean, biases kept (Section 4.3)
    mean_output   the average over channels of the networks' f_k (the published code's mean channel)
    filters       (S, K, F) mean filters after training; initial_filters: before
    imbalance     (S, K) of the channels after training: 0 at the end state, 1 before training, NaN in the last layer
    own_filters   for each seed the exact curve of one channel with the seed's own mean filters, A_k measured from them

    Every G is multiplied by exact G over sampled G of the homogeneous network on the draws that this seed had, which
    has nearly the same relative error: a ratio estimator (control variate), biased by O(1/draws) only.
    """

    seed_results: list[SeedResult]
    trained: Sensitivities
    untrained: Sensitivities
    mean_filter: Sensitivities
    mean_output: Sensitivities
    homogeneity: np.ndarray
    imbalance: np.ndarray
    filters: np.ndarray
    initial_filters: np.ndarray
    own_filters: list[Sensitivities]

    @property
    def learned(self) -> np.ndarray:
        """(S,) mask of the seeds that count in means."""
        return np.array([seed_result.learned for seed_result in self.seed_results])


@dataclass(frozen=True)
class Comparison:
    """What theory, simulation and networks say.

    predicted  exponents in A (theory)             simulated  exponents of the exact operator at A ≥ 100
    exact      the homogeneous network at this size        unrectified  the same with linear noise
    infinite   untrained networks of infinite width; None for more than MOST_IMAGES images
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


def learned_values(comparison: Comparison, quantity: str) -> np.ndarray:
    """(n, layers) values in the window of the seeds that learned the task."""
    networks = comparison.networks
    assert networks is not None
    values: np.ndarray = getattr(networks.trained, quantity)[networks.learned][:, comparison.window]
    return values


@functools.lru_cache(maxsize=8)
def theory_and_simulation(task: ScaleDetection, architecture: Architecture, conventions: Conventions) -> Comparison:
    """Theory and simulation alone; `with_networks` adds what was measured.

    Raises ValueError, one sentence, where they leave nothing to judge.
    """
    exact = homogeneous_sensitivities(task, architecture, conventions)
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
        unrectified=homogeneous_sensitivities(task, architecture, linear),
        infinite=_infinite_width(task, architecture, conventions),
        window=judged_layers(task, architecture, exact),
        networks=None,
    )


def with_networks(comparison: Comparison, measured: Sequence[dict[str, Any]]) -> Comparison:
    """The comparison beside what was measured of networks, results of `MeasurementRun`."""
    task, architecture, conventions = comparison.task, comparison.architecture, comparison.conventions
    return replace(comparison, networks=_networks(task, architecture, conventions, comparison.exact, measured))


def judged_layers(task: ScaleDetection, architecture: Architecture, exact: Sensitivities) -> np.ndarray:
    """(K,) mask of the layers that are judged: those of `window` whose exact D and G exist.

    Raises ValueError, one sentence, where they are fewer than the two that a slope needs.
    """
    layers = window(task, architecture, exact.receptive_field) & np.isfinite(exact.D) & np.isfinite(exact.G)
    if layers.sum() < 2:
        raise ValueError(
            f"{int(layers.sum())} of the {architecture.depth} layers can be judged, and a slope needs two: the layers "
            f"below the scale xi = {task.scale} whose images differ; use a larger --scale and --image-width, or more "
            "--depth"
        )
    return np.asarray(layers)


def _infinite_width(task: ScaleDetection, architecture: Architecture, conventions: Conventions) -> Sensitivities | None:
    if len(task.pairs) > MOST_IMAGES or conventions.noise == "linear":
        return None
    return infinite_width.infinite_width_sensitivities(task, architecture, conventions)


def _networks(
    task: ScaleDetection,
    architecture: Architecture,
    conventions: Conventions,
    exact: Sensitivities,
    measured: Sequence[dict[str, Any]],
) -> Networks:
    filters = numbers_of(measured, "after", "filters")
    seed_results = seed_results_of(measured)
    draws = [draw_noise(task, conventions, NOISY_IMAGES, seed_result.seed) for seed_result in seed_results]
    uniform = np.ones_like(filters[0])
    sampled = [sampled_noise_sensitivity(task, architecture, conventions, uniform, *draw) for draw in draws]
    correction = np.where(np.isfinite(exact.G), exact.G / sampled, 1.0)

    def corrected(name: str) -> Sensitivities:
        raw = measured_of(measured, name)
        assert raw.G_error is not None
        return replace(raw, G=raw.G * correction, G_error=raw.G_error * correction)

    own = [filtered.filtered_sensitivities(task, architecture, network, conventions) for network in filters]
    if conventions.noise == "gaussian":  # a network with rectifiers has no closed form for other filters
        own = [
            replace(curve, G=factor * sampled_noise_sensitivity(task, architecture, conventions, network, *draw))
            for curve, factor, network, draw in zip(own, correction, filters, draws, strict=True)
        ]
    return Networks(
        seed_results=seed_results,
        trained=corrected("after"),
        untrained=corrected("before"),
        mean_filter=corrected("mean_filter"),
        mean_output=corrected("mean_output"),
        homogeneity=numbers_of(measured, "after", "homogeneity"),
        imbalance=numbers_of(measured, "after", "imbalance"),
        filters=filters,
        initial_filters=numbers_of(measured, "before", "filters"),
        own_filters=own,
    )
