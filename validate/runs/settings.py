"""Where the runs of a command are kept, and where and how they are made."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from nets.device import choose_device
from sweep.local import Local, cores
from sweep.make import Executor, make_missing
from sweep.progress import plan
from sweep.run import Run
from sweep.slurm import Slurm
from sweep.store import Store, require_writable
from sweep.work import Options
from validate.arguments import add_choice, add_real, add_whole
from validate.command import OnlyPlanned
from validate.runs.progress_table import plan_table, progress_table


@dataclass(frozen=True)
class RunSettings:
    """Where runs are kept, where and how they are made; `dry_run`: they are not."""

    store: Store = field(default_factory=lambda: Store(Path("runs")))
    executor: Executor = field(default_factory=Local)
    options: Options = field(default_factory=Options)
    dry_run: bool = False


def add_arguments(p: argparse.ArgumentParser) -> None:
    """The choices of `run_settings`."""
    runs = p.add_argument_group("runs")
    runs.add_argument("--store", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (runs)")
    add_choice(runs, "--executor", "local slurm", ": where they are made (local)", "local")
    runs.add_argument("--dry-run", action="store_true", help="print what would be made, how much is there, the time")
    add_whole(runs, "--workers", "N", "local: runs at a time (one for each core or GPU)", 1, 1024)
    add_choice(runs, "--device", "auto cpu cuda", " (auto)", "auto")
    add_real(runs, "--save-every", "S", "seconds between checkpoints (300)", 0, 1e9, default=300)
    runs.add_argument(
        "--resume", action=argparse.BooleanOptionalAction, default=True, help="go on from checkpoints (yes)"
    )
    runs.add_argument("--slurm-partition", metavar="NAME", help="the cluster's default")
    add_whole(runs, "--slurm-time", "N", "minutes of a job, which is then requeued (240)", 1, 10**6, default=240)
    add_whole(runs, "--slurm-gpus", "N", "GPUs of a job (0)", 0, 64, default=0)
    add_whole(runs, "--slurm-cpus", "N", "CPUs of a job (1)", 1, 4096, default=1)
    add_whole(runs, "--slurm-memory", "N", "GiB of a job (8)", 1, 2**16, default=8)


def run_settings(arguments: argparse.Namespace) -> RunSettings:
    """The arguments of `add_arguments` as a value; raises ValueError, one sentence, for what cannot be."""
    slurm = {name: getattr(arguments, f"slurm_{name}") for name in ("partition", "time", "gpus", "cpus", "memory")}
    executors: dict[str, Executor] = {
        "local": Local(arguments.workers, _gpus(arguments.device) if arguments.executor == "local" else ()),
        "slurm": Slurm(**slurm, name="spatial-pooling"),
    }
    options = Options(arguments.device, arguments.save_every, arguments.resume)
    return RunSettings(Store(arguments.store), executors[arguments.executor], options, arguments.dry_run)


def results_of(runs: Sequence[Run], settings: RunSettings, console: Console) -> list[dict[str, Any]]:
    """The results of all runs, in their order; what is missing is made first, its progress shown.

    Raises OnlyPlanned with --dry-run, which writes nothing, and what `sweep.make.make_missing` raises.
    """
    if settings.dry_run:
        workers = settings.executor.places if isinstance(settings.executor, Local) else cores()
        planned = plan(runs, settings.store)
        if any(run.needed for run in planned):
            require_writable(settings.store, dry_run=True)
        console.print(plan_table(planned, min(workers, len(runs))))
        raise OnlyPlanned
    watch = partial(progress_table, console=console)
    return make_missing(runs, settings.store, settings.executor, settings.options, watch)


def _gpus(device: str) -> tuple[int, ...]:
    return tuple(range(torch.cuda.device_count())) if choose_device(device) == "cuda" else ()
