"""Statements (i), (ii), (v) of Section 2 on the layers of networks for real images, each with interval and control.

(i)   R_k falls with depth after training and not before; D_k is the witness that batch norm does not change
(ii)  networks with shuffled channels lie between untrained and trained ones
(v)   filters of middle layers become low-frequency
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from validate.deep.correlation import Verdict, family
from validate.deep.ensemble import Ensemble
from validate.statistics import Estimate, estimate

# a fall of ln R or ln D over the whole depth, and of ln roughness by training, that counts: by a fifth, by a tenth
FALL, SMOOTHER = math.log(1.25), math.log(1.1)
# intervals over families need as many
FEWEST_FAMILIES = 3
# a control
OTHER_SEED = "untrained, of another seed"
# one number for each network, in how many layers the mean over seeds falls (i, v) or lies between (ii), and of how many
Numbers = tuple[np.ndarray, tuple[int, int]]


@dataclass(frozen=True)
class Claim:
    """What the paper says, as a number that is to lie between `low` and `high`; the same number of other networks, the
    `control`, is not.

    majority   whether more than half of the layers have to be as stated as well
    """

    number: str
    text: str
    control: str
    low: float
    high: float
    majority: bool = False

    def verdict(self, value: Estimate, layers: tuple[int, int] | None = None) -> Verdict:
        """Whether the interval lies inside, outside, or neither."""
        if self.low < value.low and value.high < self.high:
            few = self.majority and layers is not None and 2 * layers[0] <= layers[1]
            return "undecided" if few else "agrees"
        return "contradicts" if value.high < self.low or value.low > self.high else "undecided"


@dataclass(frozen=True)
class Statement:
    """A claim on networks of one architecture, over seeds, or on families of architectures, over the families' means.

    layers   (i) in how many steps from layer to layer the mean over seeds falls, (ii) in how many layers it lies
             between, (v) in how many it falls, and of how many; None for families
    """

    claim: Claim
    subject: str
    value: Estimate
    verdict: Verdict
    control: Estimate
    control_verdict: Verdict
    layers: tuple[int, int] | None = None

    @property
    def holds(self) -> bool:
        """Whether the networks are as stated, and the control's are not known to be so as well."""
        return self.verdict == "agrees" and self.control_verdict != "agrees"


# claim, the number of networks and of its control
Measured = tuple[Claim, Callable[[Ensemble], Numbers], Callable[[Ensemble], Numbers]]


def depth_statements(ensembles: Sequence[Ensemble]) -> tuple[Statement, ...]:
    """(i), and (ii) of the architectures whose channels can be connected anew."""
    convolutional = [ensemble for ensemble in ensembles if ensemble.spectra]
    shuffled = [ensemble for ensemble in convolutional if ensemble.shuffled is not None]
    return (*_statements(convolutional, _falls()), *_statements(shuffled, _between()))


def filter_statements(ensembles: Sequence[Ensemble]) -> tuple[Statement, ...]:
    """(v), of architectures with three convolutions or more of filters wider than a pixel."""
    text = "filters of middle layers become low-frequency: change of ln roughness"
    claim = Claim("v", text, OTHER_SEED, -math.inf, -SMOOTHER)
    deep = [ensemble for ensemble in ensembles if len(ensemble.spectra) > 2]
    return tuple(_statements(deep, [(claim, smoothing, partial(smoothing, control=True))]))


def slope(ensemble: Ensemble, when: str, quantity: str) -> Numbers:
    """((S,) least-squares slopes of ln X_k against k/K, steps in which the mean of ln X falls)."""
    curves, layers = _finite(np.log(getattr(getattr(ensemble, when), quantity)))
    if len(layers) < 2:
        return np.full(len(curves), math.nan), (0, 0)
    depth = ensemble.depth[layers] - ensemble.depth[layers].mean()
    steps = np.diff(curves.mean(0))
    return curves @ depth / (depth @ depth), (int((steps < 0).sum()), len(steps))


def position(ensemble: Ensemble, quantity: str, curves: np.ndarray) -> Numbers:
    """((S,) p = Σ_k u_k v_k/Σ_k v_k², layers in which the mean lies between): where (S, K) curves of ln X lie on the
    way from the untrained network, 0, to the trained one, 1.

    u_k is what they differ by from the untrained network, v_k what the trained one does; the layers are those that
    shuffling changes.
    """
    before, after, shuffled = (
        np.log(getattr(getattr(ensemble, when), quantity)) for when in ("before", "after", "shuffled")
    )
    changed = np.isfinite(before + after + shuffled).all(0) & ~np.isclose(shuffled, after, atol=1e-6).all(0)
    if not changed.any():
        return np.full(len(before), math.nan), (0, 0)
    u, v = (curves - before)[:, changed], (after - before)[:, changed]
    between = (u.mean(0) * v.mean(0) > 0) & (np.abs(u.mean(0)) < np.abs(v.mean(0)))
    return (u * v).sum(1) / (v**2).sum(1), (int(between.sum()), int(changed.sum()))


