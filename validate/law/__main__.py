"""`python -m validate.law`: the exponents of D_k and G_k for every filter and stride, exactly and simulated."""

import argparse
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import torch
from rich.console import Console

from nets.models.loading import load_model
from nets.models.packaged import PREFIX
from nets.models.trace import spatial_layers
from nets.simple.settings import MOST_CHANNELS
from sweep.run import Run
from sweep.store import provenances
from theory.definitions.ranges import whole
from theory.definitions.stack import layer
from validate.arguments import add_whole, filter_and_stride, whole_number
from validate.command import AGREE, DISAGREE, Parser, add_out, execute, output_folder
from validate.files import provenance, write_figure, write_json, write_text
from validate.law import model_report
from validate.law.figures import draw
from validate.law.filters import CLOSED_TOLERANCE, LAYER_TOLERANCE, SLOPE_TOLERANCE
from validate.law.idealised import NAMED
from validate.law.judgement import judge
from validate.law.model import judge_model
from validate.law.networks import CHANNELS
from validate.law.preference import MIDDLE
from validate.law.settings import LARGEST_FILTER, LARGEST_STRIDE, NETWORKS, SEEDS, LawSettings
from validate.law.tables import tables
from validate.record import as_json
from validate.runs.settings import RunSettings, add_arguments, results_of, run_settings

# of a filter on the command line, and of its denominator
LARGEST_WEIGHT, MOST_WEIGHTS = 10**6, 64
TOLERANCES = {"closed": CLOSED_TOLERANCE, "slope": SLOPE_TOLERANCE, "layer": LAYER_TOLERANCE, "preference": MIDDLE}


