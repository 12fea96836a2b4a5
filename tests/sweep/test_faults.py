"""Every system call of store and lock fails once: nothing is half-written, and the next attempt heals."""

import builtins
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sweep.store import Store, damage, status
from sweep.work import make
from tests.sweep.tiny import OFTEN, Above, Tiny

CALLS = [
    (os, name) for name in ("open", "close", "fsync", "replace", "link", "unlink", "rmdir", "stat", "mkdir", "scandir")
]
CALLS += [(io, "open"), (builtins, "open")]
# more calls than a run and the run that it needs make; the test sees that the last ones fail no more
MOST = 400


class Faults:
    """Lets the n-th of all calls fail; counts them."""

    def __init__(self, n: int, number: int) -> None:
        self.n, self.number, self.count = n, number, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def failing(*arguments: Any, **named: Any) -> Any:
            self.count += 1
            if self.count == self.n:
                raise OSError(self.number, os.strerror(self.number))
            return call(*arguments, **named)

        return failing


@pytest.mark.parametrize(
    "number",
    [errno.ENOSPC, *(pytest.param(number, marks=pytest.mark.slow) for number in (errno.EIO, errno.EROFS))],
    ids=errno.errorcode.get,
)
def test_the_nth_call_fails(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # the disk is not what is tested
    n, failing = 0, True
    while failing:
        n += 1
        assert n < MOST
        store, run = Store(tmp_path / f"runs{n}"), Above(Tiny(3, str(tmp_path / "diary")))
        store.path(run)  # reads the sources, which are not what fails
        faults = Faults(n, number)
        with pytest.MonkeyPatch.context() as patch:
            for module, name in CALLS:
                patch.setattr(module, name, faults.wrap(getattr(module, name)))
            outcome, refusal = "refused", "the store cannot be written"
            try:
                outcome = make(run, store, OFTEN)
            except ValueError as error:
                refusal = str(error)
        failing = faults.count >= n
        assert "cannot be written" in refusal
        for each in (run, run.of):
            assert status(store.path(each)) != "damaged"
            assert damage(store.path(each)) is None
        if outcome == "done":
            assert store.result(run) == {"cube": 27}
        assert make(run, store, OFTEN) == "done"
        assert store.result(run) == {"cube": 27}
        assert make(run.of, store, OFTEN) == "done"
        assert not [path for path in store.folder.rglob("*") if path.name.startswith((".", "lock"))]
    print(f"{n - 1} calls failed, one at a time")
