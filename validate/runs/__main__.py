"""`python -m validate.runs list`: the runs in a store.

list               what is there
show NAME          settings, numbers, log or failure of one run; the beginning of its name is enough
rm NAME …          delete runs
why NAME           why a run is not taken: what stands in its way, and which settings differ from the run nearest to it
why COMMAND …      the same of each run that a command would make: why scaling --task 2 --width 32
"""

import argparse
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from validate.command import AGREE, Parser, terminal
from validate.runs.claim import holder
from validate.runs.run import Differences, Run, code_digest, differences, identity, key
from validate.runs.store import FAILURE, LOG, Store, read_identity, read_result, read_title, remove, status

COMMANDS = {"scaling": "validate.scaling", "tables": "validate.tables", "figures": "validate.figures"}
COMMANDS["law"] = "validate.law.__main__"
# numbers that are shown of one run, and lines of its log
MOST = 8


def parser() -> Parser:
    """The command line of `validate.runs`."""
    p = Parser(
        prog="python -m validate.runs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--store", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (runs)")
    p.add_argument("what", help="list, show, rm or why")
    p.add_argument("words", nargs=argparse.REMAINDER, help="names of runs, or a command")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, or 2 for bad usage."""
    p = parser()
    arguments = p.parse_args(words)
    console = terminal()
    try:
        return _answer(arguments.what, arguments.words, Store(arguments.store), console)
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(f"the store {arguments.store} cannot be changed ({error.strerror}): see who owns it")


def _answer(what: str, words: list[str], store: Store, console: Console) -> int:
    names = {"list": 0, "show": 1, "rm": None, "why": None}
    if what not in names:
        raise ValueError(f"{what} is none of the commands: use list, show, rm or why")
    if (names[what] is not None and len(words) != names[what]) or (names[what] is None and not words):
        raise ValueError(f"{what} takes {'no name' if what == 'list' else 'the name of a run'}: see --help")
    if what == "list":
        console.print(_list(store))
    elif what == "show":
        _show(store.find(words[0]), console)
    elif what == "rm":
        _remove([store.find(word) for word in words], console)
    elif words[0] in COMMANDS:
        _why_command(words, store, console)
    else:
        _why(store.find(words[0]), store, console)
    return AGREE


def _list(store: Store) -> Table:
    table = Table(title=f"Runs in {store.folder}")
    for heading in ("name", "run", "state", "seconds", "finished"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    count = 0
    for folder in store:
        record = read_result(folder)
        made = record["provenance"] if record else {}
        when = f"{datetime.fromtimestamp(made['finished'], UTC):%Y-%m-%d %H:%M}" if record else ""
        table.add_row(folder.name, read_title(folder), status(folder), f"{made.get('seconds', '')}", when)
        count += 1
    table.caption = f"{count} runs"
    return table


def _show(folder: Path, console: Console) -> None:
    found = read_identity(folder)
    console.print(f"{folder}: {read_title(folder)}, {status(folder)}", highlight=False)
    console.print(json.dumps(found, indent=1) if found else "the settings are damaged", highlight=False)
    told = holder(folder)
    if told is not None:
        where = f"on {told['host']}, process {told['process']}" + (f", job {told['job']}" if told["job"] else "")
        console.print(f"made {where}: {told.get('text', '')}", highlight=False)
    record = read_result(folder)
    if record is not None:
        console.print(json.dumps(_shortened(record), indent=1), highlight=False)
    for name in (LOG, FAILURE):
        if (folder / name).exists() and not (name == FAILURE and record is not None):
            console.print(f"{name}:", *(folder / name).read_text().splitlines()[-MOST:], sep="\n", highlight=False)


def _shortened(value: Any) -> Any:
    """The same with long lists cut."""
    if isinstance(value, Mapping):
        return {name: _shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        if value and isinstance(value[0], float):
            return " ".join(f"{x:.4g}" for x in value if x is not None)
        shown = [_shortened(item) for item in value[:MOST]]
        return shown if len(value) <= MOST else [*shown, f"… {len(value) - MOST} more"]
    return value


def _remove(folders: list[Path], console: Console) -> None:
    busy = [folder.name for folder in folders if holder(folder) is not None]
    if busy:
        raise ValueError(f"{busy[0]} is being made: end that process first; nothing was deleted")
    for folder in folders:
        remove(folder)
        console.print(f"{folder.name} deleted", highlight=False)


def _why_command(words: list[str], store: Store, console: Console) -> None:
    """Why each run that the command would make is not there."""
    module = importlib.import_module(COMMANDS[words[0]])
    needed: list[Run] = module.needed(module.parser().parse_args(words[1:]))
    for run in needed:
        found = status(store.place(run))
        console.print(f"{key(run)} ({run.title}): {found}", highlight=False)
        if found == "missing":
            _say_nearest(identity(run), store, None, console)


def _why(folder: Path, store: Store, console: Console) -> None:
    found = read_identity(folder)
    if found is None:
        raise ValueError(f"the settings of {folder.name} are damaged: delete it with rm, it will be made again")
    reasons = {
        "done": "it is taken where the same settings are asked",
        "running": "it is being made",
        "failed": f"it failed, see {FAILURE}: it is made again when it is asked for",
        "damaged": "its result is not what was written: it is made again when it is asked for",
        "interrupted": "it was not finished: it goes on from its checkpoint when it is asked for",
    }
    console.print(f"{folder.name}: {reasons[status(folder)]}", highlight=False)
    changed = [module for module, digest in found["code"].items() if _present(module) != digest]
    if changed:
        console.print(f"it was made by other code than this, in {', '.join(changed)}: not taken", highlight=False)
    _say_nearest(found, store, folder, console)


def _say_nearest(wanted: Mapping[str, Any], store: Store, itself: Path | None, console: Console) -> None:
    """The run of the same kind that differs in the fewest settings, and in which."""
    nearest: tuple[Path, Differences] | None = None
    for folder in store:
        found = read_identity(folder)
        if folder != itself and found is not None and found["kind"] == wanted["kind"]:
            differ = differences(wanted, found)
            if nearest is None or len(differ) < len(nearest[1]):
                nearest = folder, differ
    if nearest is None:
        console.print("  no other run of this kind is in the store", highlight=False)
        return
    folder, differ = nearest
    said = "; ".join(f"{name} {one}, there {other}" for name, (one, other) in differ.items())
    console.print(f"  nearest is {folder.name}, {status(folder)}: {said}", highlight=False)


def _present(module: str) -> str | None:
    try:
        return code_digest(module)
    except (ValueError, ImportError):
        return None


if __name__ == "__main__":
    sys.exit(main())
