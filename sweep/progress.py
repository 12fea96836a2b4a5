"""How runs stand, and how long those that are missing will take, read from the store alone: wherever they are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweep.folder import read_identity, read_result
from sweep.lock import Owner, owner
from sweep.run import Run, with_needs
from sweep.store import Status, Store, status


@dataclass(frozen=True)
class Progress:
    """How a run stands, and its owner's last heartbeat while it is made."""

    title: str
    status: Status
    owner: Owner | None


def progress_of(folders: Mapping[Path, str]) -> list[Progress]:
    """How each run of {folder: title} stands, in their order."""
    return [Progress(title, status(folder), owner(folder)) for folder, title in folders.items()]


@dataclass(frozen=True)
class Planned:
    """A run that is needed, or is needed by one that is done, and how many seconds it will take, if that is known."""

    name: str
    run: Run
    status: Status
    needed: bool
    seconds: float | None


def plan(runs: Sequence[Run], store: Store) -> list[Planned]:
    """All runs after those that they need: what would be made, and for how long, going by finished runs of the same
    kind and similar size.
    """
    every = with_needs(runs)
    names = {run: name for name, run in every.items()}
    states = {name: status(store.folder / name) for name in every}
    needed: set[str] = set()
    waiting = list(runs)
    while waiting:
        run = waiting.pop()
        if states[names[run]] != "done" and names[run] not in needed:
            needed.add(names[run])
            waiting += run.needs
    known = finished(store)
    return [
        Planned(name, run, states[name], name in needed, estimate(run, known) if name in needed else None)
        for name, run in every.items()
    ]


def finished(store: Store) -> list[tuple[str, float, float]]:
    """(kind, cost, seconds) of all finished runs."""
    known = []
    for folder in store:
        identity, record = read_identity(folder), read_result(folder)
        if identity is not None and record is not None and record["provenance"].get("cost"):
            known.append((identity["kind"], record["provenance"]["cost"], record["provenance"]["seconds"]))
    return known


def estimate(run: Run, known: Sequence[tuple[str, float, float]]) -> float | None:
    """Seconds, in proportion to the finished run of the same kind that is nearest in cost; None without one."""
    alike = [(cost, seconds) for kind, cost, seconds in known if kind == run.kind]
    if not alike:
        return None
    cost, seconds = min(alike, key=lambda past: abs(math.log(past[0] / run.cost)))
    return seconds * run.cost / cost
