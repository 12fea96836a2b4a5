"""Theory, simulation and trained networks of an experiment side by side; from Python as from the command line."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sweep.local import Local
from sweep.make import Executor, make_missing
from sweep.store import Store
from validate.experiment import Experiment
from validate.runs.settings import RunSettings, results_of
from validate.scaling.comparison import Comparison, theory_and_simulation, with_networks
from validate.scaling.judgement import Judgement, judge
from validate.scaling.settings_text import settings


def compare(
    experiment: Experiment, seeds: int | None = None, store: Path | str = "runs", executor: Executor | None = None
) -> Judgement:
    """Train the networks of an experiment, or find them in the store, and judge them against the exact curves.

    seeds      networks; as many as the experiment has if nothing is said
    executor   where missing runs are made: `sweep.local.Local`, one for each core, or `sweep.slurm.Slurm`

    Raises ValueError, one sentence, for an experiment that cannot be judged, and `sweep.make.RunsFailed`.
    """
    if seeds is not None:
        experiment = experiment.with_seeds(seeds)
    require_judgeable(experiment)
    comparison = theory_and_simulation(experiment.task, experiment.architecture, experiment.conventions)
    if experiment.runs:
        comparison = with_networks(comparison, make_missing(experiment.runs, Store(Path(store)), executor or Local()))
    return judge(comparison)


def comparisons(experiments: Sequence[Experiment], run_settings: RunSettings, console: Console) -> list[Comparison]:
    """The same of several experiments, unjudged: settings and progress are printed.

    Raises what `validate.runs.settings.results_of` raises.
    """
    for experiment in experiments:
        console.print(settings(experiment))
    compared = [theory_and_simulation(e.task, e.architecture, e.conventions) for e in experiments]
    results = results_of([run for experiment in experiments for run in experiment.runs], run_settings, console)
    for n, experiment in enumerate(experiments):
        own, results = results[: len(experiment.runs)], results[len(experiment.runs) :]
        if own:
            compared[n] = with_networks(compared[n], own)
    return compared


def require_judgeable(experiment: Experiment) -> None:
    """Raises ValueError, one sentence, where there is nothing to judge, before anything is trained."""
    if experiment.training is not None and len(experiment.training.seeds) < 2:
        raise ValueError("one network has no interval to judge by: use --seeds 2 or more")
    theory_and_simulation(experiment.task, experiment.architecture, experiment.conventions)
