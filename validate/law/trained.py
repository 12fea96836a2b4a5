"""Networks of any filter and stride, trained, beside the exact curves of three sets of filters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nets.device import choose_device
from nets.fate import Fate
from nets.filters import channel_sum_rule_defect, homogeneity, mean_filters, sum_rule_defect
from nets.sensitivity import measure
from nets.simple import SimpleCNNs
from nets.training import Training, train
from simulate import filtered
from simulate.sensitivity import sensitivities
from theory.architecture import Architecture
from theory.perturbation import Conventions
from theory.sensitivities import Sensitivities
from theory.stack import box
from theory.sum_rule import nearest
from theory.sum_rule import sum_rule_defect as exact_defect
from theory.task import Kind, ScaleDetection
from validate.exponents import window
from validate.parallel import cores, each

CONVENTIONS = Conventions()
# images are as wide as the largest power of the stride up to here
WIDEST = 81
# seeds in one batched network: more make the measurement slower, fewer the training
TOGETHER = 4


@dataclass(frozen=True)
class Case:
    """Networks of one filter size and stride on one task: 1, 2, or the control "parity"."""

    kind: Kind
    filter_size: int
    stride: int

    @property
    def name(self) -> str:
        """As printed."""
        return f"F = {self.filter_size}, s = {self.stride}, task {self.kind}"

    @property
    def task(self) -> ScaleDetection:
        """L a power of s. Task 1: ξ = L/4 with a gap of 3ξ/4; task 2: blocks of the largest power of s up to L/3."""
        width = _largest_power(self.stride, WIDEST)
        scale = width // 4
        if self.kind == 1:
            return ScaleDetection(1, width, scale, gap=3 * scale // 4)
        if self.kind == 2:
            return ScaleDetection(2, width, _largest_power(self.stride, width // 3))
        return ScaleDetection("parity", width, self.stride)

    @property
    def architecture(self) -> Architecture:
        """As many layers as there are with filters no wider than what they look at."""
        depth = 1
        while self.filter_size * self.stride**depth <= self.task.width:
            depth += 1
        return Architecture(self.filter_size, self.stride, depth)

    def training(self, seeds: tuple[int, ...]) -> Training:
        """A ridge that brings the solution of minimal norm soon, and that most seeds survive."""
        return Training(
            channels=64,
            seeds=seeds,
            images=512,
            learning_rate=0.02,
            cooldown=0.8,
            ridge=0.1 if self.kind == 2 else 0.04,
            epochs=300 if self.kind == 2 else 400,
            patience=None,
        )

    def judged(self, receptive_field: np.ndarray) -> np.ndarray:
        """(K,) mask of the layers judged, by the ξ of task 1, the smallest, whatever the task."""
        return window(replace(self, kind=1).task, self.architecture, receptive_field)


@dataclass(frozen=True)
class Curves:
    """(S, K) D_k and G_k of S networks, or the exact ones of filters of theirs."""

    D: np.ndarray
    G: np.ndarray


@dataclass(frozen=True)
class Witness:
    """What the networks of one case say, before or after training.

    filters       (S, K, F) mean filters, scaled to sum 1      homogeneity      (S, K) share of the constant mode
    defect        (S, K) sum-rule defect of the mean filters   channel_defect   (S, K) the same of all channels
    measured      Eq. 1 of the networks
    own           exact curves of one channel with the mean filters, what is negative in them set to 0
    nearest       exact curves with the sum-rule filters nearest to the mean filters
    """

    filters: np.ndarray
    homogeneity: np.ndarray
    defect: np.ndarray
    channel_defect: np.ndarray
    measured: Curves
    own: Curves
    nearest: Curves


@dataclass(frozen=True)
class Trained:
    """One case: the exact homogeneous network, the (K,) mask of layers judged, and the networks."""

    case: Case
    homogeneous: Sensitivities
    window: np.ndarray
    fates: list[Fate]
    before: Witness
    after: Witness

    @property
    def fits(self) -> np.ndarray:
        """(S,) mask of the seeds that count: at the end every training image has the right sign."""
        return np.array([fate.status != "diverged" and fate.train_error == 0 for fate in self.fates])

    def counted(self, witness: Witness) -> np.ndarray:
        """(n,) places of the seeds that count: those that fit; before training, all."""
        return np.flatnonzero(self.fits) if witness is self.after else np.arange(len(self.fates))

    @property
    def homogeneous_defect(self) -> float:
        """Sum-rule defect of the homogeneous filter, 0 if s divides F."""
        return float(exact_defect(box(self.case.filter_size, self.case.stride)))


def train_cases(
    cases: list[Case], seeds: int, device: str = "auto", report: Callable[[int, Case], None] = lambda done, case: None
) -> list[Trained]:
    """Train and measure all cases, in groups of seeds; on CPU several groups at once, one core each.

    `report(groups done, case of the last)` is called after each group. Raises ValueError for a device that is not here.
    """
    ends = range(0, seeds, TOGETHER)
    groups = [(case, tuple(range(first, min(first + TOGETHER, seeds)))) for case in cases for first in ends]
    groups.sort(key=lambda group: -group[0].filter_size)  # the long ones first
    chosen = choose_device(device)
    if not groups:
        return []
    work = partial(_train_group, device=chosen)
    results = enumerate(map(work, groups)) if chosen == "cuda" else each(work, groups, min(cores(), len(groups)))
    found: dict[tuple[Case, tuple[int, ...]], Trained] = {}
    for done, (n, result) in enumerate(results, start=1):
        found[groups[n]] = result
        report(done, groups[n][0])
    return [_join([found[group] for group in sorted(found, key=lambda g: g[1]) if group[0] == case]) for case in cases]


def group_count(cases: list[Case], seeds: int) -> int:
    """How often `train_cases` will report."""
    return len(cases) * -(-seeds // TOGETHER)


def _largest_power(base: int, limit: int) -> int:
    power = 1
    while power * base <= limit:
        power *= base
    return power


def _train_group(group: tuple[Case, tuple[int, ...]], device: str) -> Trained:
    case, seeds = group
    before, after, fates = train(case.task, case.architecture, case.training(seeds), choose_device(device))
    homogeneous = sensitivities(case.task, case.architecture, CONVENTIONS)
    first, last = (_witness(networks, case, device) for networks in (before, after))
    return Trained(case, homogeneous, case.judged(homogeneous.receptive_field), fates, first, last)


def _witness(networks: SimpleCNNs, case: Case, device: str) -> Witness:
    stride = case.stride
    filters = mean_filters(networks).numpy()
    filters /= filters.sum(2, keepdims=True)
    measured = measure(networks, case.task, case.architecture, CONVENTIONS, device)
    return Witness(
        filters=filters,
        homogeneity=homogeneity(networks).numpy(),
        defect=sum_rule_defect(networks, stride).numpy(),
        channel_defect=channel_sum_rule_defect(networks, stride).numpy(),
        measured=Curves(measured.D, measured.G),
        own=_exact(case, np.maximum(filters, 0)),
        nearest=_exact(case, np.array([[nearest(layer, stride) for layer in network] for network in filters])),
    )


def _exact(case: Case, filters: np.ndarray) -> Curves:
    found = [filtered.sensitivities(case.task, case.architecture, network, CONVENTIONS) for network in filters]
    return Curves(np.array([one.D for one in found]), np.array([one.G for one in found]))


def _join(groups: list[Trained]) -> Trained:
    """The groups of one case as one."""
    fates = [fate for group in groups for fate in group.fates]
    before, after = (_together([getattr(group, when) for group in groups]) for when in ("before", "after"))
    return replace(groups[0], fates=fates, before=before, after=after)


def _together(witnesses: list[Witness]) -> Witness:
    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(witness, name) for witness in witnesses])

    def curves(name: str) -> Curves:
        parts = [getattr(witness, name) for witness in witnesses]
        return Curves(np.concatenate([part.D for part in parts]), np.concatenate([part.G for part in parts]))

    return Witness(
        filters=joined("filters"),
        homogeneity=joined("homogeneity"),
        defect=joined("defect"),
        channel_defect=joined("channel_defect"),
        measured=curves("measured"),
        own=curves("own"),
        nearest=curves("nearest"),
    )
