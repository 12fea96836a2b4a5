"""Who makes a run: claims that need no lock of the file system, and survive any death of their holder.

A claim is the file claim.N; the largest N holds. It comes into being whole, by a hard link, which one process alone can
make, on network file systems too. The holder rewrites it every few seconds: that is its heartbeat, and tells how far
the run is. A claim is over when it says so, when its holder is a process of this machine that has ended, or when its
heart has not beaten for SILENCE; then whoever makes claim.N+1 first goes on. Numbers are not used again until the run
has a result, so a process that slept through all this cannot take the run from its new holder.
"""

import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

# seconds; a holder on another machine may stall that long on a busy network file system without losing its run
BEAT, SILENCE = 2.0, 180.0


class Claim:
    """This process's right to make the run of a folder, while its heart beats; a context."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number = folder, number
        self.told: dict[str, Any] = {}
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Claim":
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the run up; whatever happens now, another may make it."""
        self._over.set()
        self._heart.join()
        self._write(released=True)

    def tell(self, progress: Mapping[str, Any]) -> None:
        """What the next heartbeat says."""
        self.told = dict(progress)

    @property
    def lost(self) -> bool:
        """Whether another process took the run, since this one was silent for too long."""
        return _largest(self.folder) > self.number

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            self._write(released=False)

    def _write(self, released: bool) -> None:
        path = _path(self.folder, self.number)
        try:
            part = _part(self.folder, {**_me(), **self.told, "released": released})
            os.replace(part, path)
        except OSError:  # no room: the heart must beat all the same
            with suppress(OSError):
                path.unlink() if released else os.utime(path)


def claim(folder: Path) -> Claim | None:
    """The right to make the run of this folder; None while another has it. Raises OSError where none can be written."""
    number = _largest(folder)
    if number and _holds(folder, number):
        return None
    part = _part(folder, {**_me(), "released": False})
    try:
        os.link(part, _path(folder, number + 1))
    except FileExistsError:
        # a lost answer of a network file system looks like this too, but then there are two names
        if os.stat(part).st_nlink != 2:
            return None
    except FileNotFoundError:  # the run has just been finished, and its holder tidied up
        return None
    finally:
        part.unlink(missing_ok=True)
    return Claim(folder, number + 1)


def holder(folder: Path) -> dict[str, Any] | None:
    """What the present holder last told, with its host and process; None where nobody makes the run."""
    number = _largest(folder)
    return _read(folder, number) if number and _holds(folder, number) else None


def forget(folder: Path) -> None:
    """Remove all claims of a run that has its result, also what killed processes left, as far as it can be."""
    with suppress(OSError):
        for path in [*folder.glob("claim.*"), *folder.glob(".claim-*")]:
            path.unlink(missing_ok=True)


def _holds(folder: Path, number: int) -> bool:
    found = _read(folder, number)
    if found is None or found["released"]:
        return False
    if found["machine"] == _machine():
        return bool(_started(found["process"]) == found["started"])
    with suppress(OSError):
        return _now(folder) - _path(folder, number).stat().st_mtime < SILENCE
    return False


def _read(folder: Path, number: int) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(_path(folder, number).read_text())
        return found
    except (OSError, ValueError):
        return None


def _largest(folder: Path) -> int:
    numbers = [path.suffix[1:] for path in folder.glob("claim.*")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _path(folder: Path, number: int) -> Path:
    return folder / f"claim.{number}"


def _part(folder: Path, content: Mapping[str, Any]) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".claim-")
    with os.fdopen(handle, "w") as file:
        try:
            json.dump(content, file)
            file.flush()
        except OSError:
            os.unlink(name)
            raise
    return Path(name)


def _now(folder: Path) -> float:
    """The time by the clock of the file system, which dates the heartbeats."""
    part = _part(folder, {})
    try:
        return part.stat().st_mtime
    finally:
        part.unlink(missing_ok=True)


def _me() -> dict[str, Any]:
    who = {"host": socket.gethostname(), "process": os.getpid(), "machine": _machine()}
    return {**who, "started": _started(os.getpid()), "job": _job(), "time": time.time()}


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
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return "alive"
