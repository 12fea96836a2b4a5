"""`python -m validate.scaling --task 2`: theory, exact simulation and trained networks side by side, judged."""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from sweep.run import Run
from sweep.store import Store, provenances
from validate.asked import add_arguments, asked
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder
from validate.experiment import run
from validate.files import write_json, write_text
from validate.scaling.figure import draw_sensitivities
from validate.scaling.judgement import judge
from validate.scaling.record import as_dict
from validate.scaling.tables import settings, tables


def parser() -> Parser:
    """The command line of `validate.scaling`."""
    p = Parser(prog="python -m validate.scaling", description=__doc__)
    p.add_argument("--task", type=int, required=True, help="1: distance below a scale; 2: same block")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 all verdicts agree, 1 one does not or a run failed, 2 bad usage, 130
    interrupted.
    """
    return execute(parser(), words, _scaling)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return asked(arguments, arguments.task).runs


def _scaling(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    one = asked(arguments, arguments.task)
    if one.training is not None and len(one.training.seeds) < 2:
        raise ValueError("one network has no interval to judge by: use --seeds 2 or more")
    stem = output_folder(arguments.out, arguments.dry_run) / f"task{one.task.kind}"
    comparison = run([one], arguments, console)[0]
    judgement = judge(comparison)
    made = provenances(one.runs, Store(arguments.store))
    printed = tables(comparison, judgement)
    draw_sensitivities([comparison], stem.with_suffix(".png"))
    write_text(stem.with_suffix(".txt"), [settings(one), printed])
    write_json(stem.with_suffix(".json"), as_dict(comparison, judgement, one, made, time.monotonic() - started))
    console.print(printed)
    console.print(f"{time.monotonic() - started:.0f} s; written to {stem}.json, .txt and .png")
    console.print("What is claimed holds." if judgement.holds else "A claim does not hold, or a rival was accepted.")
    return AGREE if judgement.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
