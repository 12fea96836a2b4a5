"""Runs that take no time, and record how often they were made."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sweep.run import Run
from sweep.store import Store
from sweep.work import Options, Workspace, make


@dataclass(frozen=True)
class Tiny(Run):
    """Counts to `steps`, with a checkpoint after each, and writes a line to `diary` when it begins and ends.

    pause   seconds of a step           fault   "raise", "kill": this process ends itself, once; "always": every time
    """

    number: int
    diary: str
    steps: int = 1
    pause: float = 0.0
    fault: str = ""
    kind: ClassVar[str] = "tiny"
    parts: ClassVar[Sequence[str]] = ("count.txt",)
    provenance_fields: ClassVar[Sequence[str]] = ("count",)

    @property
    def title(self) -> str:
        return f"tiny {self.number}"

    @property
    def cost(self) -> float:
        return 1.0 + self.number

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        self._note("begins")
        if self.fault == "raise":
            raise ArithmeticError(f"number {self.number} does not work")
        count = workspace.restore("count.txt", lambda path: int(path.read_text())) or 0
        killed = workspace.folder / "killed.txt"
        while count < self.steps:
            time.sleep(self.pause)
            count += 1
            ended = count == self.steps
            text = str(count)
            workspace.save("count.txt", lambda part: part.write_text(text), f"step {count}", ended)  # noqa: B023
            workspace.report(f"step {count}", (self.steps - count) * self.pause)
            if self.fault == "always" or (self.fault == "kill" and not killed.exists()):
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        self._note("ends")
        return {"square": self.number**2, "count": count}

    def _note(self, what: str) -> None:
        with open(self.diary, "a") as file:
            file.write(f"{what} {self.number}\n")


@dataclass(frozen=True)
class Above(Run):
    """A run that needs a tiny one."""

    of: Tiny
    kind: ClassVar[str] = "above"

    @property
    def title(self) -> str:
        return f"above {self.of.title}"

    @property
    def cost(self) -> float:
        return 1.0

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        return {"cube": workspace.need(self.of)[1]["square"] * self.of.number}


# a checkpoint after every step
OFTEN = Options(save_every=0)


def ends(diary: str | Path) -> list[int]:
    """The numbers that were made to the end, sorted."""
    lines = Path(diary).read_text().splitlines() if Path(diary).exists() else []
    return sorted(int(line.split()[1]) for line in lines if line.startswith("ends"))


def make_each(runs: list[Tiny], folder: Path, places: list[int]) -> None:
    """One process of several that make the same runs, each in its own order."""
    store = Store(folder)
    for n in places:
        while make(runs[n], store, OFTEN) == "locked":
            time.sleep(0.01)
