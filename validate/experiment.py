"""Experiments of the simple CNNs: what was asked, the runs that it takes, and the comparison."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from validate.asked import Asked
from validate.runs.fetch import fetch
from validate.scaling.comparison import Comparison, compare
from validate.scaling.tables import settings


def run(experiments: Sequence[Asked], arguments: argparse.Namespace, console: Console) -> list[Comparison]:
    """Say what is asked, fetch the runs of all experiments, and compare each.

    Raises what `validate.runs.fetch.fetch` raises.
    """
    for one in experiments:
        console.print(settings(one))
    results = fetch([run for one in experiments for run in one.runs], arguments, console)
    found = []
    for one in experiments:
        own, results = results[: len(one.runs)], results[len(one.runs) :]
        found.append(compare(one.task, one.architecture, one.conventions, own))
    return found
