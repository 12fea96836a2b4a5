"""`python -m validate.tables 1`: mean filters of trained networks beside Tables 1 (task 1) and 2 (task 2) of the paper.

Exit status 0: in every layer of the window the filters are homogeneous and of the printed sign, the first layer has the
printed magnitude, and untrained filters are refused.
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
from validate.compare import comparisons
from validate.files import provenance, write_file, write_json, write_text
from validate.options import add_arguments, experiment_of
from validate.record import as_json
from validate.runs.settings import run_settings
from validate.scaling.settings_text import settings
from validate.scaling.tables import seeds
from validate.tables.mean_filters import judge
from validate.tables.presentation import filter_table, layer_record, write_csv


def parser() -> Parser:
    """The command line of `validate.tables`."""
    p = Parser(prog="python -m validate.tables", description=__doc__)
    p.add_argument("table", type=whole_number(1, 2), help="1 or 2")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the tables agree, 1 otherwise, 2 bad usage, 130 interrupted."""
    return execute(parser(), words, _tables)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return experiment_of(arguments, arguments.table).runs


def _tables(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    number: int = arguments.table
    if number not in (1, 2):
        raise ValueError(f"table {number} does not exist: the paper has two, use 1 or 2")
    experiment, making = experiment_of(arguments, number), run_settings(arguments)
    if experiment.training is None:
        raise ValueError("the tables are of trained networks: leave --no-nets out")
    stem = output_folder(arguments.out, making.dry_run) / f"table{number}"
    judgement = judge(comparisons([experiment], making, console)[0], experiment.training)
    parts = [settings(experiment), filter_table(judgement, number), seeds(judgement.networks)]
    write_text(stem.with_suffix(".txt"), parts)
    write_file(stem.with_suffix(".csv"), lambda part: write_csv(part, judgement))
    made = provenances(experiment.runs, making.store)
    record = {
        "layers": [layer_record(layer) for layer in judgement.layers],
        "untrained_refused": judgement.untrained_refused,
        "changed": experiment.changed,
        "runs": made,
        "provenance": provenance("cpu", time.monotonic() - started, made),
    }
    write_json(stem.with_suffix(".json"), as_json(record))
    console.print(*parts[1:])
    console.print(f"written to {stem}.txt, .csv and .json")
    console.print("The judged layers agree." if judgement.holds else "At least one judged layer does NOT agree.")
    return AGREE if judgement.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
