"""One process at a time makes a run, and none has its lock when it is dead."""

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep import lock as module
from sweep.lock import acquire, owner, remove_locks


def hold(folder: Path, ready: Any) -> None:
    lock = acquire(folder)
    ready.put(lock is not None)
    if lock is not None:
        with lock:
            time.sleep(60)


def test_a_lock_is_exclusive_and_ends(tmp_path: Path) -> None:
    first = acquire(tmp_path)
    assert first is not None
    with first:
        assert acquire(tmp_path) is None
        current = owner(tmp_path)
        assert current is not None
        assert current.process == os.getpid()
    assert owner(tmp_path) is None
    again = acquire(tmp_path)
    assert again is not None
    assert again.number == 2  # never the number of one that ended
    with again:
        assert first.lost
        assert not again.lost
    remove_locks(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_want_it_one_has_it_and_its_death_frees_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for kill in range(3):
        acquired: Any = context.SimpleQueue()
        processes = [context.Process(target=hold, args=(tmp_path, acquired)) for _ in range(8)]
        for process in processes:
            process.start()
        assert sum(acquired.get() for _ in processes) == 1
        winner = owner(tmp_path)
        assert winner is not None
        os.kill(winner.process, signal.SIGKILL)
        for process in processes:
            process.join()
        assert owner(tmp_path) is None
        assert len(list(tmp_path.glob("lock.*"))) == kill + 1


def rewritten(path: Path, **fields: object) -> None:
    """Write a whole lock with other fields."""
    content = {**json.loads(path.read_text()), **fields}
    content.pop("digest")
    path.write_text(json.dumps({**content, "digest": module._digest(content)}))


def elsewhere(path: Path) -> None:
    """Make the lock one of another machine."""
    rewritten(path, machine="another", host="far", process=1)


@pytest.mark.parametrize("years", [-1, 5])
def test_an_owner_elsewhere_lives_as_long_as_its_heartbeat_comes(years: int, tmp_path: Path) -> None:
    """A heartbeat dated years ahead is none."""
    lock = acquire(tmp_path)
    assert lock is not None
    path = tmp_path / "lock.1"
    elsewhere(path)
    current = owner(tmp_path)
    assert current is not None
    assert current.host == "far"
    assert acquire(tmp_path) is None
    os.utime(path, (time.time() + years * 3e7,) * 2)
    assert owner(tmp_path) is None
    assert acquire(tmp_path) is not None
    assert lock.lost


def test_the_heartbeat_comes_and_tells_the_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.02)
    lock = acquire(tmp_path)
    assert lock is not None
    with lock:
        lock.report("half way", 3.0)
        ends = time.monotonic() + 10
        while (current := owner(tmp_path)) is None or (current.text, current.left) != ("half way", 3.0):
            assert time.monotonic() < ends
            time.sleep(0.01)
        monkeypatch.setattr("sweep.lock.os.replace", full)  # no room: the date is one all the same
        os.utime(tmp_path / "lock.1", (0, 0))
        while (tmp_path / "lock.1").stat().st_mtime == 0:
            assert time.monotonic() < ends
            time.sleep(0.01)
    assert owner(tmp_path) is None


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_process_number_used_again_is_not_the_owner(tmp_path: Path) -> None:
    assert acquire(tmp_path) is not None
    rewritten(tmp_path / "lock.1", started="-1")
    assert owner(tmp_path) is None


def flipped(path: Path) -> None:
    """One bit of the name of the first field."""
    text = bytearray(path.read_bytes())
    text[3] ^= 1
    path.write_bytes(text)


def changed(**fields: object) -> Callable[[Path], object]:
    return lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


DAMAGES = [
    lambda path: path.write_text("{"),
    lambda path: path.write_text("{}"),
    lambda path: path.write_text("[]"),
    lambda path: path.write_text("null"),
    lambda path: path.write_text("[" * 3000 + "]" * 3000),
    lambda path: path.write_text('{"digest": "' + 3000 * "[" + '"}'),
    lambda path: path.write_bytes(b"\xff\xfe"),
    lambda path: path.write_bytes(b""),
    flipped,
    changed(process="1"),
    changed(released=0),
    changed(left="soon"),
    changed(process=10**400),
    changed(time=1e18),
    lambda path: rewritten(path, more=1),
    lambda path: path.unlink() or path.mkdir(),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_lock_is_given_up_after_the_silence(damage: Callable[[Path], object], tmp_path: Path) -> None:
    """Until then its owner may live, whose next heartbeat repairs it; years ahead is as wrong as long ago."""
    assert acquire(tmp_path) is not None
    path = tmp_path / "lock.1"
    damage(path)
    current = owner(tmp_path)
    assert current is not None
    assert "damaged" in current.text
    assert acquire(tmp_path) is None
    for date in (time.time() - module.SILENCE - 9, time.time() + 1e9):
        os.utime(path, (date, date))
        assert owner(tmp_path) is None
    lock = acquire(tmp_path)
    assert lock is not None
    assert lock.number == 2
    remove_locks(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_heartbeat_repairs_a_damaged_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.02)
    lock = acquire(tmp_path)
    assert lock is not None
    with lock:
        (tmp_path / "lock.1").write_text("{}")
        ends = time.monotonic() + 10
        while (current := owner(tmp_path)) is None or current.process != os.getpid():
            assert time.monotonic() < ends
            time.sleep(0.01)
        assert not lock.lost


def test_an_owner_whose_run_another_finished_has_lost_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It slept; another took the run, finished it and removed the locks: no heartbeat writes one again."""
    monkeypatch.setattr(module, "HEARTBEAT", 0.02)
    lock = acquire(tmp_path)
    assert lock is not None
    remove_locks(tmp_path)
    with lock:
        assert lock.lost
        time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []


def test_no_flipped_bit_wedges_a_run(tmp_path: Path) -> None:
    """Any bit of a lock of a machine that is silent, flipped: it can be acquired."""
    assert acquire(tmp_path) is not None
    path = tmp_path / "lock.1"
    elsewhere(path)
    text, bits = path.read_bytes(), random.Random(0)
    for _ in range(500):
        damaged = bytearray(text)
        damaged[bits.randrange(len(text))] ^= 1 << bits.randrange(8)
        path.write_bytes(damaged)
        current = owner(tmp_path)
        assert current is not None
        assert "damaged" in current.text
        os.utime(path, (0, 0))
        assert owner(tmp_path) is None


def test_other_users_can_read_who_makes_a_run(tmp_path: Path) -> None:
    assert acquire(tmp_path) is not None
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "lock.1").stat().st_mode & 0o777 == 0o666 & ~mask
