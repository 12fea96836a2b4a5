"""`python -m validate.figures 7`: the paper's figures, drawn from new computations.

2    the two poolings, and what they keep of a shift and of a rotation
5    example images of both tasks             6    representations layer by layer, s = 1, F = 5 and s = F = 2
7    D_k, G_k, R_k against A_k, both tasks: simple CNNs

Deep networks on real images (--dataset):
3    D_k, G_k, R_k against depth: trained, untrained, channels shuffled           11   the same of more architectures
13   filters of deep VGGs by frequency
10   test error against D_f, G_f, R_f at each noise level          1   the same in short, with an image deformed

Deep networks on scale detection in the plane, or on real images:
8    test error against D_f, G_f, R_f         9    D_k, G_k, R_k against depth, channels shuffled too
4    filters of VGG11 by frequency            14   filters of AlexNet               12    the same as a single number
"""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from sweep.run import Run
from validate import deep, illustrations
from validate.command import AGREE, Parser, add_out, execute, output_folder
from validate.compare import comparisons
from validate.deep.command import show
from validate.deep.options import add_arguments as add_deep_arguments
from validate.deep.options import deep_experiments_of
from validate.deep.settings import SHOWN
from validate.files import write_figure
from validate.options import add_arguments, experiment_of
from validate.poolings import poolings
from validate.runs.settings import run_settings
from validate.scaling.figure import draw_sensitivities

ILLUSTRATIONS = {"2": poolings, "5": illustrations.examples, "6": illustrations.layers}


def parser() -> Parser:
    """The command line of `validate.figures`."""
    p = Parser(
        prog="python -m validate.figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = sorted((*ILLUSTRATIONS, "7", *SHOWN), key=int)
    figures = p.add_subparsers(dest="figure", metavar="figure", required=True, help=", ".join(names))
    for name in ILLUSTRATIONS:
        add_out(figures.add_parser(name, description=ILLUSTRATIONS[name].__doc__))
    add_arguments(figures.add_parser("7", description="Fig. 7: D_k, G_k, R_k of both tasks."))
    for name in SHOWN:
        add_deep_arguments(figures.add_parser(name, description=deep.__doc__), name)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 drawn, and all that the paper says of it agrees (the signs of Figs. 1, 8 and
    10, the statements on real images), 1 otherwise or a run failed, 2 bad usage, 130 interrupted.
    """
    return execute(parser(), words, _figure)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    if arguments.figure in SHOWN:
        return [run for each in deep_experiments_of(arguments, arguments.figure) for run in each.runs]
    return [run for kind in (1, 2) for run in experiment_of(arguments, kind).runs] if arguments.figure == "7" else []


def _figure(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.figure in SHOWN:
        deep_experiments = deep_experiments_of(arguments, arguments.figure)
        return show(arguments.figure, deep_experiments, run_settings(arguments), arguments.out, console)
    path = output_folder(arguments.out) / f"figure{arguments.figure}.png"
    if arguments.figure == "7":
        experiments = [experiment_of(arguments, kind) for kind in (1, 2)]
        draw_sensitivities(comparisons(experiments, run_settings(arguments), console), path)
    else:
        write_figure(path, ILLUSTRATIONS[arguments.figure]())
    console.print(f"written to {path}")
    return AGREE


if __name__ == "__main__":
    sys.exit(main())
