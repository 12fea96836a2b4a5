"""What `validate.figures 1, 3, 4, 8 to 14` do: make the networks that are missing, judge, draw, write."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sweep.store import provenances
from validate.command import AGREE, DISAGREE, output_folder
from validate.deep.data_sets import DataSetsJudgement, data_name, judge_data_sets
from validate.deep.figures import draw, draw_filters
from validate.deep.judgement import Judgement, judged
from validate.deep.noise import NoiseJudgement, judge, noise_norm
from validate.deep.noise_figures import draw_noise
from validate.deep.noise_tables import noise_tables
from validate.deep.record import record
from validate.deep.settings import OF_LEVELS, DeepExperiment
from validate.deep.tables import settings, tables
from validate.files import provenance, write_json, write_text
from validate.record import as_json
from validate.runs.settings import RunSettings, results_of


def show(
    figure: str, experiments: Sequence[DeepExperiment], making: RunSettings, folder: Path, console: Console
) -> int:
    """Judge, draw and write; the exit status: 0, or 1 where a sign of the paper's correlations or one of its statements
    on real images is undecided or contradicted, or no network learned.
    """
    started = time.monotonic()
    first, levels = experiments[0], figure in OF_LEVELS
    path = output_folder(folder, making.dry_run) / f"figure{figure}{_suffix(experiments)}.png"
    described = [settings(experiment) for experiment in (experiments[:1] if levels else experiments)]
    console.print(*described, sep="\n\n")
    if levels:
        console.print(f"and with noise of norm {', '.join(f'{noise_norm(each):g}' for each in experiments[1:])}")
    runs = [run for experiment in experiments for run in experiment.runs]
    results = results_of(runs, making, console)
    judgement: Judgement | NoiseJudgement | DataSetsJudgement
    if levels:
        judgement = judge(figure, experiments, results)
        printed, content = noise_tables(judgement), judgement.record
    elif len(experiments) > 1:
        judgement = judge_data_sets(figure, experiments, results)
        printed, content = judgement.tables, judgement.record
    else:
        judgement = judged(figure, first, results)
        printed, content = tables(judgement), record(judgement)
    console.print(*printed)
    if not judgement.drawable:
        console.print("No network learned, or too few: nothing was drawn.")
        return DISAGREE
    if isinstance(judgement, NoiseJudgement):
        draw_noise(judgement, path)
    elif isinstance(judgement, DataSetsJudgement):
        draw_filters(figure, judgement.shown, path)
    else:
        draw(judgement, path)
    made, seconds = provenances(runs, making.store), time.monotonic() - started
    if not isinstance(judgement, DataSetsJudgement):
        content = {"experiment": first, "changed": first.changed, **content}
    content["runs"] = made
    write_text(path.with_suffix(".txt"), [*described, *printed])
    write_json(path.with_suffix(".json"), as_json({**content, "provenance": provenance("cpu", seconds, made)}))
    console.print(f"{seconds:.0f} s; written to {path.with_suffix('')}.png, .txt and .json")
    _print_verdicts(judgement, console)
    return AGREE if judgement.holds else DISAGREE


def _suffix(experiments: Sequence[DeepExperiment]) -> str:
    """What a file's name says of the data: nothing for scale detection alone."""
    names = list(dict.fromkeys(data_name(experiment) for experiment in experiments))
    return "" if names == ["scale"] else f"-{'-'.join(names)}"


def _print_verdicts(judgement: Judgement | NoiseJudgement | DataSetsJudgement, console: Console) -> None:
    """The verdicts of a figure of correlations, and how many statements on layers and filters hold."""
    if not isinstance(judgement, DataSetsJudgement) and (verdicts := judgement.verdicts):
        signs = ", ".join(f"{quantity} {', '.join(each)}" for quantity, each in verdicts.items())
        console.print(f"The paper's signs, judged by families: {signs}")
    if not isinstance(judgement, NoiseJudgement) and judgement.statements:
        holding = sum(statement.holds for statement in judgement.statements)
        console.print(f"The paper's statements: {holding} of {len(judgement.statements)} hold.")
