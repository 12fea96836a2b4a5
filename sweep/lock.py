"""Which process makes a run: locks that need no lock of the file system, and survive any death of their owner.

A lock is the file lock.N; the largest N counts. It comes into being whole, by a hard link, which one process alone can
make, on network file systems too. Its owner rewrites it every few seconds: that is the heartbeat, and shows the
progress of the run. A lock is over when it says so, when its owner is a process of this machine that has ended, or when
its last heartbeat is more than SILENCE away; then whoever makes lock.N+1 first goes on. A damaged or unreadable lock is
over after the same silence: if its owner lives, the next heartbeat repairs it. Numbers are not used again until the run
has a result, so a process that slept through all this cannot take the run from its new owner.
"""

import hashlib
import json
import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sweep.files import discard, new_part, read_text

# seconds; an owner on another machine may stall that long on a busy network file system without losing its run
HEARTBEAT, SILENCE = 2.0, 180.0


@dataclass(frozen=True)
class Owner:
    """Who has the lock, when the process began, and the progress of its run: what it does, and the seconds left."""

    host: str
    machine: str
    process: int
    started: str
    job: str | None
    time: float
    text: str = "beginning"
    left: float | None = None
    released: bool = False

    @property
    def place(self) -> str:
        """Host, and job or process."""
        return f"{self.host} {self.job or self.process}"

    @property
    def seconds_left(self) -> float | None:
        """As of now."""
        return None if self.left is None else max(0.0, self.left - max(0.0, time.time() - self.time))


# locks that this process has; what it could not write down when it gave one up binds nobody
_HELD: set[Path] = set()
UNKNOWN = Owner("unknown", "", 0, "", None, 0.0, f"its lock is damaged, and is given up {SILENCE:g} s after its date")


class Lock:
    """This process's right to make the run of a folder, kept by its heartbeat; a context."""

    def __init__(self, folder: Path, number: int, owner: Owner) -> None:
        self.folder, self.number, self.owner = folder, number, owner
        self._over = threading.Event()
        self._heartbeat = threading.Thread(target=self._keep_alive, daemon=True)

    def __enter__(self) -> "Lock":
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the run up; whatever happens now, another may make it."""
        self._over.set()
        self._heartbeat.join()
        _HELD.discard(_path(self.folder, self.number).absolute())
        if not self.lost:
            self._write(released=True)

    def report(self, text: str, left: float | None = None) -> None:
        """Progress, for the next heartbeat to show."""
        self.owner = replace(self.owner, text=text, left=left)

    @property
    def lost(self) -> bool:
        """Whether another process took the run, since this one was silent for too long, as far as can be read."""
        with suppress(OSError):
            return _largest(self.folder) > self.number or not _path(self.folder, self.number).exists()
        return False

    def _keep_alive(self) -> None:
        while not self._over.wait(HEARTBEAT) and not self.lost:
            self._write(released=False)

    def _write(self, released: bool) -> None:
        path = _path(self.folder, self.number)
        try:
            os.replace(_part(path, replace(self.owner, time=time.time(), released=released)), path)
        except OSError:  # no room: the date of the file is a heartbeat too
            with suppress(OSError):
                path.unlink() if released else os.utime(path)


def acquire(folder: Path) -> Lock | None:
    """The right to make the run of this folder; None while another has it. Raises OSError where none can be written."""
    number = _largest(folder)  # read once: whoever comes in between makes the same number, and one of the two fails
    if _owner(_path(folder, number)) is not None:
        return None
    path = _path(folder, number + 1)
    process = Owner(socket.gethostname(), _machine(), os.getpid(), _started(os.getpid()) or "", _job(), time.time())
    part = _part(path, process)
    try:
        os.link(part, path)
    except FileExistsError:
        # a reply that a network file system lost looks like this too, but then there are two names
        if os.stat(part).st_nlink != 2:
            return None
    except FileNotFoundError:  # the run has just been finished, and its owner tidied up
        return None
    finally:
        with suppress(OSError):  # once it is linked, this process has the lock
            part.unlink()
    _HELD.add(path.absolute())
    return Lock(folder, number + 1, process)


def owner(folder: Path) -> Owner | None:
    """The owner of the lock as of its last heartbeat; None where nobody makes the run, or no one can know."""
    with suppress(OSError):
        return _owner(_path(folder, _largest(folder)))
    return None


def remove_locks(folder: Path) -> None:
    """Remove all locks of a run that has its result, also what killed processes left, as far as it can be."""
    with suppress(OSError):
        for path in [*folder.glob("lock.*"), *folder.glob(".lock.*")]:
            with suppress(OSError):
                discard(path)


def _owner(path: Path) -> Owner | None:
    try:
        current = _read(path)
        if current.released:
            return None
        if current.machine == _machine():
            held = current.process != os.getpid() or path.absolute() in _HELD
            return current if held and _started(current.process) == current.started else None
        # a heartbeat dated far ahead is as wrong as one long ago: both dates are the file system's
        return current if abs(_now(path) - path.stat().st_mtime) < SILENCE else None
    except FileNotFoundError:
        return None


def _read(path: Path) -> Owner:
    """The owner; an unknown one where the lock is damaged or cannot be read. Raises FileNotFoundError."""
    try:
        content = json.loads(read_text(path))
        if content.pop("digest") == _digest(content):
            return Owner(**content)
    except FileNotFoundError:
        raise
    except PermissionError:
        return replace(UNKNOWN, text="made by another user")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        pass  # valid JSON, but no lock, is damaged too
    return UNKNOWN


def _largest(folder: Path) -> int:
    numbers = [path.suffix[1:] for path in folder.glob("lock.*")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _path(folder: Path, number: int) -> Path:
    return folder / f"lock.{number}"


def _part(path: Path, owner: Owner) -> Path:
    part = new_part(path)
    try:
        content = asdict(owner)
        part.write_text(json.dumps({**content, "digest": _digest(content)}), encoding="utf-8")
    except OSError:
        part.unlink()
        raise
    return part


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _now(path: Path) -> float:
    """The time by the clock of the file system, which dates the heartbeats; by this machine's for a mere reader."""
    try:
        part = new_part(path)
    except OSError:
        return time.time()
    try:
        return part.stat().st_mtime
    finally:
        part.unlink(missing_ok=True)


def _job() -> str | None:
    """The SLURM job that this process belongs to, an element of an array by its number in it."""
    array, element = (os.environ.get(f"SLURM_ARRAY_{name}_ID") for name in ("JOB", "TASK"))
    return f"{array}_{element}" if array else os.environ.get("SLURM_JOB_ID")


def _machine() -> str:
    """A name for what this process can see other processes of: host, boot, and process namespace of a container."""
    names = [socket.gethostname()]
    with suppress(OSError):
        names.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        names.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(names)


def _started(process: int) -> str | None:
    """When the process began, in ticks since boot, so that a process number used again is not taken for it; without
    /proc "alive"; None for one that has ended.
    """
    with suppress(OSError):
        state, *fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        pass
    return "alive"
