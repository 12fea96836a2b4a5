"""The laws in d = 1, 2, 3 beside the sentence "our analysis carries unaltered to the two-dimensional case"."""

from dataclasses import dataclass

from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities
from theory.scaling import exponent
from validate.asymptotics import TORUS_TOLERANCE, on_torus, orders
from validate.exponents import Exponent, corrected_power_law

DIMENSIONS = (1, 2, 3)
# the paper's two networks
NETWORKS = {"one": Architecture(3, 1, 1), "filter": Architecture(2, 2, 1)}


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
        return bool(abs(self.fitted.value - rival) <= TORUS_TOLERANCE)


def simulate(dim: int, stride: str) -> Sensitivities:
    """Eqs. 4 and 6 on a torus of dimension `dim`: F = 3 at stride "one", F = 2 at stride "filter"."""
    return on_torus(NETWORKS[stride], dim)


def laws(found: Sensitivities, dim: int, stride: str) -> list[Law]:
    """Exponents of D_k and G_k, with the next term of each fitted: A⁻² for D_k, A^−min(d, 2) or A^−d for G_k."""
    answer = []
    for quantity, order in zip(("D", "G"), orders(NETWORKS[stride].stride, dim), strict=True):
        fitted = corrected_power_law(found.receptive_field, getattr(found, quantity), order)
        predicted, unaltered = (int(exponent(quantity, stride, dim=d)) for d in (dim, 1))  # type: ignore[arg-type]
        answer.append(Law(dim, stride, quantity, predicted, unaltered, fitted))
    return answer
