"""How one run is made: locked, performed, its result or its failure written down."""

import logging
import os
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from sweep.files import discard, write_text_whole, write_whole
from sweep.folder import DONE, FAILURE, LOG, RESULT, damage, damaged_parts, failure, read_result, write_result
from sweep.lock import Lock, acquire, owner, remove_locks
from sweep.run import Run
from sweep.store import Store

# "locked": another process makes it
Outcome = Literal["done", "failed", "locked"]
# seconds between readings of a run that another process makes
POLL = 1.0
T = TypeVar("T")


@dataclass(frozen=True)
class Options:
    """How runs are made; nothing that changes a result beyond rounding.

    device      what a run's environment makes of it     save_every  seconds between checkpoints, 0 or more
    resume      go on from a checkpoint
    """

    device: str = "auto"
    save_every: float = 300.0
    resume: bool = True

    def __post_init__(self) -> None:
        if not self.save_every >= 0:
            raise ValueError(f"{self.save_every:g} seconds between checkpoints: use 0 or more")


class LostLock(Exception):
    """Another process has taken the run, since this one was silent for too long."""


@dataclass
class Workspace:
    """What a run finds where it is made.

    locks            of the run, and of those that need it, which show its progress too
    needs_seconds    spent on runs that this one needs
    """

    folder: Path
    store: Store
    options: Options
    locks: Sequence[Lock]
    device: str = ""
    needs_seconds: float = 0.0
    _saved: float = field(default_factory=time.monotonic)

    @property
    def lost(self) -> bool:
        """Whether another process took the run."""
        return self.locks[0].lost

    def log(self, line: str) -> None:
        """Write a line to the run's log."""
        with suppress(OSError), open(self.folder / LOG, "a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")

    def report(self, text: str, left: float | None = None) -> None:
        """Show the progress: what the run does, and the seconds left, if that is known."""
        if self.lost:
            raise LostLock
        for lock in self.locks:
            lock.report(text, left)

    def need(self, run: Run) -> tuple[Path, dict[str, Any]]:
        """The folder and the result of another run, made first if it is missing."""
        started = time.monotonic()
        while (outcome := make(run, self.store, self.options, self.locks)) == "locked":
            time.sleep(POLL)
        self.needs_seconds += time.monotonic() - started
        folder, result = self.store.path(run), self.store.result(run)
        if result is None:
            why = failure(folder) if outcome == "failed" else "its result vanished"
            raise RuntimeError(f"{folder.name}, which this run needs, failed: {why}")
        return folder, result

    def restore(self, name: str, read: Callable[[Path], T]) -> T | None:
        """Where an interrupted process stood, as `read` finds it in the checkpoint; None where the run begins.

        A checkpoint for which `read` raises ValueError is kept beside, as .refused, and named in the log.
        """
        path = self.folder / name
        if not path.exists() or not self.options.resume:
            return None
        try:
            state = read(path)
        except ValueError as error:
            path.replace(path.with_suffix(".refused"))
            self.log(f"from the start, the old file is kept as {path.stem}.refused: {error}")
            return None
        self.log(f"going on from {name}")
        return state

    def save(self, name: str, write: Callable[[Path], object], moment: str, ended: bool) -> None:
        """Let `write` make the checkpoint, atomically, if the last is `save_every` seconds old, or the work has ended.

        Where there is no room the log says so, and the run goes on: the last good checkpoint is still there. Only at
        the end OSError is raised.
        """
        if not ended and time.monotonic() - self._saved < self.options.save_every:
            return
        try:
            write_whole(self.folder / name, write)
        except OSError as error:
            self.log(f"no checkpoint at {moment} ({error.strerror}): make room; the last good one is kept")
            if ended:
                raise OSError(error.errno, f"{name} could not be written ({error.strerror}): make room") from None
        self._saved = time.monotonic()


def make(run: Run, store: Store, options: Options | None = None, above: Sequence[Lock] = ()) -> Outcome:
    """Make the run unless it is there: "done", "failed" (the traceback is in its folder), or "locked" by another
    process.

    `above`: the locks of the runs that need this one, which show its progress too. Raises ValueError, one
    sentence, where the store cannot be written.
    """
    folder = store.path(run)
    try:
        if _is_whole(folder):
            if owner(folder) is None:  # whoever finished it may have been killed before it tidied up
                remove_locks(folder)
            store.repair_settings(run)
            return "done"
        if os.path.lexists(folder) and not folder.is_dir():  # a file, or a link to nothing
            with suppress(FileNotFoundError, IsADirectoryError):  # another process was faster
                folder.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        lock = acquire(folder)
    except OSError as error:
        raise ValueError(
            f"the store {store.folder} cannot be written ({error.strerror}): make room, or choose another store"
        ) from None
    if lock is None:
        return "locked"
    with lock:
        outcome = _perform(run, Workspace(folder, store, options or Options(), (lock, *above)))
    if outcome == "done":
        remove_locks(folder)
    return outcome


def _is_whole(folder: Path) -> bool:
    return read_result(folder) is not None and damage(folder) is None


def _perform(run: Run, workspace: Workspace) -> Outcome:
    folder = workspace.folder
    started = time.monotonic()
    try:
        if _is_whole(folder):  # finished before the lock was acquired
            return "done"
        _repair(run, workspace)
        with run.environment(workspace.options.device) as workspace.device:
            workspace.log(f"begun on {workspace.device}")
            result = run.perform(workspace)
            seconds = time.monotonic() - started - workspace.needs_seconds
            made = {"seconds": round(seconds, 1), **run.provenance(workspace.device, seconds)}
        if workspace.lost:
            raise LostLock
        write_result(folder, run, result, {**made, "cost": run.cost, "finished": time.time()})
    except LostLock:
        workspace.log("this process was silent for too long, another has taken the run")
        return "locked"
    except Exception as error:  # whatever it is belongs to this run, and the others go on
        workspace.log(f"failed: {error}")
        _write_failure(folder, error)
        return "failed"
    workspace.log(f"{DONE} {time.monotonic() - started:.0f} s")
    return "done"


def _write_failure(folder: Path, error: Exception) -> None:
    """The traceback, and the error in one line at its end."""
    line = " ".join("".join(traceback.format_exception_only(error)).split())
    trace = "".join(traceback.format_exception(error)).rstrip("\n")
    try:
        write_text_whole(folder / FAILURE, (trace if trace.endswith(line) else f"{trace}\n{line}") + "\n")
    except OSError as unwritten:
        log = logging.getLogger(__name__)
        log.warning("%s failed: %s; its %s cannot be written (%s)", folder.name, line, FAILURE, unwritten.strerror)


def _repair(run: Run, workspace: Workspace) -> None:
    """Leave nothing in the run's folder that would stand in its way: folders, links and pipes in place of files, what
    killed processes left half-written, a result that does not count.
    """
    folder = workspace.folder
    why = damage(folder)
    for path in folder.iterdir():
        no_file = path.is_symlink() or not path.is_file()
        if (no_file or path.name.startswith(".")) and not path.name.startswith(".lock."):
            discard(path)
    if why is not None:
        workspace.log(f"{why}: made again")
        logging.getLogger(__name__).warning("%s: %s, so that it is made again", folder.name, why)
        for name in (*damaged_parts(folder), RESULT):  # no checkpoint to go on from
            discard(folder / name)
    workspace.store.write_settings(run)
