"""`python -m validate.claims`: every claim of the paper, judged, as a table, as JSON and as a page.

--quick makes what costs little and reads the rest where it is stored; without it whatever is missing is made.
Exit status 0: none of our own additions is contradicted.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sweep.run import Run
from validate.claims import deep
from validate.claims.claim import Claim
from validate.claims.entries import CLAIMS, EVIDENCE
from validate.claims.evidence import Evidence, kept, missing_runs
from validate.claims.ledger import Ledger, Obtained, assess, chosen, obtain, why_not_made
from validate.claims.page import page
from validate.claims.presentation import record, tables
from validate.command import AGREE, DISAGREE, OnlyPlanned, Parser, add_out, execute, output_folder
from validate.files import write_file, write_json, write_text
from validate.presentation import table
from validate.record import as_json
from validate.runs.settings import RunSettings, add_arguments, run_settings


def parser() -> Parser:
    """The command line of `validate.claims`."""
    p = Parser(prog="python -m validate.claims", description=__doc__)
    p.add_argument("--quick", action="store_true", help="only what takes ten minutes, and what is stored")
    p.add_argument("--only", nargs="+", default=[], metavar="CLAIM", help="identifiers, as EQ8 FIG4-MOST-POWER (all)")
    p.add_argument("--data-dir", type=Path, metavar="DIR", help="where the files of data sets of images lie")
    add_out(p)
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 none of our own additions is contradicted, 1 one is, or a run failed, 2 bad
    usage, 130 interrupted.
    """
    return execute(parser(), words, _claims)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes, as far as this machine can make them."""
    runs: list[Run] = []
    for evidence in sources(chosen(CLAIMS, arguments.only), arguments.data_dir):
        if evidence.quick or not arguments.quick:
            try:
                runs += evidence.runs()
            except ValueError:
                continue
    return runs


def sources(claims: Sequence[Claim], images: Path | None = None) -> list[Evidence]:
    """The evidence of these claims, each once, in the order in which it is made; real images lie in this folder.

    Raises ValueError, one sentence, where it is none.
    """
    if images and not os.path.isdir(images):  # Path.is_dir fails for names that are too long
        raise ValueError(f"--data-dir {images} is no folder: name the one that the data sets of images lie in")
    names = {claim.evidence for claim in claims}
    every = {**EVIDENCE, **deep.of_images(images)} if images else EVIDENCE
    return [evidence for name, evidence in every.items() if name in names]


def _claims(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    claims, making = chosen(CLAIMS, arguments.only), run_settings(arguments)
    evidence = sources(claims, arguments.data_dir)
    folder = output_folder(arguments.out, making.dry_run)
    if making.dry_run:
        _plan(evidence, arguments.quick, making, console)
        raise OnlyPlanned
    obtained = {e.name: _obtain(e, arguments.quick, making, console) for e in evidence}
    ledger: Ledger = assess(claims, obtained)
    seconds = time.monotonic() - started
    content = record(ledger, arguments.quick, seconds)
    printed = tables(ledger)
    write_text(folder / "claims.txt", [printed])
    write_json(folder / "claims.json", as_json(content))
    text = page(ledger, content, making.store.folder / "claims")
    write_file(folder / "claims.html", lambda part: part.write_text(text, encoding="utf-8"))
    console.print(printed)
    console.print(f"{time.monotonic() - started:.0f} s; written to {folder}/claims.html, .json and .txt")
    return AGREE if ledger.own_hold else DISAGREE


def _obtain(evidence: Evidence, quick: bool, making: RunSettings, console: Console) -> Obtained:
    obtained = obtain(evidence, quick, making, console)
    console.print(f"{evidence.name}: {obtained.state}" + (f" ({obtained.why_missing})" if obtained.why_missing else ""))
    return obtained


def _plan(every: Sequence[Evidence], quick: bool, making: RunSettings, console: Console) -> None:
    """What would be made, how much is there, and about how long it takes."""
    rows = []
    for evidence in every:
        stored = kept(evidence, making.store)
        why = why_not_made(evidence, quick, making)
        if stored is not None and not stored.changed:
            rows.append([evidence.name, evidence.command, "stored", "0"])
        elif why:
            rows.append([evidence.name, evidence.command, why, ""])
        else:
            runs = f"{len(missing_runs(evidence, making.store))} of {len(evidence.runs())} runs to make"
            rows.append([evidence.name, evidence.command, runs, f"{evidence.minutes:g}"])
    console.print(table("Evidence", ("name", "command", "what is missing", "minutes"), rows, None, left=3))


if __name__ == "__main__":
    sys.exit(main())
