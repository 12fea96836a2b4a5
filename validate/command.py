"""What all commands share: exit statuses, one-line refusals, the folder that results go to."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from rich.console import Console

# columns of a table in full
TEXT_WIDTH = 170
AGREE, DISAGREE, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


def terminal() -> Console:
    """The terminal as wide as it is; elsewhere wide enough for every table."""
    return Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)


def writable_folder(folder: Path) -> Path:
    """Make `folder` if it is missing; raises ValueError if nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ValueError(
            f"the output folder {folder} cannot be written ({error.strerror}): choose another with --out"
        ) from None


def output_folder(arguments: argparse.Namespace) -> Path:
    """The folder of --out, writable; with --dry-run nothing is made. Raises ValueError, one sentence, otherwise."""
    return Path(arguments.out) if arguments.dry_run else writable_folder(arguments.out)


def whole_number(word: str) -> int:
    """An argument that is a whole number; raises argparse.ArgumentTypeError, one sentence, for others."""
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number: use 1, 2, 3, …") from None
