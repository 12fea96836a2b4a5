"""`python -m validate.law`: the exponents of D_k and G_k for every filter and stride, exactly and simulated."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch
from rich.console import Console

from nets.models.loading import load_model
from nets.models.trace import spatial_layers
from sweep.run import Run
from sweep.store import provenances
from theory.definitions.stack import layer
from validate.command import AGREE, DISAGREE, Parser, execute, output_folder, whole_number
from validate.files import without_nan, write_figure, write_json, write_text
from validate.law import model_report
from validate.law.figures import draw
from validate.law.model import examine
from validate.law.record import as_dict
from validate.law.report import tables
from validate.law.trained import WIDTH, beside_exact, runs_of
from validate.law.verdict import LARGEST_FILTER, LARGEST_STRIDE, NETWORKS, SEEDS, ask, cases
from validate.runs.settings import add_arguments, results_of, run_settings


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
    p.add_argument("--width", type=whole_number, nargs="+", default=[WIDTH], metavar="H", help="of the networks")
    p.add_argument("--seeds", type=whole_number, default=SEEDS, metavar="N", help="networks of each kind, at least 2")
    add_arguments(p)
    model = p.add_argument_group("a model instead of all this")
    model.add_argument("--model", metavar="NAME", help="resnet18, vgg11, … of torchvision, or module:function of yours")
    model.add_argument("--input", type=whole_number, nargs="+", default=[3, 224, 224], metavar="N", help="C H W")
    model.add_argument("--pretrained", action="store_true", help="torchvision's published weights")
    model.add_argument("--checkpoint", type=Path, metavar="FILE", help="a state dictionary for the model")
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the law holds and its rivals are refused, 1 not so, 2 bad usage, 130
    interrupted.
    """
    return execute(parser(), words, _answer)


def _answer(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.model is not None:
        return _model(arguments, console)
    if arguments.checkpoint is not None or arguments.pretrained:
        raise ValueError("--checkpoint and --pretrained are of a model: name it with --model")
    return _law(arguments, console)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    to_train = [] if arguments.no_nets or arguments.model else cases(list(arguments.networks), arguments.width)
    return [run for case in to_train for run in runs_of(case, arguments.seeds)]


def _law(arguments: argparse.Namespace, console: Console) -> int:
    """The law for all filters, and networks."""
    started = time.monotonic()
    own = None
    if arguments.weights is not None:
        own = layer([weight_of(w) for w in arguments.weights], arguments.stride)
        if own.stride == 1:
            raise ValueError(
                "stride 1 is diffusion and has no transfer matrix (α = 2 if the taps' differences have no common "
                "divisor, else D = 2): use --stride 2 or more"
            )
    if arguments.seeds < 2:
        raise ValueError(f"{arguments.seeds} seeds give no interval: use 2 or more")
    to_train = [] if arguments.no_nets else cases(list(arguments.networks), arguments.width)
    settings = run_settings(arguments)
    folder = output_folder(arguments.out, arguments.dry_run)
    answer = ask(arguments.largest_filter, arguments.largest_stride, own, arguments.stack)
    runs = needed(arguments)
    results = results_of(runs, settings, console)
    each = len(results) // max(1, len(to_train))
    answer = replace(
        answer,
        trained=[beside_exact(case, results[n * each : (n + 1) * each]) for n, case in enumerate(to_train)],
    )
    made = provenances(runs, settings.store)
    seconds = time.monotonic() - started
    parts = [tables(answer)]
    figures = draw(answer, folder)
    write_text(folder / "law.txt", parts)
    write_json(folder / "law.json", without_nan(as_dict(answer, made, seconds)))
    console.print(*parts)
    console.print(f"{seconds:.0f} s; written to {folder}: law.json, law.txt and {len(figures)} figures, law-*.png")
    console.print("The law holds." if answer.holds else "At least one statement of the verdict is NOT SO.")
    return AGREE if answer.holds else DISAGREE


def _model(arguments: argparse.Namespace, console: Console) -> int:
    """One model's layers and advice."""
    started = time.monotonic()
    shape = arguments.input
    if not 2 <= len(shape) <= 4 or min(shape) < 1:
        raise ValueError(f"the shape {shape} is no image's: use channels and one to three sides, as --input 3 224 224")
    model = load_model(arguments.model, arguments.pretrained, arguments.checkpoint)
    folder = output_folder(arguments.out)
    found = examine(_origin(arguments), *spatial_layers(model, torch.zeros(1, *shape)))
    seconds = time.monotonic() - started
    parts = [model_report.tables(found)]
    write_figure(folder / "law-model.png", model_report.figure(found))
    write_text(folder / "law-model.txt", parts)
    write_json(folder / "law-model.json", without_nan(model_report.as_dict(found, seconds)))
    console.print(*parts)
    console.print(f"{seconds:.0f} s; written to {folder}: law-model.json, .txt and .png")
    if not found.follows:
        console.print("The operator, applied, does NOT give the predicted D_k.")
    return AGREE if found.follows else DISAGREE


def _origin(arguments: argparse.Namespace) -> str:
    """The model's name and where its filters come from."""
    if arguments.checkpoint is not None:
        return f"{arguments.model} ({arguments.checkpoint.name})"
    if ":" in arguments.model:
        return str(arguments.model)
    return f"{arguments.model} ({'published weights' if arguments.pretrained else 'not trained'})"


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
