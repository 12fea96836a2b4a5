"""The judgement on the law: filters, theorem, stacks and networks, and the statements that follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from validate.law.filters import (
    FilterJudgement,
    HomogeneousFilter,
    homogeneous_filters,
    judge_broken,
    judge_filter,
    judge_shown,
)
from validate.law.idealised import IdealisedStack, idealise
from validate.law.networks import runs_of
from validate.law.preference import NetworkJudgement, judge_runs
from validate.law.settings import LawSettings
from validate.law.theorem import RandomFilters, judge_random_filters


@dataclass(frozen=True)
class Statement:
    """One sentence of the verdict, and whether it holds."""

    name: str
    holds: bool


@dataclass(frozen=True)
class Judgement:
    """Everything that `validate.law` prints, draws and writes.

    shown, own, broken   filters that are shown, the user's, and copies that must have lost their α
    networks             trained; none with --no-nets
    statements           the verdict, on which the exit status depends
    """

    settings: LawSettings
    homogeneous: tuple[HomogeneousFilter, ...]
    shown: tuple[FilterJudgement, ...]
    own: tuple[FilterJudgement, ...]
    broken: tuple[FilterJudgement, ...]
    random_filters: RandomFilters
    stacks: tuple[IdealisedStack, ...]
    networks: tuple[NetworkJudgement, ...]
    statements: tuple[Statement, ...]

    @property
    def holds(self) -> bool:
        """Whether all statements hold."""
        return all(statement.holds for statement in self.statements)


def judge(settings: LawSettings, results: Sequence[dict[str, Any]] = ()) -> Judgement:
    """The law for these settings; `results` of `settings.runs`, in their order, none where no networks are set."""
    homogeneous = homogeneous_filters(settings.largest_filter, settings.largest_stride)
    own = settings.own
    filters = (
        judge_shown(),
        (judge_filter(f"own, s = {own.stride}", own),) if own is not None else (),
        judge_broken(),
    )
    random_filters = judge_random_filters()
    networks = _judge_networks(settings, results)
    statements = (*_statements(homogeneous, *filters, random_filters), *_network_statements(networks))
    stacks = tuple(map(idealise, settings.stacks))
    return Judgement(settings, homogeneous, *filters, random_filters, stacks, networks, statements)


def _judge_networks(settings: LawSettings, results: Sequence[dict[str, Any]]) -> tuple[NetworkJudgement, ...]:
    remaining = iter(results)
    return tuple(
        judge_runs(network, [next(remaining) for _ in runs_of(network, settings.seeds)]) for network in settings.trained
    )


def _statements(
    homogeneous: tuple[HomogeneousFilter, ...],
    shown: tuple[FilterJudgement, ...],
    own: tuple[FilterJudgement, ...],
    broken: tuple[FilterJudgement, ...],
    random_filters: RandomFilters,
) -> list[Statement]:
    all_filters = (*shown, *own, *broken)
    return [
        Statement(
            "the transfer matrix gives the closed form of α for every F and s",
            all(judged.agrees for judged in homogeneous),
        ),
        Statement("theory and operator agree at every layer", all(judged.layers_agree for judged in all_filters)),
        Statement("simulated exponents are the matrix's", all(judged.exponents_agree for judged in shown)),
        Statement(
            "α > 0 if and only if sum rule and no common divisor of the taps' differences: filters shown and own",
            all(judged.obeys_theorem for judged in all_filters),
        ),
        Statement(f"the same of {random_filters.number} random filters with zeros", random_filters.theorem_holds),
        Statement(
            "either condition alone refused by the random filters",
            random_filters.rivals_refused,
        ),
        Statement(
            "α of the neighbouring F and “1 with any stride” refused where they differ", not _any_accepted(shown)
        ),
        Statement(
            "filters 5 % off the sum rule, or with holes, have lost their α",
            all(judged.prediction.saturates for judged in broken) and not _any_accepted(broken),
        ),
    ]


def _any_accepted(filters: Iterable[FilterJudgement]) -> bool:
    return any(rival.accepted for judged in filters for rival in judged.rivals)


def _network_statements(networks: Iterable[NetworkJudgement]) -> Iterable[Statement]:
    for network in networks:
        name, trained, untrained = network.settings.name, network.trained.preference, network.untrained.preference
        if trained is None or untrained is None:  # the homogeneous filter obeys the sum rule: no choice
            continue
        if network.control:
            refused = bool(network.fits.any()) and not trained.sum_rule and not trained.follows
            yield Statement(f"{name}: sum rule and its D_k refused", refused)
        else:
            yield Statement(f"{name}: networks learn the sum rule, not homogeneity", trained.sum_rule)
            yield Statement(f"{name}: D_k follows the sum-rule filters, not homogeneous ones", trained.follows)
            yield Statement(f"{name}: untrained filters refused", not untrained.sum_rule)
