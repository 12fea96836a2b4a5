"""Where runs are kept: a folder each, as `sweep.folder` says what it holds."""

import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sweep.files import discard, why_not_writable, write_text_whole
from sweep.folder import FAILURE, LOG, RESULT, SETTINGS, read_identity, read_record, read_result, state_of, was_finished
from sweep.lock import acquire, owner
from sweep.run import Run, identity, key, with_needs

Status = Literal["missing", "done", "running", "failed", "damaged", "interrupted"]
# a folder of another name is none of ours
NAME = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{16}")


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
    if os.path.lexists(folder / RESULT) or was_finished(folder):
        return "damaged"
    if os.path.lexists(folder / FAILURE):
        return "failed"
    return "interrupted" if os.path.lexists(folder / SETTINGS) else "missing"


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
    if not NAME.fullmatch(folder.name) or (read_identity(folder) is None and read_record(folder) is None):
        raise ValueError(f"nothing in {folder} shows that it is a run: delete it by hand; nothing was deleted")


def _digits(folder: Path) -> str:
    return folder.name.rpartition("-")[2]
