"""`python -m validate.law`: the exponents of D_k and G_k for every filter and stride, exactly and simulated."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from rich.console import Console

from nets.device import choose_device
from theory.stack import layer
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser, whole_number, writable_folder
from validate.files import TEXT_WIDTH, without_nan, write_json, write_text
from validate.law.figures import draw
from validate.law.record import as_dict
from validate.law.report import tables
from validate.law.trained import group_count, train_cases
from validate.law.trained_tables import progress
from validate.law.verdict import LARGEST_FILTER, LARGEST_STRIDE, NETWORKS, SEEDS, ask, cases


def parser() -> Parser:
    """The command line of `validate.law`."""
    p = Parser(
        prog="python -m validate.law", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("--largest-filter", type=whole_number, default=LARGEST_FILTER, metavar="F", help="map up to here")
    p.add_argument("--largest-stride", type=whole_number, default=LARGEST_STRIDE, metavar="S", help="map up to here")
    p.add_argument("--weights", type=float, nargs="+", metavar="W", help="a filter of your own, with --stride")
    p.add_argument("--stride", type=whole_number, default=2, metavar="S", help="stride of --weights")
    p.add_argument("--stack", nargs="*", default=["resnet18"], metavar="NAME", help="lenet, alexnet, vgg11, resnet18")
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only, seconds")
    p.add_argument("--networks", nargs="+", type=filter_and_stride, default=NETWORKS, metavar="F/S", help="trained")
    p.add_argument("--seeds", type=whole_number, default=SEEDS, metavar="N", help="networks of each kind, at least 2")
    p.add_argument("--device", default="auto", help="auto, cpu or cuda")
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the law holds and its rivals are refused, 1 not so, 2 bad usage, 130
    interrupted.
    """
    p = parser()
    arguments = p.parse_args(words)
    console = Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)
    started = time.monotonic()
    try:
        own = None
        if arguments.weights is not None:
            own = layer([weight_of(w) for w in arguments.weights], arguments.stride)
            if own.stride == 1:
                raise ValueError("stride 1 is diffusion, α = 2 for every filter: use --stride 2 or more")
        folder = writable_folder(arguments.out)
        if arguments.seeds < 2:
            raise ValueError(f"{arguments.seeds} seeds give no interval: use 2 or more")
        to_train = [] if arguments.no_nets else cases(list(arguments.networks))
        device = choose_device(arguments.device)
        answer = ask(arguments.largest_filter, arguments.largest_stride, own, arguments.stack)
        with progress(console, group_count(to_train, arguments.seeds)) as report:
            answer = replace(answer, trained=train_cases(to_train, arguments.seeds, device, report))
        seconds = time.monotonic() - started
        parts = [tables(answer)]
        figures = draw(answer, folder)
        write_text(folder / "law.txt", parts)
        write_json(folder / "law.json", without_nan(as_dict(answer, device, seconds)))
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(f"the results cannot be written to {folder} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print("interrupted: nothing was written")
        return INTERRUPTED
    console.print(*parts)
    console.print(f"{seconds:.0f} s; written to {folder}: law.json, law.txt and {len(figures)} figures, law-*.png")
    console.print("The law holds." if answer.holds else "At least one statement of the verdict is NOT SO.")
    return AGREE if answer.holds else DISAGREE


def filter_and_stride(word: str) -> tuple[int, int]:
    """3/2 for F = 3, s = 2; raises argparse.ArgumentTypeError, one sentence, for others."""
    size, _, stride = word.partition("/")
    try:
        return int(size), int(stride)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is not a filter size and a stride: use 3/2") from None


def weight_of(value: float) -> Fraction:
    """The decimal number that was written, as a fraction; raises ValueError where it is none."""
    try:
        return Fraction(str(value))
    except ValueError:
        raise ValueError(f"the weight {value} is not a finite number: use non-negative numbers") from None


if __name__ == "__main__":
    sys.exit(main())
