"""All runs in one live table, read from the store alone, so wherever they are made."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from validate.runs.claim import holder
from validate.runs.run import Run
from validate.runs.store import Store, status

# seconds between looks at the store, and between lines where the output is no terminal
LOOK, LINE = 1.0, 10.0
# rows of the table; the rest is counted
MOST = 20


@contextmanager
def board(runs: Sequence[Run], store: Store, console: Console) -> Iterator[None]:
    """Show how the runs stand while they are made: a live table, or a line for each that is made, every ten seconds."""
    over = threading.Event()
    if not console.is_terminal:
        lines = threading.Thread(target=_print_lines, args=(runs, store, console, over), daemon=True)
        lines.start()
        try:
            yield
        finally:
            over.set()
            lines.join()
        return
    with Live(_table(runs, store), console=console, auto_refresh=False, transient=True) as live:

        def refresh() -> None:
            while not over.wait(LOOK):
                live.update(_table(runs, store), refresh=True)

        drawing = threading.Thread(target=refresh, daemon=True)
        drawing.start()
        try:
            yield
        finally:
            over.set()
            drawing.join()


def _print_lines(runs: Sequence[Run], store: Store, console: Console, over: threading.Event) -> None:
    while not over.wait(LINE):
        finished = sum(status(store.place(run)) == "done" for run in runs)
        for run in runs:
            told = holder(store.place(run))
            if told is not None:
                console.print(
                    f"{finished} of {len(runs)} done; {run.title}: {_text(told)}", highlight=False, soft_wrap=True
                )


def _table(runs: Sequence[Run], store: Store) -> Table:
    rows, done, failed = [], 0, 0
    for run in runs:
        folder = store.place(run)
        found = status(folder)
        done, failed = done + (found == "done"), failed + (found == "failed")
        if found != "done":
            told = holder(folder) or {}
            rows.append((found != "running", run.title, found, told))
    rows.sort(key=lambda row: row[0])
    table = Table(expand=True, caption=f"{done} of {len(runs)} runs done" + (f", {failed} failed" if failed else ""))
    for heading in ("run", "", "how far", "left", "where"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for _, title, found, told in rows[:MOST]:
        # another process may have begun or ended it between the two looks
        where = f"{told.get('host', '')} {told.get('job') or told.get('process', '')}"
        state = {"missing": "waiting", "interrupted": "waiting"}.get(found, found)
        table.add_row(title, state, _text(told), _left(told), where)
    if len(rows) > MOST:
        table.add_row(f"… and {len(rows) - MOST} more")
    return table


def _text(told: dict[str, Any]) -> str:
    left = _left(told)
    return str(told.get("text", "beginning" if told else "")) + (f", {left} left" if left else "")


def _left(told: dict[str, Any]) -> str:
    left = told.get("left")
    return "" if left is None else str(timedelta(seconds=max(0, round(left - (time.time() - told["time"])))))
