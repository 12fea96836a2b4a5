"""Runs that take no time, and tell how often they were made."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from validate.runs.run import Place, Run
from validate.runs.store import Store
from validate.runs.work import Options, make


@dataclass(frozen=True)
class Tiny:
    """Counts to `steps`, with a checkpoint after each, and writes a line to `diary` when it begins and ends.

    pause   seconds of a step           fault   "raise", "kill": this process ends itself, once; "always": every time
    """

    number: int
    diary: str
    steps: int = 1
    pause: float = 0.0
    fault: str = ""
    kind: ClassVar[str] = "tiny"
    modules: ClassVar[Sequence[str]] = ("tests.validate.runs.tiny",)
    told: ClassVar[Sequence[str]] = ()

    @property
    def title(self) -> str:
        return f"tiny {self.number}"

    @property
    def cost(self) -> float:
        return 1.0 + self.number

    @property
    def needs(self) -> Sequence[Run]:
        return ()

    def perform(self, place: Place) -> dict[str, Any]:
        self._note("begins")
        if self.fault == "raise":
            raise ArithmeticError(f"number {self.number} does not work")
        kept = place.folder / "count.txt"
        count = int(kept.read_text()) if place.resume and kept.exists() else 0
        killed = place.folder / "killed.txt"
        while count < self.steps:
            time.sleep(self.pause)
            count += 1
            part = place.folder / ".count.txt"
            part.write_text(str(count))
            part.replace(kept)
            place.report({"text": f"step {count}", "left": (self.steps - count) * self.pause})
            if self.fault == "always" or (self.fault == "kill" and not killed.exists()):
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        self._note("ends")
        return {"square": self.number**2, "count": count}

    def _note(self, what: str) -> None:
        with open(self.diary, "a") as file:
            file.write(f"{what} {self.number}\n")


@dataclass(frozen=True)
class Above:
    """A run that needs a tiny one."""

    of: Tiny
    kind: ClassVar[str] = "above"
    modules: ClassVar[Sequence[str]] = ("tests.validate.runs.tiny",)
    told: ClassVar[Sequence[str]] = ()

    @property
    def title(self) -> str:
        return f"above {self.of.title}"

    @property
    def cost(self) -> float:
        return 1.0

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    def perform(self, place: Place) -> dict[str, Any]:
        return {"cube": place.need(self.of)[1]["square"] * self.of.number}


def ends(diary: str | Path) -> list[int]:
    """The numbers that were made to the end, sorted."""
    lines = Path(diary).read_text().splitlines() if Path(diary).exists() else []
    return sorted(int(line.split()[1]) for line in lines if line.startswith("ends"))


def make_each(runs: list[Tiny], folder: Path, places: list[int]) -> None:
    """One process of several that make the same runs, each in its own order."""
    store = Store(folder)
    for n in places:
        while make(runs[n], store, Options()) == "held":
            time.sleep(0.01)
