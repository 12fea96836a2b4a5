"""Sweeps on one machine survive what happens to their processes."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.code import SOURCES, Source
from sweep.local import Local
from sweep.lock import owner
from sweep.run import key
from sweep.store import Store, status
from tests.sweep.tiny import OFTEN, Tiny, ends, make_each

KILLS = 50


def sweep(tmp_path: Path, **settings: object) -> tuple[Store, list[Tiny], str]:
    diary = str(tmp_path / "diary")
    return Store(tmp_path / "runs"), [Tiny(n, diary, **settings) for n in range(6)], diary  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_that_raises_is_named_and_the_others_are_made(workers: int, tmp_path: Path) -> None:
    store, runs, diary = sweep(tmp_path)
    runs[2] = Tiny(2, diary, fault="raise")
    failed = Local(workers).make(runs, store, OFTEN)
    assert failed == {key(runs[2]): "ArithmeticError: number 2 does not work"}
    assert ends(diary) == [0, 1, 3, 4, 5]
    assert "Traceback" in (store.path(runs[2]) / "failure.txt").read_text()


def test_a_killed_worker_is_begun_again_and_one_that_always_is_fails(tmp_path: Path) -> None:
    store, runs, diary = sweep(tmp_path)
    runs[1], runs[2] = Tiny(1, diary, steps=3, fault="kill"), Tiny(2, diary, steps=10, fault="always")
    failed = Local(3).make(runs, store, OFTEN)
    assert [*failed] == [key(runs[2])]
    assert "3 times by signal 9 (SIGKILL)" in failed[key(runs[2])]
    assert status(store.path(runs[2])) == "failed"
    assert ends(diary) == [0, 1, 3, 4, 5]
    # it went on from its checkpoint: three steps in all, the first of them before it was killed
    assert store.result(runs[1]) == {"square": 1, "count": 3}


def test_files_that_are_edited_meanwhile_rename_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes keep the names that their parent asked for: here it knows another version than lies on disk."""
    store, runs, diary = sweep(tmp_path)
    monkeypatch.setitem(SOURCES, "tests.sweep.tiny", Source("as it was"))
    assert Local(3).make(runs, store, OFTEN) == {}
    assert [(store.result(run) or {})["square"] for run in runs] == [0, 1, 4, 9, 16, 25]
    assert ends(diary) == [0, 1, 2, 3, 4, 5]


def test_eight_processes_that_want_the_same_200_runs_make_each_once(tmp_path: Path) -> None:
    diary, folder = str(tmp_path / "diary"), tmp_path / "runs"
    runs = [Tiny(n, diary) for n in range(200)]
    context = multiprocessing.get_context("fork")
    processes = []
    for seed in range(8):
        order = list(range(200))
        random.Random(seed % 3).shuffle(order)  # some in the same order, so that they meet
        processes.append(context.Process(target=make_each, args=(runs, folder, order)))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert ends(diary) == list(range(200))
    assert all(Store(folder).result(run) == {"square": run.number**2, "count": 1} for run in runs)
    assert not list(folder.glob("*/lock.*"))


def test_killed_at_random_moments_nothing_is_corrupted_and_little_made_twice(tmp_path: Path) -> None:
    """SIGKILL of processes that make runs, while they write too: writing is most of what they do."""
    diary, folder = str(tmp_path / "diary"), tmp_path / "runs"
    runs = [Tiny(n, diary, steps=5, pause=0.001) for n in range(120)]
    context, moments, kills = multiprocessing.get_context("fork"), random.Random(0), 0
    while kills < KILLS:
        process = context.Process(target=make_each, args=(runs, folder, list(range(120))))
        process.start()
        process.join(moments.uniform(0.02, 0.1))
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
            kills += 1
        else:
            for run in runs:  # all were made before enough kills: once more
                (Store(folder).path(run) / "result.json").unlink()
        process.join()
        # whatever is there counts only if it is whole
        finished = [run for run in runs if Store(folder).result(run) is not None]
        assert all(Store(folder).result(run) == {"square": run.number**2, "count": 5} for run in finished)
    make_each(runs, folder, list(range(120)))
    assert all(Store(folder).result(run) == {"square": run.number**2, "count": 5} for run in runs)
    assert [path for path in folder.rglob("*") if path.name.startswith((".", "lock"))] == []


def test_a_killed_command_takes_its_processes_along_and_the_next_goes_on(tmp_path: Path) -> None:
    store, runs, diary = sweep(tmp_path, steps=1000, pause=0.02)
    source = (
        "from pathlib import Path\nfrom tests.sweep.test_local import sweep\nfrom tests.sweep.tiny import OFTEN\n"
        "from sweep.local import Local\nfrom sweep.work import Options\n"
        f"store, runs, _ = sweep(Path({str(tmp_path)!r}), steps=1000, pause=0.02)\n"
        "if __name__ == '__main__':\n    Local(2).make(runs, store, OFTEN)\n"
    )
    script = tmp_path / "command.py"
    script.write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = subprocess.Popen([sys.executable, str(script)], env=environment)
    wait_for(lambda: sum((store.path(run) / "count.txt").exists() for run in runs) == 2)
    command.kill()
    command.wait()
    wait_for(lambda: not any(owner(store.path(run)) for run in runs))
    begun = [run for run in runs if (store.path(run) / "count.txt").exists()]
    assert len(begun) == 2
    before = int((store.path(begun[0]) / "count.txt").read_text())
    assert 0 < before < 1000
    assert ends(diary) == []


def wait_for(condition: object) -> None:
    ends = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.05)
