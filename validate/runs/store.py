"""Where runs are kept: a folder each, with settings.json, result.json, log.txt and what the run itself writes."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nets.files import write_whole
from validate.files import without_nan
from validate.runs.claim import holder
from validate.runs.run import Run, identity, key, name_of

Status = Literal["missing", "done", "running", "failed", "damaged", "interrupted"]
SETTINGS, RESULT, FAILURE, LOG = "settings.json", "result.json", "failure.txt", "log.txt"


@dataclass(frozen=True)
class Store:
    """The runs below one folder, which several processes and machines may share."""

    folder: Path

    def place(self, run: Run) -> Path:
        """The run's folder, which need not exist."""
        return self.folder / key(run)

    def result(self, run: Run) -> dict[str, Any] | None:
        """What the run found; None where it is not finished, or its file is damaged."""
        record = read_result(self.place(run))
        return None if record is None else dict(record["result"])

    def begin(self, run: Run) -> None:
        """Write the run's settings, which is for whoever has claimed it. Raises OSError where they find no room."""
        folder = self.place(run)
        if read_identity(folder) is None:
            text = json.dumps({"title": run.title, **identity(run)}, indent=1) + "\n"
            write_whole(folder / SETTINGS, lambda part: part.write_text(text))

    def __iter__(self) -> Iterator[Path]:
        """All folders that hold a run, by name."""
        if self.folder.is_dir():
            yield from sorted(path.parent for path in self.folder.glob(f"*/{SETTINGS}"))

    def find(self, beginning: str) -> Path:
        """The run whose name, or the digits in it, begin so; raises ValueError, one sentence, for none or several."""
        names = [path for path in self if path.name.startswith(beginning) or _digits(path).startswith(beginning)]
        if len(names) == 1:
            return names[0]
        if names:
            several = ", ".join(path.name for path in names[:3])
            raise ValueError(f"{beginning} is the beginning of {len(names)} runs ({several}, …): give more of the name")
        raise ValueError(f"{self.folder} holds no run {beginning}: see `python -m validate.runs list`")


def require_writable(store: Store) -> None:
    """Raises ValueError, one sentence, where no run can be made."""
    try:
        store.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=store.folder):
            return
    except OSError as error:
        raise ValueError(
            f"runs are missing, and the store {store.folder} cannot be written ({error.strerror}): choose another "
            "with --store"
        ) from None


def status(folder: Path) -> Status:
    """How the run of a folder stands."""
    if read_result(folder) is not None:
        return "done"
    if holder(folder) is not None:
        return "running"
    if (folder / RESULT).exists():
        return "damaged"
    if (folder / FAILURE).exists():
        return "failed"
    return "interrupted" if (folder / SETTINGS).exists() else "missing"


def write_result(folder: Path, result: dict[str, Any], provenance: dict[str, Any]) -> None:
    """Finish a run, atomically. Raises OSError where there is no room."""
    record = {"result": without_nan(result), "provenance": without_nan(provenance)}
    text = json.dumps({**record, "digest": _digest(record)}, allow_nan=False) + "\n"
    write_whole(folder / RESULT, lambda part: part.write_text(text))
    (folder / FAILURE).unlink(missing_ok=True)


def read_result(folder: Path) -> dict[str, Any] | None:
    """{"result", "provenance"} of a finished run; None where there is none, or it is not what was written."""
    try:
        record: dict[str, Any] = json.loads((folder / RESULT).read_text())
        digest = record.pop("digest")
        return record if digest == _digest(record) else None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def read_identity(folder: Path) -> dict[str, Any] | None:
    """Settings and code of a run; None where the file is damaged, or not that of this folder."""
    try:
        found: dict[str, Any] = json.loads((folder / SETTINGS).read_text())
        return {part: found[part] for part in ("kind", "settings", "code")} if name_of(found) == folder.name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_title(folder: Path) -> str:
    """A few words about a run; "settings damaged" where they are."""
    if read_identity(folder) is None:
        return "settings damaged"
    return str(json.loads((folder / SETTINGS).read_text()).get("title", ""))


def remove(folder: Path) -> None:
    """Delete a run, the result first, so that a deletion that is interrupted leaves no half of one that counts."""
    (folder / RESULT).unlink(missing_ok=True)
    shutil.rmtree(folder)


def _digits(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