def _falls() -> Iterator[Measured]:
    """(i) of R and D: trained and untrained networks are each other's control."""
    for quantity in ("R", "D"):
        number = f"slope of ln {quantity}_k over k/K"
        after = Claim("i", f"{quantity}_k falls after training: {number}", "untrained", -math.inf, -FALL)
        before = Claim("i", f"{quantity}_k does not fall before: {number}", "trained", -FALL, math.inf)
        trained, untrained = (partial(slope, when=when, quantity=quantity) for when in ("after", "before"))
        yield after, trained, untrained
        yield before, untrained, trained


def _between() -> Iterator[Measured]:
    """(ii) of D, G and R; the control is an untrained network of another seed."""
    for quantity in ("D", "G", "R"):
        text = f"{quantity}_k shuffled lies between: 0 untrained, 1 trained"
        claim = Claim("ii", text, OTHER_SEED, 0, 1, majority=True)
        yield claim, partial(_position, quantity=quantity), partial(_position, quantity=quantity, control=True)


def _position(ensemble: Ensemble, quantity: str, control: bool = False) -> Numbers:
    """Of the shuffled networks, or of untrained ones of another seed."""
    if not control:
        return position(ensemble, quantity, np.log(getattr(ensemble.shuffled, quantity)))
    numbers, layers = position(ensemble, quantity, np.roll(np.log(getattr(ensemble.before, quantity)), 1, axis=0))
    return _of_others(numbers), layers


def smoothing(ensemble: Ensemble, control: bool = False) -> Numbers:
    """((S,) means over middle layers of ln(roughness/that of the untrained filters), layers in which the mean falls):
    of the trained filters, or of untrained ones of another seed.
    """
    middle = [*ensemble.spectra.values()][1:-1]
    before, after = (
        np.log([[spectrum.roughness for spectrum in getattr(filters, when)] for filters in middle]).T
        for when in ("before", "after")
    )
    change = np.roll(before, 1, axis=0) - before if control else after - before
    numbers = _of_others(change.mean(1)) if control else change.mean(1)
    return numbers, (int((change.mean(0) < 0).sum()), len(middle))


def _of_others(numbers: np.ndarray) -> np.ndarray:
    """Unknown where there is no other seed."""
    return numbers if len(numbers) > 1 else np.full_like(numbers, math.nan)


def _finite(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(S, K') of the layers in which no network is constant, and (K',) which these are."""
    layers = np.flatnonzero(np.isfinite(curves).all(0))
    return curves[:, layers], layers


def _statements(ensembles: Sequence[Ensemble], measured: Iterator[Measured] | Sequence[Measured]) -> list[Statement]:
    """Of each claim: architecture by architecture, then of the families where there are enough."""
    statements = []
    for claim, number, control_number in measured:
        numbers, controls = [number(e) for e in ensembles], [control_number(e)[0] for e in ensembles]
        for ensemble, (values, layers), control in zip(ensembles, numbers, controls, strict=True):
            statements.append(_statement(claim, ensemble.architecture, values, control, layers))
        means = _family_means(ensembles, [values for values, _ in numbers])
        if len(means) >= FEWEST_FAMILIES:
            control_means = _family_means(ensembles, controls)
            statements.append(_statement(claim, f"{len(means)} families", means, control_means))
    return statements


def _statement(
    claim: Claim, subject: str, values: np.ndarray, control: np.ndarray, layers: tuple[int, int] | None = None
) -> Statement:
    own, other = estimate(values), estimate(control)
    return Statement(claim, subject, own, claim.verdict(own, layers), other, claim.verdict(other), layers)


def _family_means(ensembles: Sequence[Ensemble], values: Sequence[np.ndarray]) -> np.ndarray:
    """(F,) means over the architectures of each family of their means over seeds."""
    by_family: dict[str, list[float]] = {}
    for ensemble, numbers in zip(ensembles, values, strict=True):
        by_family.setdefault(family(ensemble.architecture), []).append(float(numbers.mean()))
    return np.array([np.mean(means) for means in by_family.values()])
