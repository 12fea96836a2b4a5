"""Figures of filters with a row for each data set: scale detection, small images, large images (Figs. 4, 12 to 14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.table import Table

from nets.deep.image_task import ImageTask
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import Judgement, judged
from validate.deep.record import record
from validate.deep.settings import DeepExperiment
from validate.deep.statements import Statement
from validate.deep.tables import tables


@dataclass(frozen=True)
class DataSetsJudgement:
    """What a figure shows of each data set, in the order in which they were named."""

    experiments: tuple[DeepExperiment, ...]
    judgements: tuple[Judgement, ...]

    @property
    def drawable(self) -> bool:
        """Whether networks learned on each."""
        return all(judgement.drawable for judgement in self.judgements)

    @property
    def holds(self) -> bool:
        """Whether all that the paper says of each holds."""
        return all(judgement.holds for judgement in self.judgements)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Those on all data sets."""
        return tuple(statement for judgement in self.judgements for statement in judgement.statements)

    @property
    def shown(self) -> list[tuple[str, Ensemble]]:
        """(the data set, an architecture trained on it), row by row."""
        return [
            (data_name(experiment), ensemble)
            for experiment, judgement in zip(self.experiments, self.judgements, strict=True)
            for ensemble in judgement.trained
        ]

    @property
    def tables(self) -> list[Table]:
        """Those of each data set, which is named above its first."""
        printed = []
        for experiment, judgement in zip(self.experiments, self.judgements, strict=True):
            own = tables(judgement)
            own[0].title = f"{data_name(experiment)}. {own[0].title}"
            printed += own
        return printed

    @property
    def record(self) -> dict[str, Any]:
        """All numbers, with names as JSON has them."""
        pairs = zip(self.experiments, self.judgements, strict=True)
        rows = [{"experiment": e, "changed": e.changed, **record(judgement)} for e, judgement in pairs]
        return {"holds": self.holds, "data_sets": rows}


def judge_data_sets(
    figure: str, experiments: Sequence[DeepExperiment], results: Sequence[dict[str, Any]]
) -> DataSetsJudgement:
    """Of the results of all runs, experiment after experiment."""
    remaining = iter(results)
    judgements = [judged(figure, each, list(islice(remaining, len(each.runs)))) for each in experiments]
    return DataSetsJudgement(tuple(experiments), tuple(judgements))


def data_name(experiment: DeepExperiment) -> str:
    """Of the data set; "scale" for scale detection, as --dataset has it."""
    return experiment.task.data if isinstance(experiment.task, ImageTask) else "scale"
