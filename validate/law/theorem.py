"""D_k → 0 ⟺ sum rule and g = 1 (L6), on random filters with zeros."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from theory.definitions.stack import Layer
from theory.sum_rule import common_divisor, pools, sum_rule_defect
from theory.transfer_matrix import growth_law

DRAWN, SEED = 400, 0
# the longest drawn filter in strides, and how often a weight is 0
LONGEST, WEIGHTS = 3, (0, 0, 1, 1, 2, 3)


@dataclass(frozen=True)
class RandomFilters:
    """So many filters, drawn with this seed, and on how many of them each condition for D_k → 0 is contradicted by the
    transfer matrix's eigenvalues; the theorem is the first condition, the others are its rivals.
    """

    number: int
    seed: int
    contradicted_by: dict[str, int]

    @property
    def theorem_holds(self) -> bool:
        """Whether no drawn filter contradicts the theorem."""
        return next(iter(self.contradicted_by.values())) == 0

    @property
    def rivals_refused(self) -> bool:
        """Whether some drawn filter contradicts each of its rivals."""
        return all([*self.contradicted_by.values()][1:])


# the theorem first
CONDITIONS: dict[str, Callable[[Layer], bool]] = {
    "sum rule, and the taps' differences have no common divisor": pools,
    "sum rule": lambda layer: sum_rule_defect(layer) == 0,
    "the taps' differences have no common divisor": lambda layer: common_divisor(layer) == 1,
    "the stride divides the number of taps": lambda layer: len(layer.taps) % layer.stride == 0,
}


def judge_random_filters(number: int = DRAWN, seed: int = SEED) -> RandomFilters:
    """The theorem and its rivals on random filters: exactly, from λ₁ and λ_D as algebraic numbers."""
    layers = random_filters(number, seed)
    falls = [not growth_law(layer).saturates for layer in layers]
    contradictions = {
        name: sum(condition(layer) != fall for layer, fall in zip(layers, falls, strict=True))
        for name, condition in CONDITIONS.items()
    }
    return RandomFilters(number, seed, contradictions)


def random_filters(number: int, seed: int) -> list[Layer]:
    """Filters of stride 2 or 3 and dilation 1 or 2, many weights 0; every second one satisfies the sum rule where its
    dilation lets it.
    """
    rng = np.random.default_rng(seed)
    return [_random_filter(rng, n % 2 == 0) for n in range(number)]


def _random_filter(rng: np.random.Generator, sum_rule: bool) -> Layer:
    stride = int(rng.integers(2, 4))
    size = int(rng.integers(stride, LONGEST * stride + 1))
    dilation = int(rng.choice([1, 1, 1, 2]))
    weights = [Fraction(0)] * size
    for remainder in range(stride) if sum_rule else (0,):
        step = stride if sum_rule else 1
        part = rng.choice(WEIGHTS, len(range(remainder, size, step)))
        if not part.any():
            part[rng.integers(len(part))] = 1
        share = Fraction(1, stride if sum_rule else 1)
        weights[remainder::step] = [share * Fraction(int(weight), int(part.sum())) for weight in part]
    return Layer(tuple(weights), stride, dilation, skips=True)