def parser() -> Parser:
    """The command line of `validate.law`."""
    p = Parser(prog="python -m validate.law", description=__doc__)
    for name, largest, letter in (("filter", LARGEST_FILTER, "F"), ("stride", LARGEST_STRIDE, "S")):
        add_whole(p, f"--largest-{name}", letter, f"map up to this ({largest})", 2, largest, default=largest)
    p.add_argument("--weights", type=weight, nargs="+", metavar="W", help="a filter of your own, with --stride")
    add_whole(p, "--stride", "S", "stride of --weights (2)", 1, LARGEST_STRIDE)
    stacks = f"idealised stacks: {', '.join(NAMED)} (resnet18)"
    p.add_argument("--stack", nargs="*", default=["resnet18"], metavar="NAME", help=stacks)
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only, seconds")
    trained = f"networks to train ({' '.join(f'{size}/{stride}' for size, stride in NETWORKS)})"
    p.add_argument("--networks", nargs="+", type=filter_and_stride, default=NETWORKS, metavar="F/S", help=trained)
    width, channels = whole_number(1, MOST_CHANNELS), f"of the networks, in each layer ({CHANNELS})"
    p.add_argument("--channels", type=width, nargs="+", default=[CHANNELS], metavar="H", help=channels)
    add_whole(p, "--seeds", "N", f"networks of each kind, at least 2 ({SEEDS})", 2, 1000, default=SEEDS)
    add_arguments(p)
    model = p.add_argument_group("a model instead of all this")
    model.add_argument("--model", metavar="NAME", help="resnet18, … of torchvision, packaged:NAME, or module:function")
    sides = whole_number(1, 2**16)
    model.add_argument("--input", type=sides, nargs="+", default=[3, 224, 224], metavar="N", help="C H W (3 224 224)")
    model.add_argument("--pretrained", action="store_true", help="published weights")
    model.add_argument("--checkpoint", type=Path, metavar="FILE", help="a state dictionary for the model")
    add_out(p)
    p.renamed(width="--channels")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 the law holds and its rivals are refused, 1 otherwise, 2 bad usage,
    130 interrupted.
    """
    return execute(parser(), words, _act)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return [] if arguments.model else _settings(arguments).runs


def _act(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.model is not None:
        if arguments.dry_run:
            raise ValueError("--dry-run is of runs, and a model needs none: leave it out")
        model = (arguments.model, arguments.input, arguments.pretrained, arguments.checkpoint)
        return _model(*model, arguments.out, console)
    if arguments.checkpoint is not None or arguments.pretrained:
        raise ValueError("--checkpoint and --pretrained are of a model: name it with --model")
    settings, runs = _settings(arguments), run_settings(arguments)
    return _law(settings, runs, output_folder(arguments.out, arguments.dry_run), console)


def _settings(arguments: argparse.Namespace) -> LawSettings:
    own = None
    if arguments.weights is not None:
        whole("number of weights", len(arguments.weights), 1, MOST_WEIGHTS)
        own = layer(arguments.weights, arguments.stride or 2)
    elif arguments.stride is not None:
        raise ValueError(f"--stride {arguments.stride} is of a filter, and there is none: write --weights, too")
    return LawSettings(
        arguments.largest_filter,
        arguments.largest_stride,
        own,
        tuple(arguments.stack),
        () if arguments.no_nets else tuple(arguments.networks),
        tuple(arguments.channels),
        arguments.seeds,
    )


def _law(settings: LawSettings, run_settings: RunSettings, folder: Path, console: Console) -> int:
    """The law for all filters, and networks."""
    started = time.monotonic()
    runs = settings.runs
    judgement = judge(settings, results_of(runs, run_settings, console))
    made = provenances(runs, run_settings.store)
    seconds = time.monotonic() - started
    printed, figures = tables(judgement), draw(judgement, folder)
    record = {"tolerances": TOLERANCES, **as_json(judgement), "provenance": provenance("cpu", seconds, made)}
    write_text(folder / "law.txt", [printed])
    write_json(folder / "law.json", {**record, "runs": as_json(made)})
    console.print(printed)
    console.print(f"{seconds:.0f} s; written to {folder}: law.json, law.txt and {len(figures)} figures, law-*.png")
    console.print("The law holds." if judgement.holds else "At least one statement of the verdict FAILS.")
    return AGREE if judgement.holds else DISAGREE


def _model(
    name: str, shape: Sequence[int], pretrained: bool, checkpoint: Path | None, out: Path, console: Console
) -> int:
    """One model's layers and advice."""
    started = time.monotonic()
    if not 2 <= len(shape) <= 4 or min(shape) < 1:
        raise ValueError(f"the shape {shape} is no image's: use channels and one to three sides, as --input 3 224 224")
    model = load_model(name, pretrained, checkpoint)
    folder = output_folder(out)
    judgement = judge_model(_title(name, pretrained, checkpoint), *spatial_layers(model, torch.zeros(1, *shape)))
    seconds = time.monotonic() - started
    printed = model_report.tables(judgement)
    write_figure(folder / "law-model.png", model_report.figure(judgement))
    write_text(folder / "law-model.txt", [printed])
    write_json(folder / "law-model.json", {**as_json(judgement), "provenance": provenance("cpu", seconds)})
    console.print(printed)
    console.print(f"{seconds:.0f} s; written to {folder}: law-model.json, .txt and .png")
    if not judgement.operator_agrees:
        console.print("The operator, applied, does NOT give the predicted D_k.")
    return AGREE if judgement.operator_agrees else DISAGREE


def _title(name: str, pretrained: bool, checkpoint: Path | None) -> str:
    """The model's name and where its filters come from."""
    if checkpoint is not None:
        return f"{name} ({checkpoint.name})"
    if ":" in name and not name.startswith(PREFIX):
        return name
    return f"{name} ({'published weights' if pretrained else 'not trained'})"


def weight(word: str) -> Fraction:
    """0.25 or 1/4; raises argparse.ArgumentTypeError, one sentence, for what is no such number."""
    try:
        value = Fraction(word) if len(word) <= 40 else None
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None or not 0 <= value <= LARGEST_WEIGHT or value.denominator > LARGEST_WEIGHT:
        raise argparse.ArgumentTypeError(
            f"{word[:40]} is no weight of 0 to {LARGEST_WEIGHT} with at most 6 decimals: use 0.25 or 1/4"
        )
    return value


if __name__ == "__main__":
    sys.exit(main())
