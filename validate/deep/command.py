"""What `validate.figures 3, 4, 8, 9, 10, 11, 12, 14` do: make the networks that are missing, judge, draw, write."""

import time
from pathlib import Path

from rich.console import Console

from nets.deep.image_task import ImageTask
from sweep.store import provenances
from validate.command import AGREE, DISAGREE, output_folder
from validate.deep.ensemble import ensembles
from validate.deep.figures import draw
from validate.deep.judgement import Judgement
from validate.deep.record import record
from validate.deep.settings import DeepExperiment
from validate.deep.tables import settings, tables
from validate.files import provenance, write_json, write_text
from validate.record import as_json
from validate.runs.settings import RunSettings, results_of


def show(figure: str, experiment: DeepExperiment, making: RunSettings, folder: Path, console: Console) -> int:
    """Judge, draw and write; the exit status: 0, or 1 where a sign of Figs. 8 and 10 is undecided or not the paper's,
    or no network learned.
    """
    started = time.monotonic()
    data = f"-{experiment.task.data}" if isinstance(experiment.task, ImageTask) else ""
    path = output_folder(folder, making.dry_run) / f"figure{figure}{data}.png"
    console.print(settings(experiment))
    networks = ensembles(experiment.runs, results_of(experiment.runs, making, console))
    judgement = Judgement(figure, tuple(networks), experiment.trainings[0].test)
    printed = tables(judgement)
    console.print(*printed)
    if not judgement.trained:
        console.print("No network learned: nothing was drawn.")
        return DISAGREE
    draw(judgement, path)
    runs, seconds = provenances(experiment.runs, making.store), time.monotonic() - started
    content = {"experiment": experiment, "changed": experiment.changed, **record(judgement), "runs": runs}
    write_text(path.with_suffix(".txt"), [settings(experiment), *printed])
    write_json(path.with_suffix(".json"), as_json({**content, "provenance": provenance("cpu", seconds, runs)}))
    console.print(f"{seconds:.0f} s; written to {path.with_suffix('')}.png, .txt and .json")
    if judgement.correlations:
        signs = ", ".join(f"{q} {rho.verdict}" for q, rho in judgement.correlations["correlation"].items())
        console.print(f"The paper's signs, judged by families: {signs}")
    return AGREE if judgement.holds else DISAGREE
