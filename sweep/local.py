"""Runs on this machine: a process for each core, or for each GPU."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from sweep.code import SOURCES
from sweep.files import write_text_whole
from sweep.folder import FAILURE, failure, read_result
from sweep.lock import owner
from sweep.run import Run, key
from sweep.store import Store
from sweep.work import POLL, Options, Outcome, make

# how often a run is begun whose process is killed: memory that is short once may be short again
TRIES = 3


@dataclass(frozen=True)
class Local:
    """Processes of this machine.

    workers   runs at a time; None: one for each GPU, or core, that there is
    gpus      numbers of the GPUs that they share; none: they run on the CPU, or all on the first
    """

    workers: int | None = None
    gpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers {self.workers} is too few: use 1 or more")

    @property
    def places(self) -> int:
        """Runs at a time."""
        return self.workers or len(self.gpus) or cores()

    def make(self, runs: Sequence[Run], store: Store, options: Options) -> dict[str, str]:
        """Make all runs, the long ones first: {name of a run that failed: why}.

        With one worker they are made in this process. A process that is killed is begun again, and goes on from its
        checkpoint. Where another command makes a run already, its result is waited for. Ctrl-C ends all processes.
        """
        waiting = sorted(runs, key=lambda run: -run.cost)
        places = min(self.places, len(waiting))
        if places <= 1:
            failed = [run for run in waiting if wait_and_make(run, store, options) == "failed"]
            return {key(run): failure(store.path(run)) for run in failed}
        return _WorkerPool(waiting, store, options, places, self.gpus).work()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wait_and_make(run: Run, store: Store, options: Options) -> Outcome:
    """The same as `make`, once no other process makes the run."""
    while (outcome := make(run, store, options)) == "locked":
        time.sleep(POLL)
    return outcome


@dataclass
class _Worker:
    process: BaseProcess
    outcome: Connection
    run: Run
    gpu: int | None


class _WorkerPool:
    """Processes at work on a list of runs."""

    def __init__(self, waiting: list[Run], store: Store, options: Options, places: int, gpus: Sequence[int]) -> None:
        self.waiting, self.store, self.options, self.places = waiting, store, options, places
        self.free_gpus: list[int | None] = [gpus[n % len(gpus)] if gpus else None for n in range(places)]
        self.busy: list[_Worker] = []
        self.killed: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        self.context = multiprocessing.get_context("forkserver")
        # what the runs import, a new process need not
        main = getattr(sys.modules["__main__"], "__spec__", None)
        modules = {type(run).__module__ for run in waiting} - {"__main__", main.name if main else ""}
        self.context.set_forkserver_preload(sorted(modules))

    def work(self) -> dict[str, str]:
        """Until every run is made or has failed."""
        try:
            while self.waiting or self.busy:
                self._begin()
                wait([worker.process.sentinel for worker in self.busy], timeout=POLL)
                for worker in [worker for worker in self.busy if not worker.process.is_alive()]:
                    self._end(worker)
        finally:
            for worker in self.busy:
                worker.process.kill()
            for worker in self.busy:
                worker.process.join()
        return self.failed

    def _begin(self) -> None:
        """Give each free place a run that nobody makes."""
        for run in list(self.waiting):
            if len(self.busy) == self.places:
                return
            folder = self.store.path(run)
            if read_result(folder) is not None:
                self.waiting.remove(run)
            elif owner(folder) is None:
                self.waiting.remove(run)
                outcome, end = self.context.Pipe(duplex=False)
                gpu = self.free_gpus.pop()
                arguments = (run, self.store, self.options, gpu, end, dict(SOURCES))
                process = self.context.Process(target=_work, args=arguments)
                process.start()
                end.close()
                self.busy.append(_Worker(process, outcome, run, gpu))

    def _end(self, worker: _Worker) -> None:
        self.busy.remove(worker)
        self.free_gpus.append(worker.gpu)
        worker.process.join()
        outcome: Outcome | None = None
        why = ""
        with suppress(EOFError, OSError):
            if worker.outcome.poll():
                outcome, why = worker.outcome.recv()
        worker.outcome.close()
        if outcome is None:
            self._died(worker)
        elif outcome == "locked":
            self.waiting.append(worker.run)
        elif outcome == "failed":
            self.failed[key(worker.run)] = why or failure(self.store.path(worker.run))

    def _died(self, worker: _Worker) -> None:
        """Begin the run again, unless that was tried often enough."""
        name = key(worker.run)
        self.killed[name] += 1
        if self.killed[name] < TRIES:
            self.waiting.insert(0, worker.run)
            return
        code = worker.process.exitcode or 0
        how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit status {code}"
        self.failed[name] = f"its process ended {TRIES} times by {how}: is there enough memory? use fewer workers"
        with suppress(OSError):
            write_text_whole(self.store.path(worker.run) / FAILURE, self.failed[name] + "\n")


def _work(run: Run, store: Store, options: Options, gpu: int | None, outcome: Connection, sources: Any) -> None:
    """What one process does."""
    SOURCES.update(sources)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(gpu)
    try:
        outcome.send((make(run, store, options), ""))
    except ValueError as error:
        outcome.send(("failed", str(error)))


def _leave_with_parent() -> None:
    """A run nobody waits for ends; its checkpoint stays."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
