"""From the line to the ring: what L pixels change, one curve of A_k/L for all filters."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from theory import ring
from validate.appendix.coefficients import step_variance
from validate.appendix.conditions import QUANTITIES, TOLERANCE, width_error

# A/L from the first sign of the ring to flatness, at layers where 1/k is below 1e-2
SHARES = np.geomspace(0.1, 0.5, 9)
FEWEST_LAYERS = 100
# The curve is the limit 1/k → 0; beside it stands 1/k times numbers of order 1 (`edgeworth`, `finite_depth`).
COLLAPSE_TOLERANCE = 2 / FEWEST_LAYERS
# A/L at which the curves are drawn
GRID = np.geomspace(0.1, 0.5, 101)


@dataclass(frozen=True)
class Crossover:
    """What the ring changes at n choices of F, L and k, and the curve of A_k/L that all should follow.

    field, paper_field   (n,) A_k, and F√k/√12, which A_k is for F ≫ 1 only: the measure of App. A
    errors, predicted    {quantity: (n,)} measured, and of the wrapped Gaussian
    curves               {quantity: prediction at A/L = grid}
    collapse             largest distance of the data from the curves: over A/L, and over two rivals of A/L
    largest_share        A/L up to which the ring changes each quantity by at most 1 %
    """

    filter_size: np.ndarray
    width: np.ndarray
    layer: np.ndarray
    field: np.ndarray
    paper_field: np.ndarray
    errors: dict[ring.RingQuantity, np.ndarray]
    predicted: dict[ring.RingQuantity, np.ndarray]
    grid: np.ndarray
    curves: dict[ring.RingQuantity, np.ndarray]
    collapse: dict[str, float]
    largest_share: dict[ring.RingQuantity, float]


def crossover(sizes: Sequence[int]) -> Crossover:
    """Two rings for every filter, the smaller with k ≥ 100 at its first point, from A/L = 0.1 to 0.5."""
    points = []
    for size in sizes:
        variance = step_variance(size)
        smallest = math.sqrt(FEWEST_LAYERS * variance) / SHARES[0]
        for width in (math.ceil(smallest), math.ceil(4 * smallest)):
            points += [(size, width, round((share * width) ** 2 / variance)) for share in SHARES]
    size, width, layer = np.array(points).T
    field = np.sqrt(np.array([step_variance(size) for size, _, _ in points]) * layer)
    paper_field = size * np.sqrt(layer / 12)
    errors = {quantity: np.array([width_error(quantity, *point) for point in points]) for quantity in QUANTITIES}
    rivals = {"A_k/L": field, "F√k/(√12 L), as App. A measures": paper_field, "A_k wrong by 2 %": 1.02 * field}
    return Crossover(
        size, width, layer, field, paper_field, errors,
        {quantity: _predicted(quantity, field / width) for quantity in QUANTITIES},
        GRID,
        {quantity: _predicted(quantity, GRID) for quantity in QUANTITIES},
        {name: collapse(errors, rival / width) for name, rival in rivals.items()},
        {quantity: ring.largest_field(quantity, TOLERANCE) for quantity in QUANTITIES},
    )  # fmt: skip


def collapse(errors: dict[ring.RingQuantity, np.ndarray], share: np.ndarray) -> float:
    """Largest distance of the data from the curve of each quantity over A/L, or over a rival of it."""
    return max(float(np.abs(measured - _predicted(quantity, share)).max()) for quantity, measured in errors.items())


def _predicted(quantity: ring.RingQuantity, share: np.ndarray) -> np.ndarray:
    error = ring.relative_error(quantity)
    return np.array([float(error.subs(ring.u, value)) for value in share])
