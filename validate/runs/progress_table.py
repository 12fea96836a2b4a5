"""The progress of all runs in one live table, and the table of --dry-run."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sweep.progress import Planned, Progress, progress_of
from sweep.run import Run
from sweep.store import Store

# seconds between readings of the store, and between lines where the output is no terminal
POLL, LINE = 1.0, 10.0
# rows of the live table and of that of --dry-run; the rest is counted
MOST, PLANNED = 20, 100


@contextmanager
def progress_table(runs: Sequence[Run], store: Store, console: Console) -> Iterator[None]:
    """Show how the runs stand while they are made: a live table, or a line for each that is made, every ten seconds."""
    over = threading.Event()
    folders = {store.path(run): run.title for run in runs}
    live = Live(console=console, auto_refresh=False, transient=True)

    def show() -> None:
        while not over.wait(POLL if console.is_terminal else LINE):
            progress = progress_of(folders)
            if console.is_terminal:
                live.update(_table(progress), refresh=True)
            else:
                _print_lines(progress, console)

    showing = threading.Thread(target=show, daemon=True)
    if console.is_terminal:
        live.start()
        live.update(_table(progress_of(folders)), refresh=True)
    showing.start()
    try:
        yield
    finally:
        over.set()
        showing.join()
        live.stop()


def _print_lines(progress: Sequence[Progress], console: Console) -> None:
    done = sum(run.status == "done" for run in progress)
    for run in progress:
        if run.owner is not None:
            left = "" if run.owner.left is None else f", {duration(run.owner.seconds_left)} left"
            line = f"{done} of {len(progress)} done; {run.title}: {run.owner.text}{left}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def _table(progress: Sequence[Progress]) -> Table:
    done, failed = (sum(run.status == status for run in progress) for status in ("done", "failed"))
    caption = f"{done} of {len(progress)} runs done" + (f", {failed} failed" if failed else "")
    table = Table(expand=True, caption=caption)
    for heading in ("run", "", "progress", "left", "where"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    unfinished = sorted((run for run in progress if run.status != "done"), key=lambda run: run.status != "running")
    for run in unfinished[:MOST]:
        state = "waiting" if run.status in ("missing", "interrupted") else run.status
        owner = run.owner
        left = "" if owner is None or owner.left is None else duration(owner.seconds_left)
        table.add_row(*map(Text, (run.title, state, owner.text if owner else "", left, owner.place if owner else "")))
    if len(unfinished) > MOST:
        table.add_row(f"… and {len(unfinished) - MOST} more")
    return table


def plan_table(planned: Sequence[Planned], workers: int) -> Table:
    """What would be made, and for how long, with so many workers."""
    table = Table(title="Runs that are needed")
    for heading in ("run", "name", "state", "estimate"):
        table.add_column(heading, justify="right" if heading == "estimate" else "left", overflow="fold")
    for run in planned[:PLANNED]:
        state = run.status if run.needed or run.status == "done" else "not needed"
        table.add_row(*map(Text, (run.run.title, run.name, state, duration(run.seconds) if run.needed else "")))
    if len(planned) > PLANNED:
        table.add_row(f"… and {len(planned) - PLANNED} more")
    table.caption = _caption(planned, workers)
    return table


def _caption(planned: Sequence[Planned], workers: int) -> str:
    needed = [run.seconds for run in planned if run.needed]
    known = [seconds for seconds in needed if seconds is not None]
    caption = f"{len(planned) - len(needed)} of {len(planned)} done or not needed"
    if known:
        caption += f", about {duration(sum(known) / max(1, workers))} with {workers} at a time"
    if len(known) < len(needed):
        caption += f"; {len(needed) - len(known)} without an estimate, since no run of that kind is finished"
    return caption


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds."""
    return "unknown" if seconds is None else str(timedelta(seconds=round(min(seconds, 1e9))))
