"""Experiments of the simple CNNs: what was asked, the runs that it takes, and the comparison."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from validate.asked import Asked
from validate.comparison import Comparison, compare
from validate.report import settings
from validate.runs.command_line import results_of, run_settings


def run(experiments: Sequence[Asked], arguments: argparse.Namespace, console: Console) -> list[Comparison]:
    """Say what is asked, get the results of their runs, and compare each.

    Raises what `validate.runs.command_line.results_of` raises.
    """
    for one in experiments:
        console.print(settings(one))
    results = results_of([run for one in experiments for run in one.runs], run_settings(arguments), console)
    found = []
    for one in experiments:
        own, results = results[: len(one.runs)], results[len(one.runs) :]
        found.append(compare(one.task, one.architecture, one.conventions, own))
    return found
