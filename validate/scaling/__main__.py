"""`python -m validate.scaling --task 2`: theory, exact simulation and trained networks side by side, judged.

`--from measurements.csv --stride F` judges measurements of yours: rows of layer, receptive field, D, G and, for several
networks, seed.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from sweep.run import Run
from sweep.store import provenances
from validate.arguments import whole_number
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder
from validate.compare import comparisons, require_judgeable
from validate.files import write_json, write_text
from validate.measurements import command as measured
from validate.options import MOST_DIM as MOST_TRAINED_DIM
from validate.options import add_arguments, experiment_of
from validate.runs.settings import run_settings
from validate.scaling.figure import draw_sensitivities
from validate.scaling.judgement import judge
from validate.scaling.record import record
from validate.scaling.settings_text import settings
from validate.scaling.tables import tables


def parser() -> Parser:
    """The command line of `validate.scaling`."""
    p = Parser(prog="python -m validate.scaling", description=__doc__)
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--task", type=whole_number(1, 2), help="1: distance below a scale; 2: same block")
    measured.add_arguments(p, what)
    add_arguments(p, most_dim=measured.MOST_DIM)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 all verdicts agree, 1 otherwise or a run failed, 2 bad usage, 130
    interrupted.
    """
    return execute(parser(), words, _scaling)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes; measurements from a file need none."""
    if arguments.measurements is not None:
        measured.settings_of(arguments)
        return []
    _require_task_options(arguments)
    return experiment_of(arguments, arguments.task).runs


def _require_task_options(arguments: argparse.Namespace) -> None:
    """Raises ValueError, one sentence, for what only measurements from a file can have."""
    if arguments.stride is not None:
        raise ValueError("--stride is of measurements, --from FILE, and a task has its own: leave one of them out")
    if arguments.dim > MOST_TRAINED_DIM:
        raise ValueError(f"--dim: {arguments.dim} is out of range: use 1 to {MOST_TRAINED_DIM}")


def _scaling(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    if arguments.measurements is not None:
        return measured.judge_file(measured.settings_of(arguments), console)
    _require_task_options(arguments)
    experiment, making = experiment_of(arguments, arguments.task), run_settings(arguments)
    require_judgeable(experiment)
    stem = output_folder(arguments.out, making.dry_run) / f"task{experiment.task.kind}"
    judgement = judge(comparisons([experiment], making, console)[0])
    printed = tables(judgement)
    draw_sensitivities([judgement.comparison], stem.with_suffix(".png"))
    write_text(stem.with_suffix(".txt"), [settings(experiment), printed])
    made, seconds = provenances(experiment.runs, making.store), time.monotonic() - started
    write_json(stem.with_suffix(".json"), record(judgement, experiment, made, seconds))
    console.print(printed)
    console.print(f"{seconds:.0f} s; written to {stem}.json, .txt and .png")
    console.print("What is claimed holds." if judgement.holds else "A claim does not hold, or a rival was accepted.")
    return AGREE if judgement.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
