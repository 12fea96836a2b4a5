"""Files that are written whole or not at all, and JSON that may be damaged."""

import errno
import fcntl
import glob
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in place: `path` is never half-written, not even where the
    machine stops at that moment. What killed processes left of the same file is removed.

    Raises what `write` raises, with `path` untouched.
    """
    _remove_abandoned(path)
    part, handle = _locked_part(path)
    try:
        write(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    with suppress(OSError):  # some network file systems cannot; the file itself is complete
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_text_whole(path: Path, text: str) -> None:
    """The same of a text."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def new_part(path: Path) -> Path:
    """An empty hidden file beside `path`, of the same suffix, with the permissions that the user's files have."""
    part, handle = _open_part(path)
    os.close(handle)
    return part


def read_text(path: Path, errors: str = "strict") -> str:
    """The text of a file; raises OSError for what is none, also for a pipe, which would block."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "no regular file")
    return path.read_text(encoding="utf-8", errors=errors)


def read_json(path: Path) -> Any:
    """What the file holds; None where it is missing, no file, or no JSON. Raises PermissionError where it is another
    user's.
    """
    try:
        return json.loads(read_text(path))
    except PermissionError:
        raise
    except (OSError, ValueError, RecursionError):  # RecursionError: thousands of brackets
        return None


def discard(path: Path) -> None:
    """Remove a file, a link, or a folder with all it holds; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def why_not_writable(folder: Path) -> str | None:
    """Why nothing can be written into a folder, which need not exist; None where it can. Nothing is written for it."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not existing.is_dir():
        return os.strerror(errno.ENOTDIR)
    return None if os.access(existing, os.W_OK | os.X_OK) else os.strerror(errno.EACCES)


def _open_part(path: Path) -> tuple[Path, int]:
    part = path.parent / f".{path.stem}.{secrets.token_hex(4)}{path.suffix}"
    return part, os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)


def _locked_part(path: Path) -> tuple[Path, int]:
    """A new part, and a handle whose lock shows that its process lives."""
    while True:
        part, handle = _open_part(path)
        try:
            with suppress(OSError):  # without locks on this file system abandoned parts stay
                fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:
                return part, handle
        except OSError:
            os.close(handle)
            part.unlink()
            raise
        os.close(handle)  # another process removed it before it was locked


def _remove_abandoned(path: Path) -> None:
    pattern = f".{glob.escape(path.stem)}.{'[0-9a-f]' * 8}{glob.escape(path.suffix)}"
    with suppress(OSError):
        for part in path.parent.glob(pattern):
            with suppress(OSError):
                handle = os.open(part, os.O_RDWR)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    part.unlink()
                finally:
                    os.close(handle)
