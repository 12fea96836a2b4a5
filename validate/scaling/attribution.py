"""Where and why the idealisation ends: ln(trained/exact) of each layer, split by what is idealised away.

    trained → mean channel (all filters of a layer alike, biases kept)   spread between channels
            → one channel, its own mean filters, no biases              biases
            → homogeneous filters                                       shape of the mean filters

The three steps add up to the whole, by construction.
"""

from dataclasses import dataclass

import numpy as np

from theory.scaling import Quantity
from validate.scaling.comparison import Comparison


@dataclass(frozen=True)
class Attribution:
    """(K,) means over the seeds that learned of the logarithm of each step's ratio; NaN where a step is undefined."""

    total: np.ndarray
    channels: np.ndarray
    biases: np.ndarray
    shape: np.ndarray


def attribute(comparison: Comparison, quantity: Quantity) -> Attribution:
    """Split ln(trained/exact) of D, G or R."""
    networks = comparison.networks
    assert networks is not None
    learned = networks.learned
    trained, mean = (getattr(x, quantity)[learned] for x in (networks.trained, networks.mean_filter))
    own = np.array([getattr(curve, quantity) for curve in networks.own_filters])[learned]
    exact = getattr(comparison.exact, quantity)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = [np.log(trained / exact), np.log(trained / mean), np.log(mean / own), np.log(own / exact)]
    return Attribution(*(step.mean(0) if len(step) else np.full(len(exact), np.nan) for step in steps))
