"""What all commands share: parsing, one-line refusals, exit statuses, the folder that results go to."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from sweep.make import RunsFailed

# columns of a table in full
TEXT_WIDTH = 170
AGREE, DISAGREE, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


class OnlyPlanned(Exception):
    """--dry-run: what would be made was printed."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; options are written out in full."""

    def __init__(self, *words: Any, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*words, **{"allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")

    def renamed(self, **names: str) -> None:
        """Refuse options of earlier versions, old_name="--new-name", with the new name."""
        for old, new in names.items():
            self.add_argument(
                f"--{old.replace('_', '-')}", action=_Renamed, const=new, nargs="*", help=argparse.SUPPRESS
            )


class _Renamed(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        parser.error(f"the option {option} is now called {self.const}: use {self.const}")


def execute(p: Parser, words: Sequence[str] | None, act: Callable[[argparse.Namespace, Console], int]) -> int:
    """Parse `words`, or the command line, and do what `act` does: its exit status.

    0 as well where runs were only planned, 1 where some failed, 2 for bad usage, 130 if interrupted.
    """
    arguments = p.parse_args(words)
    console = terminal()
    try:
        return act(arguments, console)
    except OnlyPlanned:
        return AGREE
    except RunsFailed as failed:
        console.print(str(failed), highlight=False, markup=False)
        more = f"`python -m validate.runs show NAME --store {arguments.store}` says more"
        console.print(more, highlight=False, markup=False, soft_wrap=True)
        return DISAGREE
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(
            f"the results cannot be written to {arguments.out} ({error.strerror}): make room or choose another --out"
        )
    except KeyboardInterrupt:
        jobs = "; jobs on the cluster go on" if getattr(arguments, "executor", None) == "slurm" else ""
        console.print(f"interrupted: no results were written{jobs}; the same command again goes on from here")
        return INTERRUPTED


def add_out(p: argparse.ArgumentParser) -> None:
    """--out, the folder that results go to."""
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (results)")


def terminal() -> Console:
    """The terminal as wide as it is; elsewhere wide enough for every table."""
    return Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)


def output_folder(folder: Path, dry_run: bool = False) -> Path:
    """`folder`, made if it is missing, but not where runs are only planned.

    Raises ValueError, one sentence, if nothing can be written there.
    """
    if dry_run:
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise ValueError(
            f"the output folder {folder} cannot be written ({error.strerror}): choose another with --out"
        ) from None


def whole_number(word: str) -> int:
    """An argument that is a whole number; raises argparse.ArgumentTypeError, one sentence, for others."""
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is not a whole number: use 1, 2, 3, …") from None
