"""`python -m validate.appendix`: Proposition A.1 proved and measured, step by step, for any filter size."""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from validate.appendix.figures import draw
from validate.appendix.proof import Question, prove
from validate.appendix.record import as_dict
from validate.appendix.report import conditions_of, settings, tables
from validate.arguments import whole_number
from validate.command import AGREE, DISAGREE, Parser, add_out, execute, output_folder
from validate.files import write_json, write_text

NUMBER = whole_number(1, 1024)


def parser() -> Parser:
    """The command line of `validate.appendix`."""
    p = Parser(
        prog="python -m validate.appendix", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("--filter-size", type=NUMBER, nargs="+", default=[2, 3, 4, 5], metavar="F", help="filters")
    p.add_argument("--depth", type=NUMBER, default=12, metavar="K", help="layers of the network asked about")
    p.add_argument("--image-width", type=NUMBER, default=32, metavar="L", help="its pixels")
    p.renamed(width="--image-width")
    p.add_argument("--dim", type=NUMBER, nargs="+", default=[1, 2, 3], metavar="D", help="dimensions")
    add_out(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the corrected proposition holds and the printed one is refused where it
    differs, 1 not so, 2 bad usage, 130 interrupted.
    """
    return execute(parser(), words, _appendix)


def _appendix(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    sizes, dims = (tuple(dict.fromkeys(numbers)) for numbers in (arguments.filter_size, arguments.dim))
    question = Question(sizes, arguments.depth, arguments.image_width, dims)
    folder = output_folder(arguments.out)
    console.print(settings(question))
    with console.status("") as status:
        proof = prove(question, status.update if console.is_terminal else console.print)
    parts = [settings(question), tables(proof), conditions_of(proof)]
    seconds = time.monotonic() - started
    figures = draw(proof, folder)
    write_text(folder / "appendix.txt", parts)
    write_json(folder / "appendix.json", as_dict(proof, seconds))
    console.print(*parts[1:], sep="\n")
    console.print(f"{seconds:.0f} s; written to {folder}/appendix.json, .txt and {len(figures)} figures")
    if proof.holds:
        console.print("The corrected proposition holds; the printed one is refused where it differs.")
    else:
        console.print("At least one statement of the verdict is NOT SO.")
    return AGREE if proof.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
