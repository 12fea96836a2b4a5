"""The laws in d = 1, 2, 3 beside the sentence "our analysis carries unaltered to the two-dimensional case"."""

from dataclasses import dataclass

from theory.definitions.architecture import Architecture
from theory.definitions.sensitivities import Sensitivities
from theory.scaling import Quantity, Stride, exponent, prefactor
from validate.asymptotics import TORUS_TOLERANCE, on_torus, orders
from validate.exponents import Exponent, corrected_power_law
from validate.verdict import same_exponent

DIMENSIONS = (1, 2, 3)
# the paper's two networks
NETWORKS: dict[Stride, Architecture] = {"one": Architecture(3, 1, 1), "filter": Architecture(2, 2, 1)}
QUANTITIES: tuple[Quantity, ...] = ("D", "G")


@dataclass(frozen=True)
class Law:
    """X ~ prefactor · A^predicted for one quantity, and the exponent fitted to the simulation.

    holds              whether the simulated exponent is the predicted one
    unaltered          the exponent of the one-dimensional case, and whether the same judgement accepts it
    """

    quantity: Quantity
    predicted: int
    prefactor: float
    fitted: Exponent
    holds: bool
    unaltered: int
    unaltered_holds: bool


@dataclass(frozen=True)
class DimensionJudgement:
    """Eqs. 4 and 6 simulated on a torus of dimension `dim`: F = 3 at stride "one", F = 2 at stride "filter"."""

    dim: int
    stride: Stride
    simulated: Sensitivities
    laws: tuple[Law, ...]


def judge_dimension(dim: int, stride: Stride) -> DimensionJudgement:
    """Exponents of D_k and G_k, with the next term of each fitted: A⁻² for D_k, A^−min(d, 2) or A^−d for G_k."""
    simulated = on_torus(NETWORKS[stride], dim)
    laws = []
    for quantity, order in zip(QUANTITIES, orders(NETWORKS[stride].stride, dim), strict=True):
        fitted = corrected_power_law(simulated.receptive_field, getattr(simulated, quantity), order)
        predicted, unaltered = (int(exponent(quantity, stride, dim=d)) for d in (dim, 1))
        holds, unaltered_holds = (same_exponent(value, fitted, TORUS_TOLERANCE) for value in (predicted, unaltered))
        coefficient = float(prefactor(quantity, stride, dim=dim))
        laws.append(Law(quantity, predicted, coefficient, fitted, holds, unaltered, unaltered_holds))
    return DimensionJudgement(dim, stride, simulated, tuple(laws))
