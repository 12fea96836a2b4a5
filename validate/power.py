"""`python -m validate.power --task 2`: how often the judgement of `validate.scaling` accepts true and wrong curves.

Sets of n = 2, 4, 8 simulated networks, with the scatter of the preset's networks, are put against the true curve and
against rivals. Exit status 0: at the preset's number of networks every rival is accepted in at most 5 of 100 sets, and
the true curve, of the quantities that are claimed, in at least 95.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from sweep.run import Run
from sweep.store import Store, provenances
from validate.asked import add_arguments, asked
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder
from validate.experiment import run
from validate.files import provenance, without_nan, write_json, write_text
from validate.presets import preset_training
from validate.scaling.judgement import CLAIMED, JUDGED
from validate.scaling.power import TRUE, Power, power_table
from validate.scaling.tables import settings

SIZES = (2, 4, 8)
# binomial errors of 5 % are then 0.3 %
TRIALS = 4000
FEWEST_NETWORKS = 8


def parser() -> Parser:
    """The command line of `validate.power`."""
    p = Parser(
        prog="python -m validate.power", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--task", type=int, required=True, help="1: distance below a scale; 2: same block")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the judgement has its power, 1 not so, 2 bad usage, 130 interrupted."""
    return execute(parser(), words, _power)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return asked(arguments, arguments.task).runs


def _power(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    experiment = asked(arguments, arguments.task)
    if experiment.training is None or len(experiment.training.seeds) < FEWEST_NETWORKS:
        raise ValueError(f"the scatter is estimated from networks: use --seeds {FEWEST_NETWORKS} or more")
    stem = output_folder(arguments.out, arguments.dry_run) / f"power{experiment.task.kind}"
    comparison = run([experiment], arguments, console)[0]
    assert comparison.networks is not None
    if comparison.networks.learned.sum() < FEWEST_NETWORKS:
        raise ValueError(f"only {comparison.networks.learned.sum()} networks learned the task: use more --seeds")
    rows = [row for quantity in JUDGED for row in power_table(comparison, quantity, SIZES, TRIALS)]
    preset = len(preset_training(experiment.preset, experiment.task.kind, experiment.task.dim).seeds)  # type: ignore[arg-type]
    claimed = CLAIMED[experiment.architecture.stride > 1]
    rivals_refused = all(row.accepted <= 0.05 for row in rows if row.n == preset and row.rival != TRUE)
    true = [row for row in rows if row.n == preset and row.rival == TRUE and row.quantity in claimed]
    sound = rivals_refused and all(row.accepted >= 0.95 for row in true)
    table = _table(rows, int(comparison.networks.learned.sum()), preset)
    write_text(stem.with_suffix(".txt"), [settings(experiment), table])
    record = {"rows": [asdict(row) for row in rows], "preset_networks": preset, "sound": sound}
    made = provenances(experiment.runs, Store(arguments.store))
    record |= {"provenance": provenance("cpu", time.monotonic() - started, made), "runs": made}
    write_json(stem.with_suffix(".json"), without_nan(record))
    console.print(table)
    console.print(f"written to {stem}.txt and .json")
    console.print(f"With {preset} networks the judgement is sound." if sound else "The judgement is NOT sound.")
    return AGREE if sound else DISAGREE


def _table(rows: Sequence[Power], networks: int, preset: int) -> Table:
    table = Table(title="How often a curve is accepted [95 % interval]")
    for heading in ("", "curve", *(f"n = {n}" for n in SIZES)):
        table.add_column(heading, justify="right" if heading.startswith("n") else "left")
    share = {(row.quantity, row.rival, row.n): row for row in rows}
    for quantity, rival in dict.fromkeys((row.quantity, row.rival) for row in rows):
        cells = [share[quantity, rival, n] for n in SIZES]
        table.add_row(quantity, rival, *(f"{c.accepted:.3f} [{c.low:.3f}, {c.high:.3f}]" for c in cells))
    table.caption = (
        f"{TRIALS} sets of n networks, normal with the covariance of {networks} trained ones about the curves of\n"
        f"their own filters; of several variants (sign, layer) the most often accepted; the preset has n = {preset}"
    )
    return table


if __name__ == "__main__":
    sys.exit(main())
