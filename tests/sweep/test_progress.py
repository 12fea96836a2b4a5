"""What would be made, for how long, and how far it is."""

import time
from pathlib import Path

import pytest

from sweep.files import discard
from sweep.lock import acquire
from sweep.make import make_missing
from sweep.progress import Progress, estimate, finished, plan, progress_of
from sweep.store import Store
from sweep.work import make
from tests.sweep.tiny import OFTEN, Above, Tiny


def test_a_run_is_needed_unless_it_or_all_that_need_it_are_done(tmp_path: Path) -> None:
    store, runs = Store(tmp_path), [Tiny(n, "/dev/null") for n in range(3)]
    every = [Above(runs[0]), Above(runs[1]), runs[2]]
    assert [(planned.run, planned.needed) for planned in plan(every, store)] == [
        (run, True) for run in (runs[0], every[0], runs[1], every[1], runs[2])
    ]
    assert list(tmp_path.iterdir()) == []
    assert make(every[0], store, OFTEN) == make(runs[1], store, OFTEN) == "done"
    discard(store.path(runs[0]))  # its result is in that of the other
    assert [planned.needed for planned in plan(every, store)] == [False, False, False, True, True]
    assert [planned.seconds is None for planned in plan(every, store)] == [True, True, True, False, False]


def test_the_time_of_a_run_is_that_of_one_alike(tmp_path: Path) -> None:
    known = [("tiny", 1.0, 10.0), ("tiny", 100.0, 200.0), ("above", 1.0, 7.0)]
    assert estimate(Tiny(79, ""), known) == pytest.approx(160)
    assert estimate(Tiny(0, ""), known) == pytest.approx(10)
    assert estimate(Tiny(0, ""), known[2:]) is None
    make_missing([Tiny(n, "/dev/null") for n in (0, 1)], Store(tmp_path))
    assert sorted((kind, cost) for kind, cost, _ in finished(Store(tmp_path))) == [("tiny", 1.0), ("tiny", 2.0)]


def test_a_thousand_runs_are_planned_at_once(tmp_path: Path) -> None:
    """In proportion to their number: 4000 runs take less than 8 times as long as 1000, not 16 times."""
    seconds = []
    for count in (1000, 4000):
        started = time.perf_counter()
        assert len(plan([Above(Tiny(n, "")) for n in range(count)], Store(tmp_path))) == 2 * count
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 8 * seconds[0]


def test_progress_is_that_of_the_last_heartbeat(tmp_path: Path) -> None:
    store, run = Store(tmp_path), Tiny(1, "/dev/null")
    assert progress_of({store.path(run): run.title}) == [Progress("tiny 1", "missing", None)]
    store.path(run).mkdir()
    lock = acquire(store.path(run))
    assert lock is not None
    lock.report("step 3", 60.0)
    lock._write(released=False)
    (progress,) = progress_of({store.path(run): run.title})
    assert progress.status == "running"
    assert progress.owner is not None
    assert progress.owner.text == "step 3"
    assert progress.owner.seconds_left == pytest.approx(60, abs=10)  # less the time since
