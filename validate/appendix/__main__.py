"""`python -m validate.appendix`: Proposition A.1 proved and measured, step by step, for any filter size."""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from theory.definitions.architecture import MOST
from validate.appendix.figures import draw
from validate.appendix.judgement import TOLERANCES, judge
from validate.appendix.settings import LARGEST_FILTER, LARGEST_WIDTH, AppendixSettings
from validate.appendix.tables import network_sentences, settings_sentence, tables
from validate.arguments import whole_number
from validate.command import AGREE, DISAGREE, Parser, add_out, execute, output_folder
from validate.files import provenance, write_json, write_text
from validate.record import as_json


def parser() -> Parser:
    """The command line of `validate.appendix`."""
    p = Parser(prog="python -m validate.appendix", description=__doc__)
    default = AppendixSettings()
    for name, value, least, most, metavar, text in (
        ("--filter-size", default.filter_sizes, 2, LARGEST_FILTER, "F", "sizes of the filters %(default)s"),
        ("--depth", default.depth, 1, MOST, "K", "layers of the network whose conditions are evaluated (%(default)s)"),
        ("--image-width", default.width, 2, LARGEST_WIDTH, "L", "its pixels (%(default)s)"),
        ("--dim", default.dims, 1, 3, "D", "dimensions of the scaling laws %(default)s"),
    ):
        several = "+" if isinstance(value, tuple) else None
        kind = whole_number(least, most)
        p.add_argument(name, type=kind, nargs=several, default=value, metavar=metavar, help=text)
    p.renamed(width="--image-width")
    add_out(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the corrected proposition holds and the printed one is refused where it
    differs, 1 otherwise, 2 bad usage, 130 interrupted.
    """
    return execute(parser(), words, _appendix)


def _appendix(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    sizes, dims = (tuple(dict.fromkeys(numbers)) for numbers in (arguments.filter_size, arguments.dim))
    settings = AppendixSettings(sizes, arguments.depth, arguments.image_width, dims)
    folder = output_folder(arguments.out)
    console.print(settings_sentence(settings))
    with console.status("") as status:
        judgement = judge(settings, status.update if console.is_terminal else console.print)
    seconds = time.monotonic() - started
    printed, figures = [tables(judgement), network_sentences(judgement)], draw(judgement, folder)
    write_text(folder / "appendix.txt", [settings_sentence(settings), *printed])
    record = {"tolerances": TOLERANCES, **as_json(judgement), "provenance": provenance("cpu", seconds)}
    write_json(folder / "appendix.json", record)
    console.print(*printed, sep="\n")
    console.print(f"{seconds:.0f} s; written to {folder}/appendix.json, .txt and {len(figures)} figures")
    if judgement.holds:
        console.print("The corrected proposition holds; the printed one is refused where it differs.")
    else:
        console.print("At least one statement of the verdict FAILS.")
    return AGREE if judgement.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
