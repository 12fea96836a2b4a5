"""Runs on this machine: a process for each, of one thread on a CPU, or one for each GPU."""

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

import torch

from nets.device import choose_device
from nets.files import write_whole
from validate.runs.claim import holder
from validate.runs.run import DIGESTS, Run, key
from validate.runs.store import FAILURE, Store, read_result
from validate.runs.work import POLL, Options, Outcome, make

# how often a run is begun whose process is killed: memory that is short once may be short again
TRIES = 3


@dataclass
class _Worker:
    process: BaseProcess
    answer: Connection
    run: Run
    gpu: int | None


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_here(runs: Sequence[Run], store: Store, options: Options, workers: int | None = None) -> dict[str, str]:
    """Make all runs, the long ones first, `workers` at a time (default: one for each core, or GPU): {name of a run that
    failed: why}.

    With one worker they are made in this process. A process that is killed is begun again, and goes on from its
    checkpoint. Where another command makes a run already, its result is waited for. Ctrl-C ends all processes.
    """
    waiting = sorted(runs, key=lambda run: -run.cost)
    gpus = list(range(torch.cuda.device_count())) if choose_device(options.device) == "cuda" else []
    most = min(workers or len(gpus) or cores(), len(waiting))
    if most <= 1:
        return _one_by_one(waiting, store, options)
    return _Crew(waiting, store, options, most, gpus).work()


def _one_by_one(runs: Sequence[Run], store: Store, options: Options) -> dict[str, str]:
    failed = {}
    threads = torch.get_num_threads()
    try:
        one_thread()
        for run in runs:
            while (outcome := make(run, store, options)) == "held":
                time.sleep(POLL)
            if outcome == "failed":
                failed[key(run)] = last_line(store, run)
    finally:
        torch.set_num_threads(threads)
    return failed


class _Crew:
    """Processes at work on a list of runs."""

    def __init__(self, waiting: list[Run], store: Store, options: Options, most: int, gpus: list[int]) -> None:
        self.waiting, self.store, self.options, self.most = waiting, store, options, most
        self.free_gpus: list[int | None] = [gpus[n % len(gpus)] if gpus else None for n in range(most)]
        self.busy: list[_Worker] = []
        self.killed: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        self.context = multiprocessing.get_context("forkserver")
        # what this command has imported, a new process need not
        rooms = ("theory", "simulate", "nets", "validate")
        main = getattr(sys.modules["__main__"], "__spec__", None)
        imported = [name for name in sys.modules if name.partition(".")[0] in rooms]
        self.context.set_forkserver_preload([name for name in imported if main is None or name != main.name])

    def work(self) -> dict[str, str]:
        """Until every run is made or has failed."""
        try:
            while self.waiting or self.busy:
                self._begin()
                wait([worker.process.sentinel for worker in self.busy], timeout=POLL)
                for worker in [one for one in self.busy if not one.process.is_alive()]:
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
            if len(self.busy) == self.most:
                return
            folder = self.store.place(run)
            if read_result(folder) is not None:
                self.waiting.remove(run)
            elif holder(folder) is None:
                self.waiting.remove(run)
                answer, end = self.context.Pipe(duplex=False)
                gpu = self.free_gpus.pop()
                asked = (run, self.store, self.options, gpu, end, dict(DIGESTS))
                process = self.context.Process(target=_work, args=asked)
                process.start()
                end.close()
                self.busy.append(_Worker(process, answer, run, gpu))

    def _end(self, worker: _Worker) -> None:
        self.busy.remove(worker)
        self.free_gpus.append(worker.gpu)
        worker.process.join()
        outcome: Outcome | None = None
        why = ""
        with suppress(EOFError, OSError):
            if worker.answer.poll():
                outcome, why = worker.answer.recv()
        worker.answer.close()
        name = key(worker.run)
        if outcome is None:
            self._died(worker)
        elif outcome == "held":
            self.waiting.append(worker.run)
        elif outcome == "failed":
            self.failed[name] = why or last_line(self.store, worker.run)

    def _died(self, worker: _Worker) -> None:
        """Begin the run again, unless that was tried often enough."""
        name = key(worker.run)
        self.killed[name] += 1
        if self.killed[name] < TRIES:
            self.waiting.insert(0, worker.run)
            return
        code = worker.process.exitcode or 0
        how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit status {code}"
        self.failed[name] = f"its process ended {TRIES} times by {how}: is there enough memory? use fewer --workers"
        with suppress(OSError):
            path = self.store.place(worker.run) / FAILURE
            write_whole(path, lambda part: part.write_text(self.failed[name] + "\n"))


def _work(run: Run, store: Store, options: Options, gpu: int | None, answer: Any, digests: dict[str, str]) -> None:
    """What one process does."""
    DIGESTS.update(digests)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(gpu)
    one_thread()
    try:
        answer.send((make(run, store, options), ""))
    except ValueError as error:
        answer.send(("failed", str(error)))


def one_thread() -> None:
    """Neither cores nor load change a bit of a result."""
    torch.set_num_threads(1)


def _leave_with_parent() -> None:
    """A run nobody waits for ends; its checkpoint stays."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def last_line(store: Store, run: Run) -> str:
    try:
        return (store.place(run) / FAILURE).read_text().strip().splitlines()[-1]
    except (OSError, IndexError):
        return "it could not write down why"
