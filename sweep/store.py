"""Where runs are kept: a folder each, with settings.json, result.json, log.txt and what the run itself writes."""

import hashlib
import json
import logging
import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sweep.files import discard, read_json, why_not_writable, write_text_whole
from sweep.lock import acquire, owner
from sweep.run import IDENTITY, Run, identity, key, name_of, with_needs

Status = Literal["missing", "done", "running", "failed", "damaged", "interrupted"]
SETTINGS, RESULT, FAILURE, LOG = "settings.json", "result.json", "failure.txt", "log.txt"
# a folder of another name is none of ours
NAME = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{16}")
# the last line of the log of a finished run, after its date
DONE = "done in"


@dataclass(frozen=True)
class Store:
    """The runs below one folder, which several processes and machines may share."""

    folder: Path

    def path(self, run: Run) -> Path:
        """The run's folder, which need not exist."""
        return self.folder / key(run)

    def result(self, run: Run) -> dict[str, Any] | None:
        """The run's result; None where it is not finished, or one of its files is damaged."""
        record = read_result(self.path(run))
        return None if record is None else dict(record["result"])

    def write_settings(self, run: Run) -> None:
        """Write settings.json where it is missing or damaged. Raises OSError where there is no room."""
        folder = self.path(run)
        if read_identity(folder) is None:
            discard(folder / SETTINGS)
            write_text_whole(folder / SETTINGS, json.dumps({"title": run.title, **identity(run)}, indent=1) + "\n")

    def repair_settings(self, run: Run) -> None:
        """Write settings.json of a finished run again, with a warning, where it is missing or damaged and can be."""
        folder = self.path(run)
        if read_identity(folder) is None and read_result(folder) is not None:
            with suppress(OSError):  # one who may only read the store has the results all the same
                how = state_of(SETTINGS, folder)
                self.write_settings(run)
                logging.getLogger(__name__).warning("%s: %s, and is written again", folder.name, how)

    def __iter__(self) -> Iterator[Path]:
        """All folders that hold a run, by name. Raises ValueError, one sentence, where the store cannot be read."""
        try:
            paths = sorted(self.folder.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            raise ValueError(
                f"the store {self.folder} cannot be read ({error.strerror}): choose another store"
            ) from None
        for path in paths:
            if NAME.fullmatch(path.name) and any(os.path.lexists(path / file) for file in (SETTINGS, RESULT, LOG)):
                yield path

    def find(self, beginning: str) -> Path:
        """The run whose name, or the digits in it, begin so; raises ValueError, one sentence, for none or several."""
        if not beginning:
            raise ValueError("an empty name is the beginning of every run's: give more of the name")
        paths = [path for path in self if path.name.startswith(beginning) or _digits(path).startswith(beginning)]
        if len(paths) == 1:
            return paths[0]
        if paths:
            several = ", ".join(path.name for path in paths[:3])
            raise ValueError(f"{beginning} is the beginning of {len(paths)} runs ({several}, …): give more of the name")
        raise ValueError(f"{self.folder} holds no run {beginning}: give the beginning of a name that is listed")


def require_writable(store: Store, dry_run: bool = False) -> None:
    """Raises ValueError, one sentence, where no run can be made; `dry_run`: nothing is written to find out."""
    try:
        reason = why_not_writable(store.folder)
        if reason is None and not dry_run:
            store.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=store.folder):
                return
    except OSError as error:
        reason = error.strerror
    if reason is not None:
        raise ValueError(
            f"runs are missing, and the store {store.folder} cannot be written ({reason}): choose another store"
        )


def status(folder: Path) -> Status:
    """How the run of a folder stands."""
    if read_result(folder) is not None:
        return "done"
    if owner(folder) is not None:
        return "running"
    if os.path.lexists(folder / RESULT) or _was_finished(folder):
        return "damaged"
    if os.path.lexists(folder / FAILURE):
        return "failed"
    return "interrupted" if os.path.lexists(folder / SETTINGS) else "missing"


def write_result(folder: Path, run: Run, result: dict[str, Any], provenance: dict[str, Any]) -> None:
    """Finish a run, atomically. Raises OSError where there is no room."""
    parts = {part: {"bytes": (folder / part).stat().st_size, "sha256": _sha256(folder / part)} for part in run.parts}
    record = {"run": folder.name, "result": _json(result), "provenance": _json(provenance), "parts": parts}
    write_text_whole(folder / RESULT, json.dumps({**record, "digest": _digest(record)}, allow_nan=False) + "\n")
    with suppress(OSError):  # a result counts whatever stands beside it
        discard(folder / FAILURE)


