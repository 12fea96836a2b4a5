"""Experiments of the simple CNNs: what was asked, the runs that it takes, and the comparison."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from validate.asked import Asked
from validate.runs.settings import results_of, run_settings
from validate.scaling.comparison import Comparison, compare, with_networks
from validate.scaling.tables import settings


def run(experiments: Sequence[Asked], arguments: argparse.Namespace, console: Console) -> list[Comparison]:
    """Say what is asked, compare theory with simulation, which may leave nothing to judge, and then with the networks.

    Raises what `validate.runs.settings.results_of` raises.
    """
    for one in experiments:
        console.print(settings(one))
    comparisons = [compare(one.task, one.architecture, one.conventions) for one in experiments]
    results = results_of([run for one in experiments for run in one.runs], run_settings(arguments), console)
    for n, one in enumerate(experiments):
        own, results = results[: len(one.runs)], results[len(one.runs) :]
        if own:
            comparisons[n] = with_networks(comparisons[n], own)
    return comparisons
