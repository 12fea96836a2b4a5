"""Standard output of all commands: as wide as the terminal, in its encoding, and honest about being lost."""

import io
import os
import sys
from typing import Any

from rich.console import Console

# columns of a table in full
TEXT_WIDTH = 170
BAD_USAGE, READER_LEFT = 2, 128 + 13


class OutputLost(Exception):
    """Standard output takes no more text; `status` is the exit status: 141 where its reader has left, else 2."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Output(io.TextIOBase):
    """Standard output, whose failures are not taken for those of the results' files."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stdout, name)

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()

    def write(self, text: str) -> int:
        try:
            return sys.stdout.write(text)
        except OSError as error:
            raise _lost(error) from None

    def flush(self) -> None:
        try:
            sys.stdout.flush()
        except OSError as error:
            raise _lost(error) from None


def terminal() -> Console:
    """The terminal as wide as it is, elsewhere wide enough for every table; words stay as they are, no markup."""
    if sys.stdout is None:  # closed by the shell
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that the encoding lacks is a question mark
    width = None if sys.stdout.isatty() else TEXT_WIDTH
    return Console(file=_Output(), width=width, markup=False, emoji=False)  # type: ignore[arg-type]


def _lost(error: OSError) -> OutputLost:
    """Nothing more is written, not at exit either."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return OutputLost(READER_LEFT)
    print(f"standard output cannot be written ({error.strerror}): make room or send it elsewhere", file=sys.stderr)
    return OutputLost(BAD_USAGE)
