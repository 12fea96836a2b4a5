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
from validate.appendix.convergence import RING_IN_FIELDS, gaussian

QUANTITIES: tuple[ring.RingQuantity, ...] = ("kernel", "D", "G")
TOLERANCE = 0.01
# Points of the crossover: A/L from the first sign of the ring to flatness, at layers where 1/k is below 1e-2.
CROSSOVER = np.geomspace(0.1, 0.5, 9)
FEWEST_LAYERS = 100
# The curve is the limit 1/k → 0; beside it stands 1/k times numbers of order 1 (`edgeworth`, `finite_depth`).
COLLAPSE_TOLERANCE = 2 / FEWEST_LAYERS


@dataclass(frozen=True)
class Crossing:
    """How the ring changes the answers of the line, at one F, L and k; `errors` and `predicted` by QUANTITIES."""

    filter_size: int
    width: int
    layer: int
    field: float
    errors: list[float]
    predicted: list[float]

    @property
    def paper_variable(self) -> float:
        """F√k/L, the measure of App. A."""
        return self.filter_size * math.sqrt(self.layer) / self.width

    @property
    def paper_field(self) -> float:
        """F√k/√12, which A_k is for F ≫ 1 only."""
        return self.paper_variable * self.width / math.sqrt(12)


@dataclass(frozen=True)
class Range:
    """Layers at which the Gaussian law of one quantity errs by at most TOLERANCE on L pixels.

    first   K̃ ≫ 1: from here on the law is that good without a ring     last   L ≫ F√K̃: up to here the ring is that wide
    predicted_*   by the 1/k corrections and by the wrapped Gaussian     at_depth   the error at the depth asked about
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
        return all(abs(found - said) <= max(1, 0.05 * said) for found, said in ends)

    @property
    def empty(self) -> bool:
        """Whether no depth meets both conditions."""
        return self.first > self.last


@dataclass(frozen=True)
class Layer:
    """One layer of the network asked about, exactly: A_k measured on the ring, errors of the Gaussian and of the
    wrapped Gaussian (over the peak, A = √(2Dk)), D_k and G_k.
    """

    layer: int
    field: float
    gaussian_error: float
    wrapped_error: float
    D: float
    G: float


def crossover(sizes: list[int]) -> list[Crossing]:
    """Two rings for every filter, the smaller with k ≥ 100 at its first point, from A/L = 0.1 to 0.5."""
    found = []
    for size in sizes:
        smallest = math.sqrt(FEWEST_LAYERS * step_variance(size)) / CROSSOVER[0]
        for width in (math.ceil(smallest), math.ceil(4 * smallest)):
            layers = np.rint((CROSSOVER * width) ** 2 / step_variance(size)).astype(int)
            found += [_crossing(size, width, k) for k in layers.tolist()]
    return found


def collapse(crossings: list[Crossing], field: Callable[[Crossing], float] = lambda one: one.field) -> float:
    """Largest distance of the data from the one curve of each quantity over A/L, with A = `field`, or a rival of it."""
    curves = [sp.lambdify(ring.u, ring.relative_error(q)) for q in QUANTITIES]
    return max(
        float(abs(error - curve(field(one) / one.width)))
        for one in crossings
        for error, curve in zip(one.errors, curves, strict=True)
    )


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


def network(size: int, width: int, depth: int) -> list[Layer]:
    """The network asked about at 1 … K, at most eight layers, evenly in ln k."""
    layers = np.unique(np.rint(np.geomspace(1, depth, 8)).astype(np.int64))
    one = Architecture(size, 1, 1)
    found = one_pixel_sensitivities(one, width, layers)
    answer = []
    for n, k in enumerate(layers.tolist()):
        field = math.sqrt(step_variance(size) * k)
        # relative to the patch's centre, in whole pixels and a rest of at most one half
        drift = -float(np.mean(one.offsets)) * k
        a = np.arange(-(width // 2), width - width // 2)
        h = operator.kernel(one, width, k)[(a + math.floor(drift)) % width]
        off = float(np.abs(h - wrapped_gaussian(a - drift % 1, field, width)).max() / h.max())
        error = law_error("kernel", size, width, k)
        answer.append(Layer(k, float(found.receptive_field[n]), error, off, float(found.D[n]), float(found.G[n])))
    return answer


def wrapped_gaussian(a: np.ndarray, field: float, width: int) -> np.ndarray:
    """p(a) on the ring: by images where A < 0.3 L, by modes beyond; either is exact to rounding there."""
    symbolic = ring.by_images(4) if field < 0.3 * width else ring.by_modes(8)
    numeric = sp.lambdify((fokker_planck.a, fokker_planck.A, ring.L), symbolic)
    return np.broadcast_to(numeric(a, field, width), a.shape)


def depth_error(quantity: ring.RingQuantity, size: int, layer: int) -> float:
    """Relative error of the leading law on the line: sup|h_k − Gaussian|/peak, D_k·2A² − 1, G_k/(gA) − 1."""
    return law_error(quantity, size, _line(size, layer), layer)


def width_error(quantity: ring.RingQuantity, size: int, width: int, layer: int) -> float:
    """What the ring changes: sup|h_ring − h_line|/peak, D_ring/D_line − 1, and the same of G less its constant."""
    one, wide = Architecture(size, 1, 1), max(width, _line(size, layer))
    if quantity == "kernel":
        here, line = operator.kernel(one, width, layer), operator.kernel(one, wide, layer)
        a = np.arange(-(width // 2), width - width // 2) + round(-float(np.mean(one.offsets)) * layer)
        return float(np.abs(here[a % width] - line[a % wide]).max() / line.max())
    on_ring, on_line = (one_pixel_sensitivities(one, w, np.array([layer])) for w in (width, wide))
    if quantity == "D":
        return float(on_ring.D[0] / on_line.D[0] - 1)
    constant = 1 - 1 / math.pi
    return float((on_ring.G[0] - constant) / (on_line.G[0] - constant) - 1)


def law_error(quantity: ring.RingQuantity, size: int, width: int, layer: int) -> float:
    """Relative error of the leading law, A = √(2Dk), on a ring: `depth_error` and `width_error` together."""
    kind, one = random_walk.parity_of(size), Architecture(size, 1, 1)
    field = math.sqrt(step_variance(size) * layer)
    if quantity == "kernel":
        v, d = (float(c.subs(random_walk.F, size)) for c in (random_walk.drift(kind), random_walk.diffusion(kind)))
        a = np.arange(-(width // 2), width - width // 2) + round(-v * layer)
        h = operator.kernel(one, width, layer)[a % width]
        return float(np.abs(h - gaussian(v, d)(a, layer)).max() / h.max())
    found = one_pixel_sensitivities(one, width, np.array([layer]))
    if quantity == "D":
        return float(found.D[0] * 2 * field**2 - 1)
    return float(found.G[0] / (float(finite_depth.noise_growth(kind)) * field) - 1)


def step_variance(size: int) -> float:
    """κ₂ = 2D of the walk, in pixels² a layer."""
    return float(2 * random_walk.diffusion(random_walk.parity_of(size)).subs(random_walk.F, size))


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
    constant = float(finite_depth.noise_constant(size) / finite_depth.noise_growth(kind))
    law = finite_depth.noise_growth(kind) * finite_depth.field(kind).subs(random_walk.F, size)
    excess = sp.lambdify(finite_depth.k, finite_depth.noise_sensitivity(size) / law - 1)
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


def _crossing(size: int, width: int, layer: int) -> Crossing:
    field = math.sqrt(step_variance(size) * layer)
    errors = [width_error(q, size, width, layer) for q in QUANTITIES]
    curves = [float(ring.relative_error(q).subs(ring.u, field / width)) for q in QUANTITIES]
    return Crossing(size, width, layer, field, errors, curves)
