"""Many processes and several machines share a store: each run is made once, and by one process at a time."""

import fcntl
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sweep import lock
from sweep.store import Store
from sweep.work import Workspace
from tests.sweep.tiny import Tiny, ends, make_each

PROCESSES, KILLS = 100, 20
CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Exclusive(Tiny):
    """Fails where another process performs it at this moment."""

    kind: ClassVar[str] = "exclusive"

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        with open(f"{self.diary}.{self.number}", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return super().perform(workspace)


def make_all(runs: Sequence[Exclusive], folder: Path, seed: int) -> None:
    """All runs, in an order of this process's own."""
    order = list(range(len(runs)))
    random.Random(seed).shuffle(order)
    make_each(list(runs), folder, order)
    assert all(Store(folder).result(run) == {"square": run.number**2, "count": run.steps} for run in runs)


def test_a_hundred_processes_make_each_run_once(tmp_path: Path) -> None:
    runs = [Exclusive(n, str(tmp_path / "diary")) for n in range(30)]
    store = Store(tmp_path / "runs")
    processes = [CONTEXT.Process(target=make_all, args=(runs, store.folder, seed)) for seed in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert ends(tmp_path / "diary") == list(range(30))
    assert not list(store.folder.glob("*/lock.*"))


def make_all_as_host(host: int, runs: Sequence[Exclusive], folder: Path, seed: int) -> None:
    """As a machine that sees no process of the other, and whose clock is an hour away from the other's."""
    with pytest.MonkeyPatch.context() as patch:
        clock = time.time
        patch.setattr(time, "time", lambda: clock() + (3600 if host else -3600))
        patch.setattr(lock, "_machine", lambda: f"host {host}")
        patch.setattr(lock, "HEARTBEAT", 0.2)
        patch.setattr(lock, "SILENCE", 4.0)
        make_all(runs, folder, seed)


def test_two_hosts_with_wrong_clocks_whose_processes_are_killed_make_each_run_once(tmp_path: Path) -> None:
    """A run is made once more only where its process was killed after its end, before it could write that down."""
    runs = [Exclusive(n, str(tmp_path / "diary"), steps=20, pause=0.02) for n in range(40)]
    store, moments = Store(tmp_path / "runs"), random.Random(0)

    def begin(place: int, seed: int) -> BaseProcess:
        process = CONTEXT.Process(target=make_all_as_host, args=(place % 2, runs, store.folder, seed))
        process.start()
        return process

    processes = [begin(place, place) for place in range(8)]
    kills = 0
    while any(process.is_alive() for process in processes):
        time.sleep(moments.uniform(0.05, 0.2))
        place = moments.randrange(len(processes))
        if kills < KILLS and processes[place].is_alive():
            os.kill(processes[place].pid or 0, signal.SIGKILL)
            processes[place].join()
            kills += 1
            processes[place] = begin(place, len(processes) + kills)
    assert kills == KILLS
    assert [process.exitcode for process in processes] == [0] * len(processes)
    made = ends(tmp_path / "diary")
    assert sorted(set(made)) == list(range(40))
    assert len(made) - 40 <= kills / 4
    assert all(store.result(run) == {"square": run.number**2, "count": 20} for run in runs)
    assert not list(store.folder.glob("*/failure.txt"))
    assert not list(store.folder.glob("*/lock.*"))
