"""`python -m validate.appendix`: Proposition A.1 proved and measured, step by step, for any filter size."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from validate.appendix.figures import draw
from validate.appendix.proof import Question, prove
from validate.appendix.record import as_dict
from validate.appendix.report import conditions_of, settings, tables
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser, output_folder, terminal, whole_number
from validate.files import write_json, write_text


def parser() -> Parser:
    """The command line of `validate.appendix`."""
    p = Parser(
        prog="python -m validate.appendix", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("--filter-size", type=whole_number, nargs="+", default=[2, 3, 4, 5], metavar="F", help="filters")
    p.add_argument("--depth", type=whole_number, default=12, metavar="K", help="layers of the network asked about")
    p.add_argument("--image-width", type=whole_number, default=32, metavar="L", help="its pixels")
    p.renamed(width="--image-width")
    p.add_argument("--dim", type=whole_number, nargs="+", default=[1, 2, 3], metavar="D", help="dimensions")
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the corrected proposition holds and the printed one is refused where it
    differs, 1 not so, 2 bad usage, 130 interrupted.
    """
    p = parser()
    arguments = p.parse_args(words)
    try:
        question = Question(
            tuple(dict.fromkeys(arguments.filter_size)),
            arguments.depth,
            arguments.image_width,
            tuple(dict.fromkeys(arguments.dim)),
        )
        folder = output_folder(arguments.out)
    except ValueError as error:
        p.error(str(error))
    console = terminal()
    console.print(settings(question))
    started = time.monotonic()
    try:
        with console.status("") as status:
            proof = prove(question, status.update if console.is_terminal else console.print)
        parts = [settings(question), tables(proof), conditions_of(proof)]
        seconds = time.monotonic() - started
        figures = draw(proof, folder)
        write_text(folder / "appendix.txt", parts)
        write_json(folder / "appendix.json", as_dict(proof, seconds))
    except OSError as error:
        p.error(f"the results cannot be written to {folder} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print("interrupted: nothing was written")
        return INTERRUPTED
    console.print(*parts[1:], sep="\n")
    console.print(f"{seconds:.0f} s; written to {folder}/appendix.json, .txt and {len(figures)} figures")
    if proof.holds:
        console.print("The corrected proposition holds; the printed one is refused where it differs.")
    else:
        console.print("At least one statement of the verdict is NOT SO.")
    return AGREE if proof.holds else DISAGREE


if __name__ == "__main__":
    sys.exit(main())
