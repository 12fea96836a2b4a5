"""How one run is made: claimed, performed, its result or its failure written down."""

import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from nets.device import choose_device
from nets.files import write_whole
from validate.files import provenance
from validate.runs.claim import Claim, claim, forget, holder
from validate.runs.run import Run
from validate.runs.store import FAILURE, LOG, RESULT, Store, read_result, write_result

# "held": another process makes it
Outcome = Literal["done", "failed", "held"]
# seconds between looks at a run that another process makes
POLL = 1.0


@dataclass(frozen=True)
class Options:
    """How runs are made; nothing that changes a result beyond rounding.

    device      "auto", "cpu" or "cuda"     save_every  seconds between checkpoints
    resume      go on from a checkpoint
    """

    device: str = "auto"
    save_every: float = 300.0
    resume: bool = True


class LostClaim(Exception):
    """Another process has taken the run, since this one was silent for too long."""


@dataclass
class Workplace:
    """The `Place` of a run that is made."""

    folder: Path
    store: Store
    options: Options
    # of the run, and of those that need it, which tell how far it is too
    claims: Sequence[Claim]
    # seconds spent on runs that this one needs
    elsewhere: float = 0.0

    @property
    def device(self) -> str:
        return choose_device(self.options.device)

    @property
    def save_every(self) -> float:
        return self.options.save_every

    @property
    def resume(self) -> bool:
        return self.options.resume

    @property
    def lost(self) -> bool:
        """Whether another process took the run."""
        return self.claims[0].lost

    def say(self, line: str) -> None:
        with suppress(OSError), open(self.folder / LOG, "a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")

    def report(self, progress: Mapping[str, Any]) -> None:
        if self.lost:
            raise LostClaim
        for one in self.claims:
            one.tell(progress)

    def need(self, run: Run) -> tuple[Path, dict[str, Any]]:
        started = time.monotonic()
        while make(run, self.store, self.options, self.claims) == "held":
            time.sleep(POLL)
        self.elsewhere += time.monotonic() - started
        result = self.store.result(run)
        if result is None:
            raise RuntimeError(f"{self.store.place(run).name}, which this run needs, failed: see its {FAILURE}")
        return self.store.place(run), result


def make(run: Run, store: Store, options: Options, above: Sequence[Claim] = ()) -> Outcome:
    """Make the run unless it is there: "done", "failed" (the traceback is in its folder), or "held" by another process.

    `above`: the claims of the runs that need this one, which tell this one's progress too.
    """
    folder = store.place(run)
    if read_result(folder) is not None:
        if holder(folder) is None:  # whoever finished it may have been killed before it tidied up
            forget(folder)
        return "done"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = claim(folder)
    except OSError as error:
        raise _no_room(store, error) from None
    if held is None:
        return "held"
    with held:
        # it may have been finished between the look and the claim
        there = read_result(folder) is not None
        outcome = "done" if there else _perform(run, Workplace(folder, store, options, (held, *above)))
    if outcome == "done":
        forget(folder)
    return outcome


def _perform(run: Run, place: Workplace) -> Outcome:
    for part in place.folder.glob(".*"):  # what a process that was killed while writing has left
        if not part.name.startswith(".claim-"):
            part.unlink(missing_ok=True)
    if (place.folder / RESULT).exists():
        place.say("the result is damaged: made again")
    place.say(f"begun on {place.device}")
    started = time.monotonic()
    try:
        place.store.begin(run)
        result = run.perform(place)
        made_by = provenance(place.device, time.monotonic() - started - place.elsewhere)
        if place.lost:
            raise LostClaim
        write_result(place.folder, result, {**made_by, "cost": run.cost, "finished": time.time()})
    except LostClaim:
        place.say("this process was silent for too long, another has taken the run")
        return "held"
    except Exception as error:  # whatever it is belongs to this run, and the others go on
        place.say(f"failed: {error}")
        with suppress(OSError):
            write_whole(place.folder / FAILURE, lambda part: part.write_text(traceback.format_exc()))
        return "failed"
    place.say(f"done in {time.monotonic() - started:.0f} s")
    return "done"


def _no_room(store: Store, error: OSError) -> ValueError:
    return ValueError(
        f"the store {store.folder} cannot be written ({error.strerror}): make room, or choose another with --store"
    )
