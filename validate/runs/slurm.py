"""Runs on a SLURM cluster, through submitit: one job array, requeued and resumed on time-out and preemption."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from validate.runs.local import TRIES, last_line, one_thread
from validate.runs.run import Run, key
from validate.runs.store import FAILURE, Store, read_result
from validate.runs.work import POLL, Options, make

# the run's last job, and where submitit keeps its files in the store
JOB, JOBS = "slurm.txt", "slurm"
# time-outs after which a job is not requeued any more; each takes up the checkpoint of the one before
TIMEOUTS = 100
# seconds between questions to the queue; what is told of runs comes from the store and costs the cluster nothing
ASK = 10.0


@dataclass(frozen=True)
class Cluster:
    """What a job asks SLURM for: partition (None: the cluster's default), minutes, GPUs, CPUs and GiB."""

    partition: str | None = None
    minutes: int = 240
    gpus: int = 0
    cpus: int = 1
    memory: int = 8


class Job:
    """What a job does; submitit calls `checkpoint` when it must leave, and the requeued job is the same again."""

    def __init__(self, run: Run, store: Store, options: Options) -> None:
        self.run, self.store, self.options = run, store, options
        self.leaving = False

    def __call__(self) -> str:
        one_thread()
        while (outcome := make(self.run, self.store, self.options)) == "held":
            time.sleep(POLL)
        if self.leaving:
            # the request to be requeued is often ended by the signals that it brings about; no fault of the run
            (self.store.place(self.run) / FAILURE).unlink(missing_ok=True)
            os._exit(1)
        return outcome

    def checkpoint(self) -> Any:
        from submitit.helpers import DelayedSubmission

        self.leaving = True
        return DelayedSubmission(Job(self.run, self.store, replace(self.options, resume=True)))


def make_on_cluster(runs: Sequence[Run], store: Store, options: Options, cluster: Cluster) -> dict[str, str]:
    """Make all runs as one job array and wait: {name of a run that failed: why}.

    Runs whose job is still in the queue are not submitted again; a job that vanishes without a result is, at most
    TRIES times. Ctrl-C leaves all jobs where they are. Raises ValueError, one sentence, where there is no SLURM.
    """
    tries: Counter[str] = Counter()
    failed: dict[str, str] = {}
    waiting = {key(run): run for run in runs}
    asked = -ASK
    while waiting:
        for name, run in list(waiting.items()):
            if read_result(store.place(run)) is not None:
                del waiting[name]
        if time.monotonic() - asked >= ASK:
            asked = time.monotonic()
            queue = _queue()
            gone = [run for run in waiting.values() if _job(store, run) not in queue]
            for run in gone:
                if (store.place(run) / FAILURE).exists() and tries[key(run)]:
                    failed[key(run)] = last_line(store, run)
                elif tries[key(run)] == TRIES:
                    failed[key(run)] = f"its job ended {TRIES} times without a result: see {store.folder / JOBS}"
            again = [run for run in gone if key(run) not in failed and read_result(store.place(run)) is None]
            if again:
                _submit(again, store, options, cluster)
                tries.update(key(run) for run in again)
            for name in failed:
                waiting.pop(name, None)
        time.sleep(POLL)
    return failed


def _submit(runs: Sequence[Run], store: Store, options: Options, cluster: Cluster) -> None:
    executor = _executor(store.folder / JOBS, cluster)
    for run in runs:
        store.place(run).mkdir(parents=True, exist_ok=True)
        (store.place(run) / FAILURE).unlink(missing_ok=True)
    where = replace(store, folder=store.folder.resolve())
    with executor.batch():
        jobs = [executor.submit(Job(run, where, options)) for run in runs]
    for run, job in zip(runs, jobs, strict=True):
        (store.place(run) / JOB).write_text(job.job_id)


def _executor(folder: Path, cluster: Cluster) -> Any:
    try:
        from submitit import AutoExecutor
    except ImportError:
        raise ValueError(
            "SLURM is spoken to through submitit, which is not installed: install the extra 'cluster'"
        ) from None
    try:
        executor = AutoExecutor(folder, cluster="slurm", slurm_max_num_timeout=TIMEOUTS)
    except RuntimeError:
        raise ValueError("there is no SLURM here (no srun): log in to the cluster, or use --executor local") from None
    parameters: dict[str, Any] = {
        "name": "spatial-pooling",
        "timeout_min": cluster.minutes,
        "cpus_per_task": cluster.cpus,
        "mem_gb": cluster.memory,
    }
    if cluster.partition:
        parameters["slurm_partition"] = cluster.partition
    if cluster.gpus:
        parameters["gpus_per_node"] = cluster.gpus
    executor.update_parameters(**parameters)
    return executor


def _queue() -> set[str]:
    """The user's jobs that wait or run, array elements each for itself."""
    try:
        command = ("squeue", "--me", "--noheader", "--array", "--format=%i")
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    except FileNotFoundError:
        raise ValueError("there is no SLURM here (no squeue): log in to the cluster, or use --executor local") from None
    except (subprocess.SubprocessError, OSError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
        raise ValueError(f"SLURM does not answer ({reason}): try again when it does; jobs go on") from None
    return set(said.split())


def _job(store: Store, run: Run) -> str | None:
    try:
        return (store.place(run) / JOB).read_text().strip()
    except OSError:
        return None
