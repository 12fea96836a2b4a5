"""Every system call of store, lock, checkpoint and results fails: nothing half-written counts, the next attempt heals.

`make faults` runs all of it and prints how many calls failed.
"""

import errno
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from nets import checkpoint
from sweep.folder import damage
from sweep.lock import acquire, owner
from sweep.run import Run
from sweep.store import Store, remove, status
from sweep.work import Workspace, make
from tests.sweep.faults import NUMBERS, Faults
from tests.sweep.tiny import OFTEN, Above, Tiny
from validate.files import write_json

# more calls than any of these needs; a test ends when the n-th call does not come
MOST = 600


@dataclass(frozen=True)
class Weights(Tiny):
    """A run with a checkpoint of tensors."""

    kind: ClassVar[str] = "weights"
    parts: ClassVar[tuple[str, ...]] = ("weights.safetensors",)

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        settings = checkpoint.settings_of(run=self)
        saved = workspace.restore(self.parts[0], lambda path: checkpoint.read(path, settings))
        tensors = saved[1] if saved else {"weights": torch.arange(100.0) * self.number}
        workspace.save(self.parts[0], lambda part: checkpoint.write(part, settings, {}, tensors), "the end", ended=True)
        return {"square": int(tensors["weights"][1]) ** 2, "count": 1}


def nothing_left(folder: Path) -> bool:
    return not [path for path in folder.rglob("*") if path.name.startswith((".", "lock"))]


def attempt(run: Run, store: Store) -> str:
    """The outcome of `make`; "refused" where it says in one sentence that the store cannot be written."""
    try:
        return make(run, store, OFTEN)
    except ValueError as error:
        return "refused" if "cannot be written" in str(error) else str(error)


def run_is_made(folder: Path, faults: Faults) -> None:
    """A run and the run that it needs: settings, checkpoint, result, log, failure and locks."""
    store, run = Store(folder / "runs"), Above(Weights(3, str(folder / "diary")))
    store.path(run)  # reads the sources, which are not what fails
    with faults.injected():
        outcome = attempt(run, store)
    assert outcome in ("done", "failed", "locked", "refused")
    for need in (run, run.of):
        assert status(store.path(need)) != "damaged"
        assert damage(store.path(need)) is None
        assert owner(store.path(need)) is None
    assert outcome != "done" or store.result(run) == {"cube": 27}
    for need in (run, run.of):
        assert make(need, store, OFTEN) == "done"
        assert damage(store.path(need)) is None
    assert store.result(run) == {"cube": 27}
    assert nothing_left(store.folder)


def run_is_made_again(folder: Path, faults: Faults) -> None:
    """A finished run with damaged weights."""
    store, run = Store(folder / "runs"), Weights(3, str(folder / "diary"))
    assert make(run, store, OFTEN) == "done"
    (store.path(run) / run.parts[0]).write_bytes(b"damaged")
    with faults.injected():
        assert attempt(run, store) in ("done", "failed", "locked", "refused")
    assert make(run, store, OFTEN) == "done"
    assert damage(store.path(run)) is None
    assert store.result(run) == {"square": 9, "count": 1}


def run_is_removed(folder: Path, faults: Faults) -> None:
    store, run = Store(folder / "runs"), Weights(3, str(folder / "diary"))
    assert make(run, store, OFTEN) == "done"
    with faults.injected(), suppress(ValueError, OSError):
        remove(store.path(run))
    assert store.result(run) in (None, {"square": 9, "count": 1})
    assert make(run, store, OFTEN) == "done"
    remove(store.path(run))
    assert not store.path(run).exists()


def lock_is_held(folder: Path, faults: Faults) -> None:
    """Acquired, with a heartbeat, given up."""
    folder.mkdir()
    with faults.injected(), suppress(OSError):
        lock = acquire(folder)
        if lock is not None:
            with lock:
                lock._write(released=False)
    assert owner(folder) is None
    again = acquire(folder)
    assert again is not None
    with again:
        assert owner(folder) is not None


def results_are_written(folder: Path, faults: Faults) -> None:
    """A file of results in place of an older one."""
    folder.mkdir()
    path = folder / "task2.json"
    write_json(path, {"D": [1.0] * 100})
    with faults.injected(), suppress(OSError):
        write_json(path, {"D": [2.0] * 100})
    assert json.loads(path.read_text()) in ({"D": [1.0] * 100}, {"D": [2.0] * 100})
    write_json(path, {"D": [3.0] * 100})
    assert json.loads(path.read_text()) == {"D": [3.0] * 100}
    assert [file.name for file in folder.iterdir()] == ["task2.json"]


SCENARIOS = (run_is_made, run_is_made_again, run_is_removed, lock_is_held, results_are_written)
QUICK = (errno.ENOSPC, False)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
@pytest.mark.parametrize(
    ("number", "lasting"),
    [
        pytest.param(number, lasting, marks=[] if (number, lasting) == QUICK else pytest.mark.slow)
        for number in NUMBERS
        for lasting in (False, True)
    ],
    ids=lambda value: errno.errorcode[value] if value > 1 else "lasting" if value else "once",
)
def test_the_nth_call_fails(
    number: int,
    lasting: bool,
    scenario: Callable[[Path, Faults], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # the disk is not what is tested
    for n in range(1, MOST):
        faults = Faults(n, number, lasting)
        scenario(tmp_path / str(n), faults)
        if not faults.came:
            break
    assert 10 < n < MOST - 1
    how = "from the n-th on" if lasting else "the n-th"
    print(f"{scenario.__name__}: {n - 1} calls failed with {errno.errorcode[number]}, {how}")
