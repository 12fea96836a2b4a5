"""Runs on a SLURM cluster, through submitit: one job array, requeued and resumed on time-out.

The same on preemption where the cluster is configured to signal it; elsewhere a preempted job ends without a result and
is submitted again, like any other that does.
"""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sweep.files import discard, read_text, write_text_whole
from sweep.folder import FAILURE, failure, read_result
from sweep.local import TRIES, wait_and_make
from sweep.run import Run, key
from sweep.store import Store
from sweep.work import POLL, Options

# the run's last job, and where submitit keeps its files in the store
JOB, JOBS = "slurm.txt", "slurm"
# time-outs after which a job is not requeued any more; each takes up the checkpoint of the one before
TIMEOUTS = 100
# seconds between questions to the queue; the progress of runs comes from the store and costs the cluster nothing
QUEUE_POLL = 10.0


@dataclass(frozen=True)
class Slurm:
    """What a job asks SLURM for: partition (None: the cluster's default), minutes, GPUs, CPUs and GiB; its name."""

    partition: str | None = None
    time: int = 240
    gpus: int = 0
    cpus: int = 1
    memory: int = 8
    name: str = "sweep"

    def __post_init__(self) -> None:
        for number, least in {"time": 1, "gpus": 0, "cpus": 1, "memory": 1}.items():
            if getattr(self, number) < least:
                raise ValueError(f"slurm {number} {getattr(self, number)} is too few: use {least} or more")

    def make(self, runs: Sequence[Run], store: Store, options: Options) -> dict[str, str]:
        """Make all runs as one job array and wait: {name of a run that failed: why}.

        Runs whose job is still in the queue are not submitted again; a job that vanishes without a result is, at most
        TRIES times. Ctrl-C leaves all jobs where they are. Raises ValueError, one sentence, where there is no SLURM.
        """
        tries: Counter[str] = Counter()
        failed: dict[str, str] = {}
        waiting = {key(run): run for run in runs}
        polled = -QUEUE_POLL
        while waiting:
            waiting = {name: run for name, run in waiting.items() if read_result(store.path(run)) is None}
            if waiting and time.monotonic() - polled >= QUEUE_POLL:
                polled = time.monotonic()
                queue = _queue()
                gone = {name: run for name, run in waiting.items() if _job(store, run) not in queue}
                failed |= _failed(gone, store, tries)
                # it may have been finished after the store was read and before the queue was
                again = [r for name, r in gone.items() if name not in failed and read_result(store.path(r)) is None]
                if again:
                    _submit(again, store, options, self)
                    tries.update(key(run) for run in again)
                waiting = {name: run for name, run in waiting.items() if name not in failed}
            time.sleep(POLL)
        return failed


class Job:
    """What a job does; submitit calls `checkpoint` at SLURM's signal, and the requeued job is the same again."""

    def __init__(self, run: Run, store: Store, options: Options) -> None:
        self.run, self.store, self.options = run, store, options
        self.leaving = False

    def __call__(self) -> str:
        outcome = wait_and_make(self.run, self.store, self.options)
        if self.leaving:
            # the request to be requeued is often ended by the signals that it brings about; no fault of the run
            (self.store.path(self.run) / FAILURE).unlink(missing_ok=True)
            os._exit(1)
        return outcome

    def checkpoint(self) -> Any:
        from submitit.helpers import DelayedSubmission

        self.leaving = True
        return DelayedSubmission(Job(self.run, self.store, replace(self.options, resume=True)))


def _failed(gone: dict[str, Run], store: Store, tries: Counter[str]) -> dict[str, str]:
    """Why those of the runs whose job has ended are not tried again."""
    failed = {}
    for name, run in gone.items():
        if (store.path(run) / FAILURE).exists() and tries[name]:
            failed[name] = failure(store.path(run))
        elif tries[name] == TRIES:
            failed[name] = f"its job ended {TRIES} times without a result: see {store.folder / JOBS}"
    return failed


def _submit(runs: Sequence[Run], store: Store, options: Options, slurm: Slurm) -> None:
    executor = _executor(store.folder / JOBS, slurm)
    for run in runs:
        store.path(run).mkdir(parents=True, exist_ok=True)
        for name in (FAILURE, JOB):
            discard(store.path(run) / name)
    absolute = replace(store, folder=store.folder.resolve())
    with executor.batch():
        jobs = [executor.submit(Job(run, absolute, options)) for run in runs]
    for run, job in zip(runs, jobs, strict=True):
        write_text_whole(store.path(run) / JOB, job.job_id)


def _executor(folder: Path, slurm: Slurm) -> Any:
    try:
        from submitit import AutoExecutor
    except ImportError:
        raise ValueError(
            "SLURM is spoken to through submitit, which is not installed: install the extra 'cluster'"
        ) from None
    try:
        executor = AutoExecutor(folder, cluster="slurm", slurm_max_num_timeout=TIMEOUTS)
    except RuntimeError:
        raise ValueError("there is no SLURM here (no srun): log in to the cluster, or make the runs locally") from None
    resources: dict[str, Any] = {"slurm_partition": slurm.partition} if slurm.partition else {}
    resources |= {"gpus_per_node": slurm.gpus} if slurm.gpus else {}
    executor.update_parameters(
        name=slurm.name, timeout_min=slurm.time, cpus_per_task=slurm.cpus, mem_gb=slurm.memory, **resources
    )
    return executor


def _queue() -> set[str]:
    """The user's jobs that wait or run, array elements each for itself."""
    try:
        command = ("squeue", "--me", "--noheader", "--array", "--format=%i")
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except FileNotFoundError:
        raise ValueError(
            "there is no SLURM here (no squeue): log in to the cluster, or make the runs locally"
        ) from None
    except (subprocess.SubprocessError, OSError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
        raise ValueError(f"SLURM does not answer ({reason}): try again when it does; jobs go on") from None
    return set(listed.split())


def _job(store: Store, run: Run) -> str | None:
    try:
        return read_text(store.path(run) / JOB, errors="replace").strip()
    except OSError:
        return None
