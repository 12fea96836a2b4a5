"""Tables as all commands print them."""

from collections.abc import Iterable, Sequence

import numpy as np
from rich.table import Table


def table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str | None = None, left: int = 1
) -> Table:
    """A table whose first `left` columns are text and the others numbers, on the right; an empty row ends a section."""
    printed = Table(title=title, caption=caption)
    for n, heading in enumerate(headings):
        printed.add_column(heading, justify="left" if n < left else "right")
    for row in rows:
        if row:
            printed.add_row(*row)
        else:
            printed.add_section()
    return printed


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
