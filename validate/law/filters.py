"""The law from the transfer matrix beside its closed form and beside the operator applied."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from simulate import stack as operator
from theory import layer_stack
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, box, layer
from theory.sum_rule import class_weights, common_divisor, pools
from theory.transfer_matrix import growth_law, homogeneous_alpha

# the matrix's numbers and the closed form's are the same algebraic numbers, compared in double precision
CLOSED_TOLERANCE = 1e-12
# the operator's local slope at A ≥ 10⁵; what is left of the next eigenvalue is below 1e-7 for every filter shown
SLOPE_TOLERANCE = 1e-4
# rounding of sums over 10⁵ weights, in D_k down to 1e-10
LAYER_TOLERANCE = 1e-9
WIDEST = 2**17

SHOWN: dict[str, Layer] = {
    "F = s = 2 (paper)": box(2, 2),
    "F = s = 3 (paper)": box(3, 3),
    "F = 3, s = 2": box(3, 2),
    "F = 4, s = 2": box(4, 2),
    "F = 6, s = 3": box(6, 3),
    "F = 6, s = 2": box(6, 2),
    "F = 7, s = 2": box(7, 2),
    "[1, 2, 1]/4, s = 2": layer([1, 2, 1], 2),
}
# each beside the filter it was made from: 5 % off the sum rule, or the same weights with holes
BROKEN: dict[str, tuple[Layer, Layer]] = {
    "[1.05, 0.95]/2, s = 2": (layer([1.05, 0.95], 2), box(2, 2)),
    "[1, 2.1, 1]/4.1, s = 2": (layer([1, 2.1, 1], 2), layer([1, 2, 1], 2)),
    "[1, 0, 0, 1]/2, s = 2": (layer([1, 0, 0, 1], 2), box(2, 2)),
    "F = s = 3, dilation 2": (box(3, 3, dilation=2), box(3, 3)),
}


@dataclass(frozen=True)
class Prediction:
    """Of the transfer matrix: D_k → c_D s^{−αk} and G_k → c_G s^{βk}; λ₁, λ_D its eigenvalues, exactly."""

    alpha: float
    beta: float
    prefactor_D: float
    prefactor_G: float
    lambda_1: sp.Expr
    lambda_D: sp.Expr
    saturates: bool


@dataclass(frozen=True)
class HomogeneousFilter:
    """Homogeneous filters of one F and s: the matrix's prediction, and the closed form of α."""

    filter_size: int
    stride: int
    prediction: Prediction
    closed_alpha: float

    @property
    def agrees(self) -> bool:
        """Whether the matrix gives the closed form."""
        return abs(self.prediction.alpha - self.closed_alpha) <= CLOSED_TOLERANCE


@dataclass(frozen=True)
class Rival:
    """A wrong α that the operator must refuse."""

    name: str
    alpha: float
    accepted: bool


@dataclass(frozen=True)
class FilterJudgement:
    """One filter and stride: theory and operator over layers up to A of some 10⁵ pixels.

    class_weights       of each remainder of a pixel's position, 1/s each under the sum rule
    common_divisor      g of the taps' differences
    alpha, beta         local slopes of the operator at the last layer
    distance            largest relative distance of theory and operator over all layers, of D_k and G_k
    exponents_agree     whether the simulated exponents are the matrix's
    layers_agree        whether operator and theory agree at every layer, however slowly slopes converge
    obeys_theorem       whether α > 0 exactly where sum rule and g = 1 predict it (L6)
    """

    name: str
    layer: Layer
    class_weights: tuple[float, ...]
    common_divisor: int
    prediction: Prediction
    theory: Sensitivities
    simulated: Sensitivities
    alpha: float
    beta: float
    rivals: tuple[Rival, ...]
    distance: float
    exponents_agree: bool
    layers_agree: bool
    obeys_theorem: bool


def homogeneous_filters(largest_filter: int, largest_stride: int) -> tuple[HomogeneousFilter, ...]:
    """All F from s to `largest_filter`, s from 2 to `largest_stride`."""
    return tuple(
        HomogeneousFilter(size, stride, predict(box(size, stride)), _closed_alpha(size, stride))
        for stride in range(2, largest_stride + 1)
        for size in range(stride, largest_filter + 1)
    )


def predict(identical: Layer) -> Prediction:
    """The transfer matrix's numbers for identical layers with a stride."""
    of_matrix = growth_law(identical)
    return Prediction(
        *of_matrix.exponents, *of_matrix.prefactors, of_matrix.norm.root, of_matrix.moved.root, of_matrix.saturates
    )


def judge_shown() -> tuple[FilterJudgement, ...]:
    """The filters of SHOWN, each with α of the next filter size and "1 whenever there is a stride" as rivals."""
    return tuple(judge_filter(name, shown, _wrong_alphas(shown)) for name, shown in SHOWN.items())


def judge_broken() -> tuple[FilterJudgement, ...]:
    """The filters of BROKEN, each with α of the filter it was made from as rival."""
    alphas = {name: predict(original).alpha for name, (_, original) in BROKEN.items()}
    return tuple(
        judge_filter(name, broken, {f"α = {alphas[name]:g} of the filter it was made from": alphas[name]})
        for name, (broken, _) in BROKEN.items()
    )


def judge_filter(name: str, identical: Layer, wrong_alphas: Mapping[str, float] | None = None) -> FilterJudgement:
    """Theory and operator of identical layers, up to A of some 10⁵ pixels."""
    stride = identical.stride
    stack: Stack = (identical,) * int(math.log(WIDEST) / math.log(stride))
    prediction, theory, simulated = (
        predict(identical),
        layer_stack.stack_sensitivities(stack),
        operator.line_sensitivities(stack),
    )
    constant = 1 - 1 / math.pi
    alpha = math.log(simulated.D[-2] / simulated.D[-1]) / math.log(stride)
    beta = math.log((simulated.G[-1] - constant) / (simulated.G[-2] - constant)) / math.log(stride)
    distance = max(float(np.abs(getattr(theory, q) / getattr(simulated, q) - 1).max()) for q in ("D", "G"))
    return FilterJudgement(
        name=name,
        layer=identical,
        class_weights=tuple(map(float, class_weights(identical))),
        common_divisor=common_divisor(identical),
        prediction=prediction,
        theory=theory,
        simulated=simulated,
        alpha=alpha,
        beta=beta,
        rivals=tuple(
            Rival(rival, wrong, _same_exponent(alpha, wrong)) for rival, wrong in (wrong_alphas or {}).items()
        ),
        distance=distance,
        exponents_agree=_same_exponent(alpha, prediction.alpha) and _same_exponent(beta, prediction.beta),
        layers_agree=distance <= LAYER_TOLERANCE,
        obeys_theorem=pools(identical) != prediction.saturates,
    )


def _same_exponent(simulated: float, expected: float) -> bool:
    return abs(simulated - expected) <= SLOPE_TOLERANCE


def _wrong_alphas(shown: Layer) -> dict[str, float]:
    size, alpha = len(shown.weights), predict(shown).alpha
    rivals = {f"α of F = {size + 1}": predict(box(size + 1, shown.stride)).alpha, "α = 1 with any stride": 1.0}
    return {name: wrong for name, wrong in rivals.items() if abs(wrong - alpha) > 10 * SLOPE_TOLERANCE}


def _closed_alpha(size: int, stride: int) -> float:
    inner = size // stride
    if size % stride or inner < stride or inner % stride == 0:
        return float(homogeneous_alpha(size, stride))
    # the value of a root of high degree is at hand to 30 digits; sympy would compute it again, slowly
    return 1 + predict(box(inner, stride)).beta
