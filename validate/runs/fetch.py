"""What every command does with runs: ask the store, make what is missing, wherever the user says."""

import argparse
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from nets.device import choose_device
from validate.runs.board import board
from validate.runs.local import cores, make_here
from validate.runs.run import Run, key
from validate.runs.slurm import Cluster, make_on_cluster
from validate.runs.store import Store, read_identity, read_result, require_writable, status
from validate.runs.work import Options


class RunsFailed(Exception):
    """Some runs failed: {name: why}."""

    def __init__(self, failed: dict[str, str], store: Store) -> None:
        lines = [f"{len(failed)} runs failed; `python -m validate.runs --store {store.folder} show NAME` says more:"]
        super().__init__("\n".join(lines + [f"  {name}: {why}" for name, why in failed.items()]))


class OnlyPlanned(Exception):
    """--dry-run: what would be made was printed."""


def add_arguments(p: argparse.ArgumentParser) -> None:
    """Where runs are kept and made."""
    runs = p.add_argument_group("runs")
    runs.add_argument("--store", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (runs)")
    runs.add_argument("--executor", choices=("local", "slurm"), default="local", help="where they are made (local)")
    runs.add_argument("--dry-run", action="store_true", help="print what would be made, how much is there, the time")
    runs.add_argument("--workers", type=int, metavar="N", help="local: runs at a time (one for each core or GPU)")
    runs.add_argument("--device", default="auto", help="auto, cpu or cuda (auto)")
    runs.add_argument("--save-every", type=float, default=300, metavar="S", help="seconds between checkpoints (300)")
    runs.add_argument(
        "--resume", action=argparse.BooleanOptionalAction, default=True, help="go on from checkpoints (yes)"
    )
    runs.add_argument("--slurm-partition", metavar="NAME", help="the cluster's default")
    for name, default, what in (
        ("time", 240, "minutes of a job; it is requeued and goes on"),
        ("gpus", 0, "GPUs of a job"),
        ("cpus", 1, "CPUs of a job"),
        ("memory", 8, "GiB of a job"),
    ):
        runs.add_argument(f"--slurm-{name}", type=int, default=default, metavar="N", help=f"{what} ({default})")


def check(arguments: argparse.Namespace) -> None:
    """Raises ValueError, one sentence, for what cannot be."""
    if not arguments.save_every >= 0:
        raise ValueError(f"{arguments.save_every:g} seconds between checkpoints: use 0 or more")
    least = {"workers": 1, "slurm_time": 1, "slurm_gpus": 0, "slurm_cpus": 1, "slurm_memory": 1}
    for name, lowest in least.items():
        value = getattr(arguments, name)
        if value is not None and value < lowest:
            raise ValueError(f"--{name.replace('_', '-')} {value} is too few: use {lowest} or more")
    if arguments.executor == "local":
        choose_device(arguments.device)


def fetch(runs: Sequence[Run], arguments: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    """The results of all runs, in their order; what is missing is made first.

    Raises RunsFailed where some failed, OnlyPlanned with --dry-run, and ValueError, one sentence, where the store or
    the cluster cannot be used.
    """
    check(arguments)
    store = Store(arguments.store)
    if arguments.dry_run:
        console.print(plan(runs, store, arguments.workers or cores()))
        raise OnlyPlanned
    missing = [run for run in runs if store.result(run) is None]
    if missing:
        require_writable(store)
        options = Options(arguments.device, arguments.save_every, arguments.resume)
        with board(missing, store, console):
            if arguments.executor == "local":
                failed = make_here(missing, store, options, arguments.workers)
            else:
                failed = make_on_cluster(missing, store, options, _cluster(arguments))
        if failed:
            raise RunsFailed(failed, store)
    results = [store.result(run) for run in runs]
    lost = {key(run): "its result vanished" for run, one in zip(runs, results, strict=True) if one is None}
    if lost:
        raise RunsFailed(lost, store)
    return [result for result in results if result is not None]


def provenances(runs: Sequence[Run], store: Store) -> list[dict[str, Any]]:
    """How each of the runs, and those that they needed, was made."""
    found = []
    for run in _with_needs(runs):
        record = read_result(store.place(run))
        if record is not None:
            told = {name: record["result"][name] for name in run.told}
            found.append({"run": key(run), "title": run.title, **told, **record["provenance"]})
    return found


def plan(runs: Sequence[Run], store: Store, workers: int) -> Table:
    """What would be made, and for how long, going by finished runs of the same kind and similar size."""
    table = Table(title="Runs that are needed")
    for heading in ("run", "name", "state", "estimate"):
        table.add_column(heading, justify="right" if heading == "estimate" else "left", overflow="fold")
    past = finished(store)
    estimates: list[float | None] = []
    whole = _with_needs(runs)
    top = {key(run) for run in runs}
    for run in whole:
        found = status(store.place(run))
        if found == "done" or (key(run) not in top and _unneeded(run, runs, store)):
            table.add_row(run.title, key(run), found if found == "done" else "not needed", "")
            continue
        estimates.append(estimate(run, past))
        table.add_row(run.title, key(run), found, _time(estimates[-1]))
    known = [one for one in estimates if one is not None]
    least = f", about {_time(sum(known) / max(1, min(workers, len(runs))))} with {workers} at a time" if known else ""
    unknown = len(estimates) - len(known)
    table.caption = f"{len(whole) - len(estimates)} of {len(whole)} done or not needed" + least
    if unknown:
        table.caption += f"; {unknown} without an estimate, since no run of that kind is finished"
    return table


def finished(store: Store) -> list[tuple[str, float, float]]:
    """(kind, cost, seconds) of all finished runs."""
    found = []
    for folder in store:
        identity, record = read_identity(folder), read_result(folder)
        if identity is not None and record is not None and record["provenance"].get("cost"):
            found.append((identity["kind"], record["provenance"]["cost"], record["provenance"]["seconds"]))
    return found


def estimate(run: Run, known: Sequence[tuple[str, float, float]]) -> float | None:
    """Seconds, in proportion to the finished run of the same kind that is nearest in cost; None without one."""
    alike = [(cost, seconds) for kind, cost, seconds in known if kind == run.kind]
    if not alike:
        return None
    cost, seconds = min(alike, key=lambda one: abs(np.log(one[0] / run.cost)))
    return seconds * run.cost / cost


def _with_needs(runs: Sequence[Run]) -> list[Run]:
    """All runs after those that they need, each once."""
    found: dict[str, Run] = {}
    for run in runs:
        for one in (*_with_needs(run.needs), run):
            found.setdefault(key(one), one)
    return list(found.values())


def _unneeded(run: Run, runs: Sequence[Run], store: Store) -> bool:
    """Whether all that need it are done."""
    name = key(run)
    return all(store.result(one) is not None for one in runs if name in {key(n) for n in _with_needs(one.needs)})


def _time(seconds: float | None) -> str:
    return "unknown" if seconds is None else str(timedelta(seconds=round(seconds)))


def _cluster(arguments: argparse.Namespace) -> Cluster:
    return Cluster(
        arguments.slurm_partition,
        arguments.slurm_time,
        arguments.slurm_gpus,
        arguments.slurm_cpus,
        arguments.slurm_memory,
    )
