"""What the folder of a run holds: settings.json, result.json, log.txt, failure.txt, and what the run itself writes."""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sweep.files import discard, read_json, read_text, write_text_whole
from sweep.run import IDENTITY, Run, name_of

SETTINGS, RESULT, FAILURE, LOG = "settings.json", "result.json", "failure.txt", "log.txt"
# what result.json holds, besides its digest
RECORD = {"run", "result", "provenance", "parts"}
# the last line of the log of a finished run, after its date
DONE = "done in"


def write_result(folder: Path, run: Run, result: dict[str, Any], provenance: dict[str, Any]) -> None:
    """Finish a run, atomically. Raises OSError where there is no room."""
    parts = {part: {"bytes": (folder / part).stat().st_size, "sha256": _sha256(folder / part)} for part in run.parts}
    record = {"run": folder.name, "result": _json(result), "provenance": _json(provenance), "parts": parts}
    write_text_whole(folder / RESULT, json.dumps({**record, "digest": _digest(record)}, allow_nan=False) + "\n")
    with suppress(OSError):  # a result counts whatever stands beside it
        discard(folder / FAILURE)


def read_result(folder: Path) -> dict[str, Any] | None:
    """What result.json of a finished run holds; None where there is none, it is not what was written for this run,
    or a part of the run is missing or of another size.
    """
    record = read_record(folder)
    if record is None or any(_size(folder / part) != written["bytes"] for part, written in record["parts"].items()):
        return None
    return record


def damage(folder: Path) -> str | None:
    """What of a finished run is not as it was written, every byte read; None where all is, or it is not finished."""
    if not os.path.lexists(folder / RESULT):
        return f"{RESULT} is missing" if was_finished(folder) else None
    if read_record(folder) is None:
        return f"{RESULT} is damaged"
    return next((state_of(part, folder) for part in damaged_parts(folder)), None)


def damaged_parts(folder: Path) -> list[str]:
    """Files of a finished run that are not as they were written, by their digests in result.json."""
    written = (read_record(folder) or {"parts": {}})["parts"]
    return [part for part, digest in written.items() if not _is_as_written(folder / part, digest)]


def state_of(file: str, folder: Path) -> str:
    """A few words about a file that is not as it was written."""
    return f"{file} is {'damaged' if os.path.lexists(folder / file) else 'missing'}"


def read_identity(folder: Path) -> dict[str, Any] | None:
    """Kind, settings, code and versions of a run; None where the file is damaged, or not that of this folder."""
    with suppress(PermissionError, KeyError, TypeError, RecursionError):
        content = read_json(folder / SETTINGS)
        if name_of(content) == folder.name:
            return {part: content.get(part, {}) for part in IDENTITY}  # earlier versions wrote no versions
    return None


def read_title(folder: Path) -> str:
    """A few words about a run; "settings damaged" where they are."""
    return "settings damaged" if read_identity(folder) is None else str(read_json(folder / SETTINGS).get("title", ""))


def failure(folder: Path) -> str:
    """Why a run failed: the last line of its traceback, which is the cause where it failed by a run that it needs."""
    try:
        return read_text(folder / FAILURE, errors="replace").strip().splitlines()[-1]
    except (OSError, IndexError):
        return f"{folder / FAILURE} cannot be read: see what was printed"


def read_record(folder: Path) -> dict[str, Any] | None:
    """What result.json holds; None where it is not what was written for this run."""
    with suppress(PermissionError, KeyError, AttributeError, TypeError, RecursionError):
        record: dict[str, Any] = read_json(folder / RESULT)
        digest = record.pop("digest")
        if digest == _digest(record) and record["run"] == folder.name and record.keys() >= RECORD:
            return record
    return None


def was_finished(folder: Path) -> bool:
    """Whether the log ends with the line of a finished run."""
    with suppress(OSError, IndexError):
        last = read_text(folder / LOG, errors="replace").splitlines()[-1]
        return f" {DONE} " in last
    return False


def _is_as_written(path: Path, written: Mapping[str, Any]) -> bool:
    try:
        return os.path.isfile(path) and _sha256(path) == str(written["sha256"])
    except OSError:
        return False


def _size(path: Path) -> int | None:
    return os.path.getsize(path) if os.path.isfile(path) else None


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
