"""What all commands share: parsing, one-line refusals, exit statuses, the folder that results go to."""

import argparse
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

import validate
from sweep.files import why_not_writable
from sweep.make import RunsFailed
from validate.terminal import OutputLost, terminal

AGREE, DISAGREE, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130

NEGATIVE = re.compile(r"-(\d+\.?\d*(e[-+]?\d+)?|\.\d+(e[-+]?\d+)?|inf|infinity|nan)", re.IGNORECASE)
# of argparse: what it says, and what is said instead
SENTENCES = {
    r"argument (.+): expected one argument": "the option {0} has no value: write {0} VALUE",
    r"argument (.+): expected at least one argument": "the option {0} has no value: write {0} VALUE …",
    r"argument (.+): expected (\d+) arguments": "the option {0} has not {1} values: write all {1}",
    r"argument (.+): ignored explicit argument (.+)": "the option {0} takes no value, and has {1}: leave it out",
    r"unrecognized arguments: (.+)": "{0} is no argument of this command: `{program} -h` shows all",
    r"one of the arguments (.+) (.+) is required": "{0} and {1} are missing: give one of them",
    r"the following arguments are required: (.+)": "{0} is missing and has no default: `{program} -h` explains it",
    r"argument (.+): invalid choice: (.+) \(choose from (.+)\)": "{1} is no {0}: use one of {2}",
    r"argument (.+): not allowed with argument (.+)": "{0} and {1} exclude each other: leave one out",
    r"argument ([^:]+): (.+)": "{0}: {1}",
}


class OnlyPlanned(Exception):
    """--dry-run: what would be made was printed."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence that names the value, the rule and the remedy; options are written in full."""

    def __init__(self, *words: Any, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*words, **{"allow_abbrev": False, **settings})
        # -1e5 and -inf are numbers, as -1 is, and not options
        self._negative_number_matcher = NEGATIVE

    def parse_known_args(self, words: Any = None, namespace: Any = None) -> Any:
        words = sys.argv[1:] if words is None else list(words)
        for word in words:
            if word.startswith("-") and word.endswith("=--"):
                self.error(f"the option {word[:-3]} has no value: write {word[:-2]}VALUE")
        namespace, rest = super().parse_known_args(words, namespace)
        namespace.given = {word.partition("=")[0] for word in words if word.startswith("--")}
        return namespace, rest

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {_sentence(message, self.prog)}\n")

    def renamed(self, **names: str) -> None:
        """Refuse options of earlier versions, old_name="--new-name", with the new name."""
        for old, new in names.items():
            self.add_argument(
                f"--{old.replace('_', '-')}", action=_Renamed, const=new, nargs="*", help=argparse.SUPPRESS
            )


class _Renamed(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        parser.error(f"the option {option} is now called {self.const}: use {self.const}")


def _sentence(message: str, program: str) -> str:
    """What argparse says, with the remedy that it leaves out; control characters made visible, endless words cut."""
    message = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in message)
    message = re.sub(r"\S{200,}", lambda word: f"{word[0][:40]}…", message)
    for pattern, sentence in SENTENCES.items():
        match = re.fullmatch(pattern, message)
        if match:
            return sentence.format(*match.groups(), program=program)
    return message


def execute(p: Parser, words: Sequence[str] | None, act: Callable[[argparse.Namespace, Console], int]) -> int:
    """Parse `words`, or the command line, and do what `act` does: its exit status.

    0 as well where runs were only planned, 1 where some failed, 2 for bad usage, 130 if interrupted, 141 where standard
    output was closed by its reader.
    """
    arguments = p.parse_args(words)
    if signal.getsignal(signal.SIGINT) is validate.interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return act(arguments, terminal())
    except OnlyPlanned:
        return AGREE
    except RunsFailed as failed:
        console = terminal()
        console.print(str(failed))
        console.print(f"`python -m validate.runs show NAME --store {arguments.store}` says more", soft_wrap=True)
        return DISAGREE
    except OutputLost as lost:
        return lost.status
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(
            f"the results cannot be written to {arguments.out} ({error.strerror}): make room or choose another --out"
        )
    except KeyboardInterrupt:
        jobs = "; jobs on the cluster go on" if getattr(arguments, "executor", None) == "slurm" else ""
        again = f": no results were written{jobs}; the same command again goes on from here"
        terminal().print(f"interrupted{again if hasattr(arguments, 'out') else ''}")
        return INTERRUPTED


def add_out(p: argparse.ArgumentParser) -> None:
    """--out, the folder that results go to."""
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (results)")


def output_folder(folder: Path, dry_run: bool = False) -> Path:
    """`folder`, where results can be written; it is made with the first of them.

    Raises ValueError, one sentence, if nothing can be written there.
    """
    reason = why_not_writable(folder)
    if reason is None and folder.is_dir() and not dry_run:
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            reason = error.strerror
    if reason is not None:
        raise ValueError(f"the output folder {folder} cannot be written ({reason}): choose another with --out")
    return folder
