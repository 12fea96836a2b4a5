"""`python -m validate.figures 7`: the paper's figures of the simple CNNs, made anew.

5   example images of both tasks              6   representations layer by layer, s = 1, F = 5 and s = F = 2
7   D_k, G_k, R_k against A_k, both tasks
"""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from validate import illustrations
from validate.asked import add_arguments, asked
from validate.command import AGREE, Parser, output_folder, terminal
from validate.exit_status import exit_status
from validate.experiment import run
from validate.figure import draw_sensitivities
from validate.files import write_figure
from validate.runs.run import Run


def parser() -> Parser:
    """The command line of `validate.figures`."""
    p = Parser(
        prog="python -m validate.figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("figure", type=int, help="5, 6 or 7")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 drawn, 1 a run failed, 2 bad usage, 130 interrupted."""
    p = parser()
    arguments = p.parse_args(words)
    console = terminal()
    return exit_status(lambda: _figure(arguments, console), p, arguments, console)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return [run for kind in (1, 2) for run in asked(arguments, kind).runs] if arguments.figure == 7 else []


def _figure(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.figure not in (5, 6, 7):
        raise ValueError(f"figure {arguments.figure} is not one of the simple CNNs: use 5, 6 or 7")
    path = output_folder(arguments) / f"figure{arguments.figure}.png"
    if arguments.figure == 7:
        draw_sensitivities(run([asked(arguments, kind) for kind in (1, 2)], arguments, console), path)
    else:
        write_figure(path, illustrations.examples() if arguments.figure == 5 else illustrations.layers())
    console.print(f"written to {path}")
    return AGREE


if __name__ == "__main__":
    sys.exit(main())
