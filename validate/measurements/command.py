"""`python -m validate.scaling --from measurements.csv --stride F`: what a user measured, judged."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from theory.scaling import Stride
from validate.arguments import choice
from validate.command import AGREE, DISAGREE, output_folder
from validate.files import write_json, write_text
from validate.measurements.judgement import judge
from validate.measurements.presentation import draw, record, tables
from validate.measurements.reading import Measurements, read_measurements

OPTIONS = {"--from", "--stride", "--dim", "--out"}
MOST_DIM = 3


@dataclass(frozen=True)
class MeasurementSettings:
    """The measurements, the stride of their networks, the dimension of their images, and where results go."""

    measurements: Measurements
    stride: Stride
    dim: int
    out: Path


def add_arguments(p: argparse.ArgumentParser, what: argparse._ActionsContainer) -> None:
    """--from, which excludes a task, and --stride."""
    explanation = "layer, receptive field, D, G[, seed] of your networks, as CSV; with --stride and --dim (to 3)"
    what.add_argument("--from", dest="measurements", type=Path, metavar="FILE", help=explanation)
    p.add_argument("--stride", type=choice("1", "F"), metavar="1|F", help="of --from: every layer's, 1 or filter size")


def settings_of(arguments: argparse.Namespace) -> MeasurementSettings:
    """The settings that the command line describes; raises ValueError, one sentence, for what cannot be."""
    others = sorted(arguments.given - OPTIONS)
    if others:
        raise ValueError(
            f"{others[0]} does not apply to --from, whose measurements are judged as they are: leave it out"
        )
    if arguments.stride is None:
        raise ValueError("--stride is missing: add --stride 1 or --stride F, the stride of the measured networks")
    stride: Stride = "one" if arguments.stride == "1" else "filter"
    return MeasurementSettings(read_measurements(arguments.measurements), stride, arguments.dim, arguments.out)


def judge_file(settings: MeasurementSettings, console: Console) -> int:
    """Judge, print and write; the exit status: 0 D and G follow the law of this stride and no rival, 1 they do not, or
    it is undecided.
    """
    started = time.monotonic()
    stem = output_folder(settings.out) / "measurements"
    judgement = judge(settings.measurements, settings.stride, settings.dim)
    printed = tables(judgement)
    draw(judgement, stem.with_suffix(".png"))
    write_text(stem.with_suffix(".txt"), [printed])
    seconds = time.monotonic() - started
    write_json(stem.with_suffix(".json"), record(judgement, seconds))
    console.print(printed)
    console.print(f"{seconds:.0f} s; written to {stem}.json, .txt and .png")
    console.print(
        "The law of this stride holds." if judgement.holds else "The law of this stride is not shown to hold."
    )
    return AGREE if judgement.holds else DISAGREE
