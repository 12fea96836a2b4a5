"""Files that are written whole or not at all, and JSON that may be damaged."""

import json
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in place: `path` is never half-written, not even where the
    machine stops at that moment. Raises what `write` raises, with `path` untouched.
    """
    part = new_part(path)
    try:
        write(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
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
    remove_stale_parts(path)
    part = path.parent / f".{path.stem}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}"
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return part


def remove_stale_parts(path: Path) -> None:
    """Remove what processes of this machine that were killed have left of `path`."""
    name = re.compile(rf"\.{re.escape(path.stem)}\.{_host()}-(\d+)-[0-9a-f]{{8}}{re.escape(path.suffix)}")
    for part in path.parent.iterdir():
        process = name.fullmatch(part.name)
        if process and not Path("/proc", process[1]).exists() and Path("/proc").exists():
            with suppress(OSError):
                part.unlink()


def _host() -> str:
    """The machine's name, as letters and digits."""
    return re.sub(r"\W", "", platform.node())


def read_json(path: Path) -> Any:
    """What the file holds; None where it is missing, no file, or no JSON. Raises PermissionError where it is another
    user's.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
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
