"""`python -m validate.power --task 2`: how often the judgement of `validate.scaling` accepts true and wrong curves.

Sets of n = 2, 4, 8 simulated networks, with the scatter of the preset's networks, are put against the true curve and
against rivals. Exit status 0: at the preset's number of networks every rival is accepted in at most 5 of 100 sets, and
the true curve, of the quantities that are claimed, in at least 95.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from sweep.run import Run
from sweep.store import provenances
from validate.arguments import whole_number
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder
from validate.compare import comparisons, require_judgeable
from validate.files import provenance, write_json, write_text
from validate.options import add_arguments, experiment_of
from validate.presentation import table
from validate.presets import preset_training
from validate.record import as_json
from validate.runs.settings import run_settings
from validate.scaling.power import SIZES, TRIALS, PowerJudgement, judge_power
from validate.scaling.settings_text import settings

FEWEST_NETWORKS = 8


def parser() -> Parser:
    """The command line of `validate.power`."""
    p = Parser(prog="python -m validate.power", description=__doc__)
    p.add_argument("--task", type=whole_number(1, 2), required=True, help="1: distance below a scale; 2: same block")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the judgement has its power, 1 otherwise, 2 bad usage, 130 interrupted."""
    return execute(parser(), words, _power)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return experiment_of(arguments, arguments.task).runs


def _power(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    experiment, making = experiment_of(arguments, arguments.task), run_settings(arguments)
    if experiment.training is None or len(experiment.training.seeds) < FEWEST_NETWORKS:
        raise ValueError(f"the scatter is estimated from networks: use --seeds {FEWEST_NETWORKS} or more")
    require_judgeable(experiment)
    stem = output_folder(arguments.out, making.dry_run) / f"power{experiment.task.kind}"
    comparison = comparisons([experiment], making, console)[0]
    assert comparison.networks is not None
    if comparison.networks.learned.sum() < FEWEST_NETWORKS:
        raise ValueError(f"only {comparison.networks.learned.sum()} networks learned the task: use more --seeds")
    preset = preset_training(experiment.preset, arguments.task, experiment.task.dim)
    judgement = judge_power(comparison, len(preset.seeds))
    printed = _table(judgement)
    made = provenances(experiment.runs, making.store)
    record = {"judgement": judgement, "provenance": provenance("cpu", time.monotonic() - started, made), "runs": made}
    write_text(stem.with_suffix(".txt"), [settings(experiment), printed])
    write_json(stem.with_suffix(".json"), as_json(record))
    console.print(printed)
    console.print(f"written to {stem}.txt and .json")
    sound = judgement.sound
    console.print(f"With {judgement.preset} networks the judgement is {'sound' if sound else 'NOT sound'}.")
    return AGREE if sound else DISAGREE


def _table(judgement: PowerJudgement) -> Table:
    share = {(row.quantity, row.rival, row.n): row for row in judgement.rows}
    rows = [
        [quantity, rival, *(f"{c.accepted:.3f} [{c.low:.3f}, {c.high:.3f}]" for c in cells)]
        for quantity, rival in dict.fromkeys((row.quantity, row.rival) for row in judgement.rows)
        if (cells := [share[quantity, rival, n] for n in SIZES])
    ]
    return table(
        "How often a curve is accepted [95 % interval]",
        ("", "curve", *(f"n = {n}" for n in SIZES)),
        rows,
        f"{TRIALS} sets of n networks, normal with the covariance of {judgement.networks} trained ones about the\n"
        "curves of their own filters; of several variants (sign, layer) the most often accepted; "
        f"the preset has n = {judgement.preset}",
        left=2,
    )


if __name__ == "__main__":
    sys.exit(main())
