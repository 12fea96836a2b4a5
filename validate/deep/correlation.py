"""Does the test error go with the sensitivities of the output (Figs. 1 and 8)?

Architectures of one family (fully connected, VGG, ResNet) are built alike and are not independent of each other, so a
sign is judged by families: five of them in the quick preset, six in the paper's.
"""

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np

from nets.deep.architectures import FULLY_CONNECTED, RESNETS, UNTRAINED, VGG
from validate.deep.ensemble import Ensemble

Verdict = Literal["agrees", "undecided", "contradicts"]
Interval = tuple[float, float]
# what the paper says of ρ(ε, X)
SIGNS = {"D": 1, "G": -1, "R": 1}
DRAWS = 2000
# of each sign, so that a sign is decided by chance in 5 of 100 sets of families
LEVEL = 0.025
# fewer points have no correlation worth the name
FEWEST = 3


@dataclass(frozen=True)
class Correlation:
    """ρ = Cov(ln ε, ln X)/√(Var ln ε · Var ln X) over architectures (Fig. 1), each with the means over its seeds.

    architectures   95 % interval by bootstrap of architectures, and of the seeds of each, as if all were independent
    families        95 % interval by cluster bootstrap: whole families are drawn, with all their architectures
    family_rho      ρ of the F families' means of ln ε and ln X
    family_normal   95 % interval of it for normal variables, tanh(artanh ρ ± 1.96/√(F − 3)) (Fisher)
    p               share of all F! assignments of the families' errors to their sensitivities with a ρ as large and of
                    this sign: an exact test where families are independent and alike

    Simulated with the families of the quick preset (3, 1, 1, 4 and 1 architectures), whose members share 0 to 100 % of
    the variance, these intervals contain a true ρ of 0 or 0.9 in 65–91 (architectures), 82–90 (families) and 94–96
    (family_normal) of 100 sets. p <= 2.5 % occurs in 4–6 of 100 sets without correlation, of either sign, and in 53 of
    100 with ρ = 0.9 (tests/validate/deep/test_correlation.py).
    """

    rho: float
    architectures: Interval
    families: Interval
    family_rho: float
    family_normal: Interval
    p: float
    points: int
    family_count: int
    expected: int

    @property
    def verdict(self) -> Verdict:
        """Whether p leaves no doubt of the sign of `family_rho`, and this is the paper's; with fewer than five families
        p cannot be so small.
        """
        if not self.p <= LEVEL:
            return "undecided"
        return "agrees" if self.family_rho * self.expected > 0 else "contradicts"


def family(architecture: str) -> str:
    """The name of an architecture's family; its own where it is alone."""
    families: dict[str, Container[str]] = {"fully connected": FULLY_CONNECTED, "VGG": VGG, "ResNet": RESNETS}
    return next((name for name, members in families.items() if architecture in members), architecture)


def correlate(
    ensembles: Sequence[Ensemble],
    quantity: str,
    test_images: int,
    trained: bool = True,
    twins: Mapping[str, str] = UNTRAINED,
) -> Correlation:
    """ρ of the trained networks' errors and the sensitivity of their output, after or before training.

    An architecture without any error counts as half a wrong answer in the `test_images` of all its seeds. Architectures
    that are one network before training, as VGG11 and VGG11bn unless batch norm is calibrated (`twins`), are one point
    there: the mean of ln ε and of ln X. Raises ValueError where fewer than three architectures are left.
    """
    ensembles = [ensemble for ensemble in ensembles if ensemble.seeds]
    if len(ensembles) < FEWEST:
        raise ValueError(
            f"{len(ensembles)} architectures have no correlation: choose {FEWEST} or more with --architectures"
        )
    generator = np.random.default_rng(0)
    errors, values = [], []
    for ensemble in ensembles:
        value = getattr(ensemble.after if trained else ensemble.before, quantity)[:, -1]
        # the networks themselves first, then seeds drawn anew
        seeds = np.concatenate([
            np.arange(len(value))[None], generator.integers(len(value), size=(DRAWS, len(value)))
        ])  # fmt: skip
        least = 1 / (2 * test_images * len(value))
        errors.append(np.log(np.maximum(ensemble.test_error[seeds].mean(1), least)))
        values.append(np.log(value[seeds].mean(1)))
    x, y = np.array(errors).T, np.array(values).T
    names = [ensemble.architecture for ensemble in ensembles]
    if not trained:
        networks = membership([twins.get(name, name) for name in names], lambda name: name)
        x, y = (z @ networks.T / networks.sum(1) for z in (x, y))
        names = list(dict.fromkeys(twins.get(name, name) for name in names))
    members = membership(names)
    family_x, family_y = members @ x[0] / members.sum(1), members @ y[0] / members.sum(1)
    family_rho, p = permutation_test(family_x, family_y)
    return Correlation(
        rho=float(correlations(x[:1], y[:1])[0]),
        architectures=bootstrap(x[1:], y[1:], np.eye(len(names), dtype=int), generator),
        families=bootstrap(x[1:], y[1:], members, generator),
        family_rho=family_rho,
        family_normal=normal_interval(family_rho, len(members)),
        p=p,
        points=len(names),
        family_count=len(members),
        expected=SIGNS[quantity],
    )


def membership(architectures: Sequence[str], group: Callable[[str], str] = family) -> np.ndarray:
    """(F, A) 1 where the architecture is of the family, else 0; families in the order of their first members."""
    families = [group(name) for name in architectures]
    return np.array([[int(name == member) for member in families] for name in dict.fromkeys(families)])


def bootstrap(x: np.ndarray, y: np.ndarray, groups: np.ndarray, generator: np.random.Generator) -> Interval:
    """95 % interval of ρ over B draws of (B, A) numbers, in each of which as many groups are drawn as there are, with
    replacement and all their members; draws of fewer than three architectures are left out.

    groups   (F, A) membership; the identity draws architectures
    """
    drawn = generator.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=len(x)) @ groups
    rho = correlations(x, y, drawn)[(drawn > 0).sum(1) >= FEWEST]
    rho = rho[np.isfinite(rho)]
    if not len(rho):
        return math.nan, math.nan
    low, high = np.quantile(rho, (0.025, 0.975))
    return float(low), float(high)


def permutation_test(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(ρ of F pairs of numbers, share of all F! pairings with a ρ as large or larger, of the same sign)."""
    orders = np.array(list(permutations(range(len(x)))))
    rho = correlations(x[orders], np.broadcast_to(y, orders.shape))
    if not np.isfinite(rho[0]):
        return math.nan, math.nan
    # rounding must not decide between pairings of one ρ
    return float(rho[0]), float(np.mean(np.sign(rho[0]) * rho >= abs(rho[0]) - 1e-12))


def normal_interval(rho: float, count: int) -> Interval:
    """Fisher's 95 % interval of the correlation of normal variables, from that of `count` pairs."""
    if count < 4:
        return -1.0, 1.0
    half = 1.96 / math.sqrt(count - 3)
    with np.errstate(divide="ignore"):
        centre = np.arctanh(rho)
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def correlations(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(B,) correlations of the rows of (B, A) numbers, each counted as often as its weight says."""
    w = np.ones_like(x) if weights is None else weights
    total = w.sum(1, keepdims=True)
    x, y = x - (w * x).sum(1, keepdims=True) / total, y - (w * y).sum(1, keepdims=True) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((w * x * y).sum(1) / np.sqrt((w * x**2).sum(1) * (w * y**2).sum(1)))
