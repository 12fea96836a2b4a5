"""`python -m validate.tables 1`: mean filters of trained networks beside Tables 1 (task 1) and 2 (task 2) of the paper.

Exit status 0: in every layer of the window the
filters are homogeneous and of the printed sign, the first layer has the printed magnitude, and untrained filters are
refused.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from sweep.files import write_whole
from sweep.run import Run
from sweep.store import Store, provenances
from validate.asked import add_arguments, asked
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder
from validate.experiment import run
from validate.files import provenance, without_nan, write_json, write_text
from validate.mean_filters import LARGEST_DEVIATION, Row, rows, untrained_refused
from validate.scaling.tables import seeds, settings


def parser() -> Parser:
    """The command line of `validate.tables`."""
    p = Parser(
        prog="python -m validate.tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("table", type=int, help="1 or 2")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the tables agree, 1 not so or a run failed, 2 bad usage, 130 interrupted."""
    return execute(parser(), words, _tables)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return asked(arguments, arguments.table).runs


def _tables(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    if arguments.table not in (1, 2):
        raise ValueError(f"table {arguments.table} does not exist: the paper has two, use 1 or 2")
    one = asked(arguments, arguments.table)
    if one.training is None:
        raise ValueError("the tables are of trained networks: leave --no-nets out")
    stem = output_folder(arguments.out, arguments.dry_run) / f"table{arguments.table}"
    comparison = run([one], arguments, console)[0]
    assert comparison.networks is not None
    found = rows(comparison, one.training)
    parts = [settings(one), _table(found, arguments.table), seeds(comparison.networks)]
    write_text(stem.with_suffix(".txt"), parts)
    write_whole(stem.with_suffix(".csv"), lambda part: _write_csv(part, found))
    record = {"layers": [_layer(row) for row in found], "untrained_refused": untrained_refused(found)}
    made = provenances(one.runs, Store(arguments.store))
    record |= {"scaled": one.scaled, "runs": made}
    record["provenance"] = provenance("cpu", time.monotonic() - started, made)
    write_json(stem.with_suffix(".json"), without_nan(record))
    console.print(*parts[1:])
    agree = all(row.agrees for row in found if row.judged) and untrained_refused(found)
    console.print(f"written to {stem}.txt, .csv and .json")
    console.print("The judged layers agree." if agree else "At least one judged layer does NOT agree.")
    return AGREE if agree else DISAGREE


def _table(found: list[Row], number: int) -> Table:
    table = Table(title=f"Table {number}: filters averaged over channels and seeds")
    headings = ("k", "before training", "after training", "± seeds", "printed before", "printed after")
    for heading in (*headings, "homogeneity", "deviation", "a + b·o²", "sign", "after/printed", "verdict"):
        table.add_column(heading, justify="right")
    for row in found:
        learned = len(row.filters) > 0
        table.add_row(
            f"{row.layer}{'' if row.judged else ' *'}",
            _filter(row.initial.mean(0)),
            _filter(row.filters.mean(0)) if learned else "",
            f"{row.filters.std(0, ddof=1).max():.1g}" if len(row.filters) > 1 else "",
            "" if row.printed_initial is None else _filter(np.array(row.printed_initial)),
            "" if row.printed is None else _filter(np.array(row.printed)),
            f"{row.homogeneity.mean():.3f}" if learned else "",
            f"{row.deviation:.0%}",
            "" if np.isnan(row.parabola) else f"{row.parabola:.4f}",
            {1: "+", -1: "−", 0: "undecided"}[row.sign],
            f"{row.magnitude:.2f}" if learned else "",
            "agrees" if row.agrees else "does not",
        )
    table.caption = (
        "* not judged; homogeneity: share of the constant mode in all filters (Eq. 3); deviation: the largest of the\n"
        "mean filter's weights from their mean; a + b·o²: share of it that is of this form, F ≥ 4;\n"
        "after/printed: hidden layers brought to width 1000 by √(width/1000);\n"
        f"agrees: the printed sign, deviation at most {LARGEST_DEVIATION:.0%} and, with ridge and stop rule of App. "
        "B.2,\nthe printed magnitude of layer 1 within as much; "
        f"untrained filters: {'refused' if untrained_refused(found) else 'ACCEPTED'}"
    )
    return table


def _filter(weights: np.ndarray) -> str:
    return " ".join(f"{weight:.4f}".replace("0.", ".", 1) for weight in weights)


def _write_csv(path: Path, found: list[Row]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            ["layer", "offset", "before", "before_sd", "after", "after_sd", "printed_before", "printed_after", "agrees"]
        )
        for row in found:
            for o in range(row.initial.shape[1]):
                numbers = [
                    x
                    for column in (row.initial[:, o], row.filters[:, o])
                    for x in (
                        column.mean() if len(column) else "",
                        column.std(ddof=1) if len(column) > 1 else "",
                    )
                ]
                printed = [one[o] if one else "" for one in (row.printed_initial, row.printed)]
                lines.writerow([row.layer, o, *numbers, *printed, row.agrees])


def _layer(row: Row) -> dict[str, Any]:
    return {
        "layer": row.layer,
        "judged": row.judged,
        "before": row.initial.tolist(),
        "after": row.filters.tolist(),
        "printed_before": row.printed_initial,
        "printed_after": row.printed,
        "homogeneity": row.homogeneity.tolist(),
        "deviation": row.deviation,
        "parabola": row.parabola,
        "sign": row.sign,
        "magnitude": row.magnitude if len(row.filters) else None,
        "agrees": row.agrees,
    }


if __name__ == "__main__":
    sys.exit(main())
