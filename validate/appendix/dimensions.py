"""The laws in d = 1, 2, 3 beside the sentence "our analysis carries unaltered to the two-dimensional case"."""

from dataclasses import dataclass

import numpy as np

from simulate import lattice
from theory.architecture import Architecture
from theory.scaling import exponent
from theory.sensitivities import Sensitivities
from validate.exponents import Exponent, corrected_power_law

DIMENSIONS = (1, 2, 3)
# the paper's two networks; tori that hold A up to L/12 (the two ends apart by e^{−18} in the norm) within 1 GiB
CONVOLVED, STRIDED = Architecture(3, 1, 1), Architecture(2, 2, 1)
WIDTHS = {1: (4096, 512), 2: (512, 128), 3: (128, 32)}
SMALLEST_FIELD = 4.0
# the fits keep one correction; the next is relatively A⁻⁴ for D and at most A⁻³ for G, so 2e-2 at A = 4 and falling
EXPONENT_TOLERANCE = 5e-3


@dataclass(frozen=True)
class Law:
    """One quantity at one stride and dimension; `unaltered` is the exponent of the one-dimensional case."""

    dim: int
    stride: str
    quantity: str
    predicted: int
    unaltered: int
    fitted: Exponent

    @property
    def holds(self) -> bool:
        """Whether the simulated exponent is the predicted one."""
        return self.accepts(self.predicted)

    def accepts(self, rival: float) -> bool:
        """The same judgement of any exponent."""
        return bool(abs(self.fitted.value - rival) <= EXPONENT_TOLERANCE)


def simulate(dim: int, stride: str) -> Sensitivities:
    """Eqs. 4 and 6 on a torus of dimension `dim`: F = 3 at stride "one", F = 2 at stride "filter"."""
    convolved, strided = WIDTHS[dim]
    if stride == "filter":
        return lattice.one_pixel(STRIDED, strided, dim, np.arange(1, int(np.log2(strided))))
    variance = float(np.var(CONVOLVED.offsets))
    layers = np.unique(np.rint(np.geomspace(SMALLEST_FIELD, convolved / 12, 8) ** 2 / variance).astype(int))
    return lattice.one_pixel(CONVOLVED, convolved, dim, layers)


def laws(found: Sensitivities, dim: int, stride: str) -> list[Law]:
    """Exponents of D_k and G_k, with the next term of each fitted: A⁻² for D_k, A^−min(d, 2) or A^−d for G_k."""
    answer = []
    for quantity in ("D", "G"):
        order = 2 if quantity == "D" else dim if stride == "filter" else min(dim, 2)
        fitted = corrected_power_law(found.receptive_field, getattr(found, quantity), order)
        predicted, unaltered = (int(exponent(quantity, stride, dim=d)) for d in (dim, 1))  # type: ignore[arg-type]
        answer.append(Law(dim, stride, quantity, predicted, unaltered, fitted))
    return answer
