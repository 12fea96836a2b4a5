"""The law from the transfer matrix beside its closed form and beside the operator applied."""

import math
from dataclasses import dataclass

import numpy as np

from simulate import stack as operator
from theory import layer_stack
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.stack import Layer, Stack, box, layer
from theory.sum_rule import class_weights, common_divisor, pools, sum_rule_defect
from theory.transfer_matrix import GrowthLaw, growth_law, homogeneous_alpha

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
# beside the filter of which each is a spoiled copy: 5 % off the sum rule, or the same weights with holes
BROKEN: dict[str, tuple[Layer, Layer]] = {
    "[1.05, 0.95]/2, s = 2": (layer([1.05, 0.95], 2), box(2, 2)),
    "[1, 2.1, 1]/4.1, s = 2": (layer([1, 2.1, 1], 2), layer([1, 2, 1], 2)),
    "[1, 0, 0, 1]/2, s = 2": (layer([1, 0, 0, 1], 2), box(2, 2)),
    "F = s = 3, dilation 2": (box(3, 3, dilation=2), box(3, 3)),
}


@dataclass(frozen=True)
class Point:
    """Homogeneous filters of one F and s: the matrix's law, and the closed form of α."""

    filter_size: int
    stride: int
    law: GrowthLaw
    closed: float

    @property
    def holds(self) -> bool:
        """Whether the matrix gives the closed form."""
        return abs(self.law.exponents[0] - self.closed) <= CLOSED_TOLERANCE


@dataclass(frozen=True)
class Checked:
    """One filter and stride: the law, the operator's D_k, G_k over layers, and the slopes at the last of them."""

    name: str
    layer: Layer
    law: GrowthLaw
    theory: Sensitivities
    simulated: Sensitivities
    alpha: float
    beta: float

    @property
    def holds(self) -> bool:
        """Whether the simulated exponents are the law's."""
        return self.accepts(self.law.exponents[0]) and abs(self.beta - self.law.exponents[1]) <= SLOPE_TOLERANCE

    @property
    def follows(self) -> bool:
        """Whether operator and theory agree at every layer, however slowly slopes converge."""
        return furthest(self) <= LAYER_TOLERANCE

    def accepts(self, alpha: float) -> bool:
        """The same judgement of another α."""
        return abs(self.alpha - alpha) <= SLOPE_TOLERANCE

    @property
    def class_weights(self) -> list[float]:
        """What each remainder of a pixel's place weighs, 1/s each under the sum rule."""
        return [float(weight) for weight in class_weights(self.layer)]

    @property
    def defect(self) -> float:
        """The sum-rule defect."""
        return float(sum_rule_defect(self.layer))

    @property
    def common_divisor(self) -> int:
        """g of the taps' differences."""
        return common_divisor(self.layer)

    @property
    def obeys_the_theorem(self) -> bool:
        """Whether α > 0 exactly where sum rule and g = 1 say so (L6)."""
        return pools(self.layer) != self.law.saturates


def points(largest_filter: int, largest_stride: int) -> list[Point]:
    """All F from s to `largest_filter`, s from 2 to `largest_stride`."""
    return [
        Point(size, stride, growth_law(box(size, stride)), _closed(size, stride))
        for stride in range(2, largest_stride + 1)
        for size in range(stride, largest_filter + 1)
    ]


def check(name: str, one: Layer) -> Checked:
    """Ask theory and operator about identical layers, up to A of some 10⁵ pixels."""
    depth = int(math.log(WIDEST) / math.log(one.stride))
    stack: Stack = (one,) * depth
    simulated = operator.line_sensitivities(stack)
    constant = 1 - 1 / math.pi
    alpha = math.log(simulated.D[-2] / simulated.D[-1]) / math.log(one.stride)
    beta = math.log((simulated.G[-1] - constant) / (simulated.G[-2] - constant)) / math.log(one.stride)
    return Checked(name, one, growth_law(one), layer_stack.stack_sensitivities(stack), simulated, alpha, beta)


def rivals(checked: Checked) -> list[tuple[str, float]]:
    """Exponents that the operator must refuse: of the next filter size, and "1 whenever there is a stride"."""
    size, stride = len(checked.layer.weights), checked.layer.stride
    others = [(f"α of F = {size + 1}", growth_law(box(size + 1, stride)).exponents[0]), ("α = 1 with any stride", 1.0)]
    return [(name, alpha) for name, alpha in others if abs(alpha - checked.law.exponents[0]) > 10 * SLOPE_TOLERANCE]


def furthest(checked: Checked) -> float:
    """Largest relative distance of theory and operator over all layers, of D_k and G_k."""
    return max(float(np.abs(getattr(checked.theory, q) / getattr(checked.simulated, q) - 1).max()) for q in ("D", "G"))


def _closed(size: int, stride: int) -> float:
    inner = size // stride
    if size % stride or inner < stride or inner % stride == 0:
        return float(homogeneous_alpha(size, stride))
    # the value of a root of high degree is at hand to 30 digits; sympy would find it again, slowly
    return 1 + growth_law(box(inner, stride)).exponents[1]
