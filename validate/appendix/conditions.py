"""The conditions of Proposition A.1, K̃ ≫ 1 and L ≫ F√K̃, as numbers: where the Gaussian stands for M^k δ."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from simulate import operator
from simulate.sensitivity import one_pixel_sensitivities
from theory import edgeworth, finite_depth, fokker_planck, random_walk, ring
from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities
from validate.appendix.coefficients import drift_and_diffusion, step_variance
from validate.appendix.convergence import RING_IN_FIELDS, centred_kernel, gaussian

QUANTITIES: tuple[ring.RingQuantity, ...] = ("kernel", "D", "G")
TOLERANCE = 0.01
# layers of the network that are shown
SHOWN = 8


@dataclass(frozen=True)
class Range:
    """Layers at which the Gaussian law of one quantity errs by at most TOLERANCE on L pixels.

    first   K̃ ≫ 1: from this layer on the law is that good without a ring
    last    L ≫ F√K̃: up to this layer the ring is that wide
    predicted_*   by the 1/k corrections and by the wrapped Gaussian     at_depth   the error at the network's depth
    """

    quantity: ring.RingQuantity
    first: int
    last: int
    predicted_first: int
    predicted_last: int
    at_depth: float

    @property
    def predicted(self) -> bool:
        """Whether both ends are where they were predicted, to 5 % (the next order of either error) or one layer."""
        ends = ((self.first, self.predicted_first), (self.last, self.predicted_last))
        return all(abs(measured - predicted) <= max(1, 0.05 * predicted) for measured, predicted in ends)

    @property
    def empty(self) -> bool:
        """Whether no depth meets both conditions."""
        return self.first > self.last


@dataclass(frozen=True)
class Network:
    """The network at some of its layers, exactly.

    simulated        A_k measured on the ring, D_k, G_k
    *_error          of the Gaussian and of the wrapped Gaussian, over the peak, A = √(2Dk)
    relative_*       D_k and G_k over their asymptotic laws, 2A² D_k and G_k √π/(2A), A = √(2Dk)
    """

    simulated: Sensitivities
    gaussian_error: np.ndarray
    wrapped_error: np.ndarray
    relative_D: np.ndarray
    relative_G: np.ndarray


def ranges(size: int, width: int, depth: int) -> list[Range]:
    """For each quantity, the layers at which its Gaussian law holds to 1 % on a ring of `width` pixels."""
    return [_range(quantity, size, width, depth) for quantity in QUANTITIES]


def _range(quantity: ring.RingQuantity, size: int, width: int, depth: int) -> Range:
    def too_shallow(layer: int) -> bool:
        return abs(depth_error(quantity, size, layer)) > TOLERANCE

    def wide_enough(layer: int) -> bool:
        return abs(width_error(quantity, size, width, layer)) <= TOLERANCE

    shortest = _predicted_first(quantity, size)
    longest = math.floor((ring.largest_field(quantity, TOLERANCE) * width) ** 2 / step_variance(size))
    first, last = _last_that(too_shallow, shortest) + 1, _last_that(wide_enough, longest)
    return Range(quantity, first, last, shortest, longest, law_error(quantity, size, width, depth))


def network(size: int, width: int, depth: int) -> Network:
    """The network at layers 1 … K, at most eight of them, evenly in ln k."""
    layers = np.unique(np.rint(np.geomspace(1, depth, SHOWN)).astype(np.int64))
    simulated = one_pixel_sensitivities(Architecture(size, 1, 1), width, layers)
    field = np.sqrt(step_variance(size) * layers)
    return Network(
        simulated,
        np.array([law_error("kernel", size, width, k) for k in layers.tolist()]),
        np.array([_wrapped_error(size, width, k) for k in layers.tolist()]),
        2 * field**2 * simulated.D,
        math.sqrt(math.pi) / 2 * simulated.G / field,
    )


def _wrapped_error(size: int, width: int, layer: int) -> float:
    """sup|h_k − p|/peak: p(a) on the ring, by images where A < 0.3 L, by modes beyond; either is exact to rounding."""
    field = math.sqrt(step_variance(size) * layer)
    symbolic = ring.by_images(4) if field < 0.3 * width else ring.by_modes(8)
    numeric = sp.lambdify((fokker_planck.a, fokker_planck.A, ring.L), symbolic)
    a, h = centred_kernel(size, layer, width)
    return float(np.abs(h - numeric(a + float(drift_and_diffusion(size)[0]) * layer, field, width)).max() / h.max())


def depth_error(quantity: ring.RingQuantity, size: int, layer: int) -> float:
    """Relative error of the leading law on the line: sup|h_k − Gaussian|/peak, D_k·2A² − 1, G_k/(gA) − 1."""
    return law_error(quantity, size, _line(size, layer), layer)


def width_error(quantity: ring.RingQuantity, size: int, width: int, layer: int) -> float:
    """What the ring changes: sup|h_ring − h_line|/peak, D_ring/D_line − 1, and the same of G less its constant."""
    architecture, wide = Architecture(size, 1, 1), max(width, _line(size, layer))
    if quantity == "kernel":
        a, on_ring = centred_kernel(size, layer, width)
        on_line = operator.kernel(architecture, wide, layer)
        return float(np.abs(on_ring - on_line[a % wide]).max() / on_line.max())
    sensitivities = (one_pixel_sensitivities(architecture, sites, np.array([layer])) for sites in (width, wide))
    ring_value, line_value = (getattr(values, quantity)[0] for values in sensitivities)
    constant = 1 - 1 / math.pi if quantity == "G" else 0.0
    return float((ring_value - constant) / (line_value - constant) - 1)


def law_error(quantity: ring.RingQuantity, size: int, width: int, layer: int) -> float:
    """Relative error of the leading law, A = √(2Dk), on a ring: `depth_error` and `width_error` together."""
    field = math.sqrt(step_variance(size) * layer)
    if quantity == "kernel":
        a, h = centred_kernel(size, layer, width)
        return float(np.abs(h - gaussian(*map(float, drift_and_diffusion(size)))(a, layer)).max() / h.max())
    sensitivities = one_pixel_sensitivities(Architecture(size, 1, 1), width, np.array([layer]))
    if quantity == "D":
        return float(sensitivities.D[0] * 2 * field**2 - 1)
    growth = float(finite_depth.noise_growth(random_walk.parity_of(size)))
    return float(sensitivities.G[0] / (growth * field) - 1)


def _line(size: int, layer: int) -> int:
    """A ring so wide that it stands for the line."""
    return 1 << math.ceil(math.log2(RING_IN_FIELDS * math.sqrt(step_variance(size) * layer) + size))


def _predicted_first(quantity: ring.RingQuantity, size: int) -> int:
    """Layers after which the leading correction is below TOLERANCE."""
    kind = random_walk.parity_of(size)
    if quantity == "kernel":
        return math.ceil(edgeworth.error_constant(0, size) / TOLERANCE)
    if quantity == "D":
        first_order = finite_depth.displacement(1, kind).coeff(finite_depth.k, -1)
        return math.ceil(abs(float(first_order.subs(random_walk.F, size))) / TOLERANCE)
    growth = finite_depth.noise_growth(kind)
    law = growth * finite_depth.field(kind).subs(random_walk.F, size)
    excess = sp.lambdify(finite_depth.k, finite_depth.noise_sensitivity(size) / law - 1)
    constant = float(finite_depth.noise_constant(size) / growth)
    shortest = math.ceil((constant / TOLERANCE) ** 2 / step_variance(size))
    return _last_that(lambda layer: excess(layer) > TOLERANCE, shortest) + 1


def _last_that(holds: Callable[[int], bool], guess: int) -> int:
    """The last layer that `holds`, 0 if none does; beyond 10⁴ to four digits. Far off the guess the search ends."""
    low, high = 0, max(1, guess)
    farthest = 100 * high
    while holds(high):
        low, high = high, 2 * high
        if high > farthest:
            return low
    while high - low > max(1, low // 10_000):
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
