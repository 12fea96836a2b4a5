"""Where the measured values of claims come from: made once, kept beside the runs, stale when their code changes."""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from sweep.code import import_closure
from sweep.files import read_json
from sweep.run import Run, flat, key, library_version
from sweep.store import Store
from validate.files import provenance, write_json
from validate.record import as_json
from validate.runs.settings import RunSettings

# where code that decides values lies; the generic sweep decides none
PACKAGES = ("theory", "simulate", "nets", "validate")
LIBRARIES = ("spatial-pooling", "numpy", "scipy", "sympy", "torch")
FORM = 1


def no_runs() -> Sequence[Run]:
    """Of evidence that is computed."""
    return ()


@dataclass(frozen=True)
class Evidence:
    """A source of measured values, shared by the claims that are judged by it.

    command   what makes, shows and draws the same            minutes   on two cores, from nothing
    modules   whose import closure decides the values         quick     whether it is made with --quick
    runs      that it takes; raises ValueError, one sentence, where this machine cannot make them
    produce   the values, of the results of the runs
    read      what judges take, of the values as JSON
    figures   {name: what draws it}, of what `read` gives
    needs     what is missing on every machine of this kind, where there is no way to make it
    """

    name: str
    command: str
    minutes: float
    modules: tuple[str, ...]
    produce: Callable[[Sequence[dict[str, Any]]], Any]
    runs: Callable[[], Sequence[Run]] = no_runs
    read: Callable[[Any], Any] = lambda values: values
    figures: Mapping[str, Callable[[Any], Figure]] = field(default_factory=dict)
    quick: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Kept:
    """Evidence as it was stored: values as JSON, the code that made them, and how."""

    evidence: Evidence
    values: Any
    code: Mapping[str, str]
    made: Mapping[str, Any]

    @property
    def changed(self) -> list[str]:
        """What decided the values and has changed since; none where they are current."""
        today = identity(self.evidence)
        names = [name for name in {*today, *self.code} if today.get(name) != self.code.get(name)]
        return sorted([*names, *self._changed_settings()])

    def _changed_settings(self) -> list[str]:
        """Settings of the runs, those of the data included; none where this machine cannot tell what they are today."""
        try:
            today = settings(self.evidence.runs())
        except (ValueError, ImportError, OSError):
            return []
        stored = self.made.get("settings") or today
        return [f"setting {name}" for name in {*today, *stored} if today.get(name) != stored.get(name)]


def identity(evidence: Evidence) -> dict[str, str]:
    """{module: digest of its code, library: version, "command": …}: all that the values are a function of."""
    versions = {name: library_version(name) for name in LIBRARIES}
    return {**import_closure(evidence.modules, PACKAGES), **versions, "command": evidence.command}


def settings(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """{setting: the different values that it has in these runs, as JSON}."""
    every = [flat(json.loads(json.dumps(asdict(run)))) for run in runs]
    values: dict[str, list[Any]] = {}
    for name, value in (pair for each in every for pair in each.items()):
        known = values.setdefault(name.removeprefix("of."), [])  # of the training that a measurement is of
        known += [] if value in known else [value]
    return values


def digest(code: Mapping[str, str]) -> str:
    """16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()[:16]


def path_of(evidence: Evidence, store: Store) -> Path:
    """Where the evidence is kept."""
    return store.folder / "claims" / f"{evidence.name}.json"


def kept(evidence: Evidence, store: Store) -> Kept | None:
    """The evidence that is stored; None where there is none, or the file is damaged or of another form."""
    content = read_json(path_of(evidence, store))
    try:
        if content["form"] != FORM or digest(content["code"]) != content["digest"]:
            return None
        return Kept(evidence, content["values"], content["code"], content["made"])
    except (KeyError, TypeError, AttributeError):
        return None


def missing_runs(evidence: Evidence, store: Store) -> list[Run]:
    """The runs that would have to be made; raises ValueError where they cannot be."""
    return [run for run in evidence.runs() if store.result(run) is None]


def make(evidence: Evidence, making: RunSettings, console: Console, results: Callable[..., list[Any]]) -> Kept:
    """Compute the values, `results` of the runs first, and keep them."""
    started = time.monotonic()
    code = identity(evidence)
    runs = evidence.runs()
    run_results = results(runs, making, console) if runs else []
    values = as_json(evidence.produce(run_results))
    made = {**machine(time.monotonic() - started), "runs": [key(run) for run in runs], "settings": settings(runs)}
    record = {"form": FORM, "name": evidence.name, "digest": digest(code), "code": code, "made": made, "values": values}
    write_json(path_of(evidence, making.store), record)
    return Kept(evidence, values, code, made)


def machine(seconds: float) -> dict[str, Any]:
    """Version, commit, date, hardware and time of what was just made."""
    how = provenance("cpu", seconds)
    return {
        "version": how["versions"]["spatial-pooling"],
        "commit": how["git_commit"],
        "changed_since_commit": how["git_dirty"],
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "hardware": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {how['device']}",
        "seconds": how["seconds"],
    }
