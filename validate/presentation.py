"""Tables as all commands print them."""

from collections.abc import Iterable, Sequence

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class SplitTable(Table):
    """A table that a narrow terminal gets as several, each with the first `left` columns, so that no number is lost."""

    def __init__(
        self, title: str | None, headings: Sequence[str], rows: Sequence[Sequence[str]], caption: str | None, left: int
    ) -> None:
        super().__init__(title=title, caption=caption)
        self.parts = title, headings, rows, caption, left
        for n, heading in enumerate(headings):
            self.add_column(heading, justify="left" if n < left else "right", overflow="fold")
        for row in rows:
            if row:
                self.add_row(*row)
            else:
                self.add_section()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        title, headings, rows, caption, left = self.parts
        widths = [_width([*heading.split(), *(row[n] for row in rows if row)]) for n, heading in enumerate(headings)]
        shown = left + 1
        while shown < len(headings) and 1 + sum(widths[: shown + 1]) <= options.max_width:
            shown += 1
        if shown >= len(headings):
            yield from super().__rich_console__(console, options)
            return
        key = max(left, 1)
        rest = [[*row[:key], *row[shown:]] if row else [] for row in (headings, *rows)]
        yield SplitTable(title, headings[:shown], [row[:shown] for row in rows], None, left)
        yield SplitTable(None, rest[0], rest[1:], None, left)
        if caption is not None:
            yield Text(caption)


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str | None = None, left: int = 1
) -> Table:
    """A table whose first `left` columns are text and the others numbers, on the right; an empty row ends a section."""
    return SplitTable(title, headings, list(rows), caption, left)


def _width(cells: Sequence[str]) -> int:
    """Characters of a column with its border; headings, and what is longer than a number with its interval, may be
    folded.
    """
    return 3 + min(16, max(len(line) for cell in cells for line in cell.split("\n")))


def number(value: float, error: float | None = None) -> str:
    """Three digits, with its error where there is one; "undefined" where it is not finite."""
    if not np.isfinite(value):
        return "undefined"
    return f"{value:.3g}" + (f" ± {error:.1g}" if error is not None else "")


def spread(values: np.ndarray) -> str:
    """Mean ± standard deviation of independent values; "undefined" where there are none, or one is not finite."""
    if not len(values) or not np.isfinite(values).all():
        return "undefined"
    return number(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None)


def interval(mean: float, low: float, high: float) -> str:
    """A mean with its interval, as in a table."""
    if not np.isfinite(mean):
        return "undefined"
    if not np.isfinite(low):
        return f"{mean:.3f}"
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
