"""The judgement on the law: filters, theorem, stacks and networks, and the statements that follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from validate.law import filters, network_split
from validate.law.filters import FilterJudgement, HomogeneousFilter
from validate.law.idealised import IdealisedStack, idealise
from validate.law.network_split import NetworkSplit, judge_translations, translation_runs
from validate.law.networks import runs_of
from validate.law.preference import NetworkJudgement, judge_runs
from validate.law.settings import LawSettings
from validate.law.split import SplitJudgement, judge_splits
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
    splits               of the filters shown: what moves of D_k, and what is lost
    network_splits       the same of the networks
    networks             trained; none with --no-nets
    statements           the verdict, on which the exit status depends
    """

    settings: LawSettings
    homogeneous: tuple[HomogeneousFilter, ...]
    shown: tuple[FilterJudgement, ...]
    own: tuple[FilterJudgement, ...]
    broken: tuple[FilterJudgement, ...]
    random_filters: RandomFilters
    splits: tuple[SplitJudgement, ...]
    stacks: tuple[IdealisedStack, ...]
    networks: tuple[NetworkJudgement, ...]
    network_splits: tuple[NetworkSplit, ...]
    statements: tuple[Statement, ...]

    @property
    def holds(self) -> bool:
        """Whether all statements hold."""
        return all(statement.holds for statement in self.statements)


def judge(settings: LawSettings, results: Sequence[dict[str, Any]] = ()) -> Judgement:
    """The law for these settings; `results` of `settings.runs`, in their order, none where no networks are set."""
    homogeneous = filters.homogeneous_filters(settings.largest_filter, settings.largest_stride)
    own = () if settings.own is None else (filters.judge_filter(f"own, s = {settings.own.stride}", settings.own),)
    single = (filters.judge_shown(), own, filters.judge_broken())
    random_filters = judge_random_filters()
    splits = judge_splits(filters.SHOWN)
    networks, network_splits = _judge_networks(settings, results)
    statements = _law_statements(homogeneous, *single, random_filters)
    statements |= {**_split_statements(splits), **_network_statements(networks)}
    statements |= network_split.statements(network_splits)
    return Judgement(
        settings,
        homogeneous,
        *single,
        random_filters,
        splits,
        tuple(map(idealise, settings.stacks)),
        networks,
        network_splits,
        tuple(Statement(name, holds) for name, holds in statements.items()),
    )


def _judge_networks(
    settings: LawSettings, results: Sequence[dict[str, Any]]
) -> tuple[tuple[NetworkJudgement, ...], tuple[NetworkSplit, ...]]:
    remaining = iter(results)
    networks = tuple(
        judge_runs(network, [next(remaining) for _ in runs_of(network, settings.seeds)]) for network in settings.trained
    )
    return networks, tuple(
        judge_translations(judged, [next(remaining) for _ in translation_runs(judged.settings, settings.seeds)])
        for judged in networks
    )


def _law_statements(
    homogeneous: Sequence[HomogeneousFilter],
    shown: Sequence[FilterJudgement],
    own: Sequence[FilterJudgement],
    broken: Sequence[FilterJudgement],
    random_filters: RandomFilters,
) -> dict[str, bool]:
    single = (*shown, *own, *broken)
    theorem = "α > 0 if and only if sum rule and no common divisor of the taps' differences"
    return {
        "the transfer matrix gives the closed form of α for every F and s": all(
            judged.agrees for judged in homogeneous
        ),
        "theory and operator agree at every layer": all(judged.layers_agree for judged in single),
        "simulated exponents are the matrix's": all(judged.exponents_agree for judged in shown),
        f"{theorem}: filters shown and own": all(judged.obeys_theorem for judged in single),
        f"the same of {random_filters.number} random filters with zeros": random_filters.theorem_holds,
        "either condition alone refused by the random filters": random_filters.rivals_refused,
        "α of the neighbouring F and “1 with any stride” refused where they differ": _all_refused(shown),
        "filters 5 % off the sum rule, or with holes, have lost their α": (
            all(judged.prediction.saturates for judged in broken) and _all_refused(broken)
        ),
    }


def _all_refused(judged_filters: Iterable[FilterJudgement | SplitJudgement]) -> bool:
    return not any(rival.accepted for judged in judged_filters for rival in judged.rivals)


def _split_statements(splits: Sequence[SplitJudgement]) -> dict[str, bool]:
    return {
        "moved and lost: theory and transported representations agree at every layer": all(
            split.layers_agree for split in splits
        ),
        "moved ~ A_k^−2 and lost ~ A_k^−α for every filter and stride": all(split.exponents_agree for split in splits),
        "moved and lost: wrong exponents and a wrong displacement refused": _all_refused(splits),
    }


def _network_statements(networks: Iterable[NetworkJudgement]) -> dict[str, bool]:
    statements = {}
    for network in networks:
        name, trained, untrained = network.settings.name, network.trained.preference, network.untrained.preference
        if trained is None or untrained is None:  # the homogeneous filter obeys the sum rule: no choice
            continue
        if network.control:
            refused = bool(network.fits.any()) and not trained.sum_rule and not trained.follows
            statements[f"{name}: sum rule and its D_k refused"] = refused
        else:
            statements[f"{name}: networks learn the sum rule, not homogeneity"] = trained.sum_rule
            statements[f"{name}: D_k follows the sum-rule filters, not homogeneous ones"] = trained.follows
            statements[f"{name}: untrained filters refused"] = not untrained.sum_rule
    return statements
