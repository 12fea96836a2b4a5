"""`python -m validate.runs list`: the runs in a store; `show`, `rm`, and `why` one is not used."""

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
from rich.text import Text

from sweep.code import source_of
from sweep.folder import FAILURE, LOG, SETTINGS, damage, read_identity, read_result, read_title, state_of
from sweep.lock import owner
from sweep.run import Differences, Run, differences, identity, key, library_version
from sweep.store import Store, remove, require_removable, status
from validate.command import AGREE, Parser, execute

COMMANDS = {
    "scaling": "validate.scaling.__main__",
    "power": "validate.power",
    "tables": "validate.tables",
    "figures": "validate.figures",
    "law": "validate.law.__main__",
}
# commands that keep nothing in the store
WITHOUT_RUNS = ("appendix", "sensitivity", "runs")
# numbers that are shown of one run, and lines of its log
MOST = 8


def store_option() -> Parser:
    """--store, which may stand anywhere in the command line."""
    p = Parser(prog="python -m validate.runs", add_help=False, allow_abbrev=False)
    p.add_argument("--store", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (runs)")
    return p


def parser() -> Parser:
    """The command line of `validate.runs`."""
    option = store_option()
    p = Parser(prog="python -m validate.runs", description=__doc__, parents=[option])
    commands = p.add_subparsers(dest="command", metavar="command", required=True)
    commands.add_parser("list", help="all runs, and which are damaged", parents=[option])
    show = commands.add_parser("show", help="settings, numbers, log or failure of one run", parents=[option])
    show.add_argument("name", metavar="NAME", help="the beginning of its name, or of the digits in it, is enough")
    rm = commands.add_parser("rm", help="delete runs", parents=[option])
    rm.add_argument("names", metavar="NAME", nargs="+", help="the beginning is enough")
    why = commands.add_parser(
        "why",
        help="why a run is not used",
        description="Why a run is not used, and how its settings differ from those of the run nearest to it; with a "
        "command and its options the same of each run that the command would make: why scaling --task 2 --channels 32",
        parents=[option],
    )
    why.add_argument("name", metavar="NAME|COMMAND", help=f"a run, or {', '.join(COMMANDS)}")
    why.add_argument("options", metavar="…", nargs=argparse.REMAINDER, help="options of the command")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, 2 for bad usage, or 130 if interrupted."""
    option, rest = store_option().parse_known_args(words)
    store = Store(option.store)

    def act(arguments: argparse.Namespace, console: Console) -> int:
        try:
            _run(arguments, store, console)
        except OSError as error:
            raise ValueError(
                f"the store {store.folder} cannot be read or changed ({error.strerror}): see who owns it"
            ) from None
        return AGREE

    return execute(parser(), rest, act)


def _run(arguments: argparse.Namespace, store: Store, console: Console) -> None:
    if arguments.command == "list":
        console.print(_list(store))
    elif arguments.command == "show":
        _show(store.find(arguments.name), console)
    elif arguments.command == "rm":
        _remove([store.find(name) for name in arguments.names], console)
    elif arguments.name in WITHOUT_RUNS:
        _print(console, f"{arguments.name} trains nothing and needs no runs")
    elif arguments.name in COMMANDS:
        _why_command(arguments.name, arguments.options, store, console)
    elif arguments.options:
        raise ValueError(f"{arguments.name} is no command with options: use {', '.join(COMMANDS)} or one run alone")
    else:
        _why(store.find(arguments.name), store, console)


def _list(store: Store) -> Table:
    table = Table(title=Text(f"Runs in {store.folder}"))
    for heading in ("name", "run", "state", "seconds", "finished"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left", overflow="fold")
    folders = list(store)
    for folder in folders:
        record = read_result(folder)
        made = record["provenance"] if record else {}
        when = f"{datetime.fromtimestamp(made['finished'], UTC):%Y-%m-%d %H:%M}" if record else ""
        cells = (folder.name, read_title(folder), _state(folder), f"{made.get('seconds', '')}", when)
        table.add_row(*map(Text, cells))
    table.caption = f"{len(folders)} runs"
    return table


def _state(folder: Path) -> str:
    """How a run stands, every byte of a finished one read."""
    state = status(folder)
    if state not in ("done", "damaged"):
        return state
    reason = damage(folder)
    if reason is None and read_identity(folder) is None:
        reason = state_of(SETTINGS, folder)
    return "done" if reason is None else f"damaged: {reason}"


def _show(folder: Path, console: Console) -> None:
    settings, record, current = read_identity(folder), read_result(folder), owner(folder)
    lines = [f"{folder}: {read_title(folder)}, {_state(folder)}"]
    lines.append(json.dumps(settings, indent=1) if settings else "the settings are damaged")
    if current is not None:
        job = f", job {current.job}" if current.job else ""
        lines.append(f"made on {current.host}, process {current.process}{job}: {current.text}")
    if record is not None:
        lines.append(json.dumps({part: _shortened(record[part]) for part in ("result", "provenance")}, indent=1))
    for name in (LOG, FAILURE):
        if (folder / name).is_file() and not (name == FAILURE and record is not None):
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
            lines += [f"{name}:", *text.splitlines()[-MOST:]]
    _print(console, *lines)


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
    for folder in folders:
        require_removable(folder)
        if owner(folder) is not None:
            raise ValueError(f"{folder.name} is being made: end that process first; nothing was deleted")
    for folder in dict.fromkeys(folders):
        remove(folder)
        _print(console, f"{folder.name} deleted")


def _why_command(command: str, options: list[str], store: Store, console: Console) -> None:
    """Why each run that the command would make is not there."""
    module = importlib.import_module(COMMANDS[command])
    needed: Sequence[Run] = module.needed(module.parser().parse_args(options))
    if not needed:
        _print(console, f"{command} with these options trains nothing and needs no runs")
    for run in needed:
        state = _state(store.path(run))
        _print(console, f"{key(run)} ({run.title}): {state}")
        if state == "missing":
            _say_nearest(identity(run), store, None, console)


def _why(folder: Path, store: Store, console: Console) -> None:
    run_identity = read_identity(folder)
    if run_identity is None:
        raise ValueError(f"{SETTINGS} of {folder.name} is damaged: the command that needs the run repairs it")
    reasons = {
        "done": "done, used by every command that needs these settings",
        "running": "being made",
        "failed": f"failed, see {FAILURE}; the next command that needs it makes it again",
        "damaged": f"{_state(folder)}; the next command that needs it makes it again",
        "interrupted": "not finished; the next command that needs it goes on from its checkpoint",
    }
    _print(console, f"{folder.name}: {reasons[_state(folder).partition(':')[0]]}")
    sources = ((module, digest, source_of(module)) for module, digest in run_identity["code"].items())
    changed = [module for module, digest, source in sources if source is None or source.digest != digest]
    if changed:
        _print(console, f"  made by other code than this, in {', '.join(changed)}: not used")
    for library, version in run_identity["versions"].items():
        if version != library_version(library):
            _print(console, f"  made with {library} {version}, and this is {library_version(library)}: not used")
    _say_nearest(run_identity, store, folder, console)


def _say_nearest(wanted: Mapping[str, Any], store: Store, itself: Path | None, console: Console) -> None:
    """The run of the same kind that differs in the fewest settings, and in which."""
    nearest: tuple[Path, Differences] | None = None
    for folder in store:
        other = read_identity(folder)
        if folder != itself and other is not None and other["kind"] == wanted["kind"]:
            differ = differences(wanted, other)
            if nearest is None or len(differ) < len(nearest[1]):
                nearest = folder, differ
    if nearest is None:
        _print(console, "  no other run of this kind is in the store")
        return
    folder, differ = nearest
    listed = "; ".join(f"{name} {value}, not {wanted_value}" for name, (wanted_value, value) in differ.items())
    _print(console, f"  nearest is {folder.name}, {status(folder)}: {listed}")


def _print(console: Console, *lines: str) -> None:
    """Lines as they are: what stands in a name or a path is no markup."""
    console.print(*lines, sep="\n", markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
