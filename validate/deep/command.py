"""What `validate.figures 1, 3, 4, 8 to 14` do: make the networks that are missing, judge, draw, write."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from nets.deep.image_task import ImageTask
from sweep.store import provenances
from validate.command import AGREE, DISAGREE, output_folder
from validate.deep.figures import draw
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
    data = f"-{first.task.data}" if isinstance(first.task, ImageTask) else ""
    path = output_folder(folder, making.dry_run) / f"figure{figure}{data}.png"
    console.print(settings(first))
    if levels:
        console.print(f"and with noise of norm {', '.join(f'{noise_norm(each):g}' for each in experiments[1:])}")
    runs = [run for experiment in experiments for run in experiment.runs]
    results = results_of(runs, making, console)
    judgement: Judgement | NoiseJudgement
    if levels:
        judgement = judge(figure, experiments, results)
        printed, content = noise_tables(judgement), judgement.record
    else:
        judgement = judged(figure, first, results)
        printed, content = tables(judgement), record(judgement)
    console.print(*printed)
    if not judgement.drawable:
        console.print("No network learned, or too few: nothing was drawn.")
        return DISAGREE
    if isinstance(judgement, Judgement):
        draw(judgement, path)
    else:
        draw_noise(judgement, path)
    made, seconds = provenances(runs, making.store), time.monotonic() - started
    content = {"experiment": first, "changed": first.changed, **content, "runs": made}
    write_text(path.with_suffix(".txt"), [settings(first), *printed])
    write_json(path.with_suffix(".json"), as_json({**content, "provenance": provenance("cpu", seconds, made)}))
    console.print(f"{seconds:.0f} s; written to {path.with_suffix('')}.png, .txt and .json")
    _print_verdicts(judgement, console)
    return AGREE if judgement.holds else DISAGREE


def _print_verdicts(judgement: Judgement | NoiseJudgement, console: Console) -> None:
    """The verdicts of a figure of correlations, and how many statements on layers and filters hold."""
    if verdicts := judgement.verdicts:
        signs = ", ".join(f"{quantity} {', '.join(each)}" for quantity, each in verdicts.items())
        console.print(f"The paper's signs, judged by families: {signs}")
    if isinstance(judgement, Judgement) and judgement.statements:
        holding = sum(statement.holds for statement in judgement.statements)
        console.print(f"The paper's statements: {holding} of {len(judgement.statements)} hold.")