def read_result(folder: Path) -> dict[str, Any] | None:
    """{"result", "provenance", …} of a finished run; None where there is none, it is not what was written for this run,
    or a part of the run is missing or of another size.
    """
    record = _record(folder)
    if record is None or any(_size(folder / part) != written["bytes"] for part, written in record["parts"].items()):
        return None
    return record


def damage(folder: Path) -> str | None:
    """What of a finished run is not as it was written, every byte read; None where all is, or it is not finished."""
    if not os.path.lexists(folder / RESULT):
        return f"{RESULT} is missing" if _was_finished(folder) else None
    record = _record(folder)
    if record is None:
        return f"{RESULT} is damaged"
    for part, written in record["parts"].items():
        with suppress(OSError):
            if _sha256(folder / part) == written["sha256"]:
                continue
        return state_of(part, folder)
    return None


def state_of(file: str, folder: Path) -> str:
    """A few words about a file that is not as it was written."""
    return f"{file} is {'damaged' if os.path.lexists(folder / file) else 'missing'}"


def read_identity(folder: Path) -> dict[str, Any] | None:
    """Settings and code of a run; None where the file is damaged, or not that of this folder."""
    with suppress(PermissionError, KeyError, TypeError, RecursionError):
        content = read_json(folder / SETTINGS)
        if name_of(content) == folder.name:
            return {part: content[part] for part in IDENTITY}
    return None


def read_title(folder: Path) -> str:
    """A few words about a run; "settings damaged" where they are."""
    return "settings damaged" if read_identity(folder) is None else str(read_json(folder / SETTINGS).get("title", ""))


def failure(folder: Path) -> str:
    """Why a run failed: the last line of its traceback, which is the cause where it failed by a run that it needs."""
    try:
        return (folder / FAILURE).read_text(encoding="utf-8").strip().splitlines()[-1]
    except (OSError, IndexError, UnicodeError):
        return f"{folder / FAILURE} cannot be read: see what was printed"


def provenances(runs: Sequence[Run], store: Store) -> list[dict[str, Any]]:
    """How each of the runs, and those that they needed, was made."""
    made = []
    for name, run in with_needs(runs).items():
        record = read_result(store.folder / name)
        if record is not None:
            fields = {field: record["result"][field] for field in run.provenance_fields}
            made.append({"run": name, "title": run.title, **fields, **record["provenance"]})
    return made


def remove(folder: Path) -> None:
    """Delete a run, the result first, so that a deletion that is interrupted leaves no half of one that counts.

    Raises ValueError, one sentence, for what `require_removable` refuses and for a run that is being made.
    """
    require_removable(folder)
    lock = acquire(folder)
    if lock is None:
        raise ValueError(f"{folder.name} is being made: end that process first; it was not deleted")
    with lock:
        discard(folder / RESULT)
        discard(folder)


def require_removable(folder: Path) -> None:
    """Raises ValueError, one sentence, for a link, and for a folder that neither its settings nor its result show to be
    the run of its name.
    """
    if folder.is_symlink():
        raise ValueError(f"{folder} is a link: delete the run in its own store; nothing was deleted")
    if not NAME.fullmatch(folder.name) or (read_identity(folder) is None and _record(folder) is None):
        raise ValueError(f"nothing in {folder} shows that it is a run: delete it by hand; nothing was deleted")


def _record(folder: Path) -> dict[str, Any] | None:
    """What result.json holds; None where it is not what was written for this run."""
    with suppress(PermissionError, KeyError, AttributeError, TypeError, RecursionError):
        record: dict[str, Any] = read_json(folder / RESULT)
        digest = record.pop("digest")
        if digest == _digest(record) and record["run"] == folder.name:
            return record
    return None


def _was_finished(folder: Path) -> bool:
    """Whether the log ends with the line of a finished run."""
    with suppress(OSError, IndexError):
        last = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()[-1]
        return f" {DONE} " in last
    return False


def _digits(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _json(value: Any) -> Any:
    """The same with None for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
