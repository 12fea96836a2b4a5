"""`python -m validate.scaling --task 2`: theory, exact simulation and trained networks side by side, judged."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from nets.checkpoint import is_unfinished, keep_every, read, settings_of
from nets.device import choose_device
from nets.images import split_images
from nets.training import State, Training
from theory.architecture import Architecture, paper_architecture
from theory.perturbation import Conventions
from theory.task import ScaleDetection, paper_task
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser, writable_folder
from validate.comparison import Comparison, asymptotic_sizes, compare
from validate.figure import draw_sensitivities
from validate.files import TEXT_WIDTH, write_json, write_text
from validate.presets import preset_training, scaled
from validate.record import as_dict
from validate.report import settings, tables, training_progress

T = TypeVar("T")


def parser() -> Parser:
    """The command line of `validate.scaling`."""
    p = Parser(prog="python -m validate.scaling", description=__doc__)
    p.add_argument("--task", type=int, required=True, help="1: distance below a scale; 2: same block")
    p.add_argument("--preset", choices=("quick", "paper"), default="quick", help="how networks are trained (quick)")
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only")
    p.add_argument(
        "--out", type=Path, default=Path("results"), metavar="DIR", help="where JSON and figure go (results)"
    )
    nets = p.add_argument_group("networks (default: the preset's)")
    nets.add_argument("--seeds", type=int, metavar="N", help="number of networks")
    nets.add_argument("--width", type=int, metavar="H", help="channels in every layer")
    nets.add_argument("--epochs", type=int, metavar="N", help="epochs of training")
    nets.add_argument("--training-images", type=int, metavar="P")
    nets.add_argument("--ridge", type=float)
    nets.add_argument("--learning-rate", type=float, metavar="R", help="the step is R·H·gradient")
    nets.add_argument("--max-steps", type=int, metavar="N", help="the most steps of SGD, in whole epochs")
    nets.add_argument("--resume", action="store_true", help="go on from the checkpoint in the folder of --out")
    nets.add_argument("--save-every", type=float, default=300, metavar="S", help="seconds between checkpoints (300)")
    nets.add_argument("--device", default="auto", help="auto, cpu or cuda (auto)")
    size = p.add_argument_group("task and architecture (default: App. B.2)")
    size.add_argument("--image-width", type=int, metavar="L")
    size.add_argument("--scale", type=int, metavar="XI")
    size.add_argument("--gap", type=float, metavar="G")
    size.add_argument("--filter-size", type=int, metavar="F")
    size.add_argument("--depth", type=int, metavar="K")
    named = p.add_argument_group("conventions (default: the main text's, noise as in Fig. 7)")
    named.add_argument("--moves", default="free", help="free, lazy or guarded (free)")
    named.add_argument("--noise", default="rectified", help="rectified or gaussian (rectified)")
    named.add_argument("--noise-norm", default="average", help="average or image (average)")
    named.add_argument("--denominator", default="independent", help="independent or distinct (independent)")
    named.add_argument("--mean-channel", default="filters", help="filters or outputs (filters)")
    named.add_argument("--images", default="uniform", help="uniform or balanced (uniform)")
    named.add_argument("--gap-rule", default="half", help="half or full (half)")
    named.add_argument("--padding", default="left", help="left or right (left), for even F at stride 1")
    return p


def definitions(arguments: argparse.Namespace) -> tuple[ScaleDetection, Architecture, Conventions, Training | None]:
    """What the command line asks for; raises ValueError, one sentence, where it cannot be had."""
    if arguments.task not in (1, 2):
        raise ValueError(f"task {arguments.task} does not exist: the paper has two, use --task 1 or --task 2")
    standard = paper_task(arguments.task)
    task = replace(
        standard,
        width=_given(arguments.image_width, standard.width),
        scale=_given(arguments.scale, standard.scale),
        gap=_given(arguments.gap, standard.gap),
        gap_rule=arguments.gap_rule,
        sampling=arguments.images,
    )
    network = paper_architecture(arguments.task)
    size = _given(arguments.filter_size, network.filter_size)
    stride = 1 if network.stride == 1 else size
    architecture = Architecture(size, stride, _given(arguments.depth, network.depth), arguments.padding)
    architecture.widths(task.width)
    asymptotic_sizes(architecture)
    if arguments.noise == "linear":
        raise ValueError(
            "noise 'linear' is of a network without rectifier, which cannot be trained: use rectified or gaussian"
        )
    conventions = Conventions(
        arguments.moves, arguments.noise, arguments.noise_norm, arguments.denominator, arguments.mean_channel
    )
    if arguments.no_nets:
        return task, architecture, conventions, None
    training = preset_training(arguments.preset, arguments.task)
    if arguments.epochs is not None:
        training = replace(training, epochs=arguments.epochs)
    if arguments.max_steps is not None:
        training = replace(training, epochs=_epochs(arguments.max_steps, training, arguments.training_images))
    training = replace(
        training,
        seeds=tuple(range(_given(arguments.seeds, len(training.seeds)))),
        channels=_given(arguments.width, training.channels),
        images=_given(arguments.training_images, training.images),
        ridge=_given(arguments.ridge, training.ridge),
        learning_rate=_given(arguments.learning_rate, training.learning_rate),
    )
    split_images(task, training.images, training.validation, seed=0)
    return task, architecture, conventions, training


def _epochs(steps: int, training: Training, images: int | None) -> int:
    """The epochs that `steps` steps are; raises ValueError for none, or where epochs are given too."""
    count = _given(images, training.images)
    in_epoch = max(1, count // (training.batch or count))
    if steps < in_epoch:
        raise ValueError(f"{steps} steps are less than an epoch of {in_epoch}: use --max-steps {in_epoch} or more")
    return min(steps // in_epoch, training.epochs or steps)


def _given(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 all verdicts agree, 1 one does not, 2 bad usage, 130 interrupted."""
    p = parser()
    arguments = p.parse_args(words)
    console = Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)
    try:
        task, architecture, conventions, training = definitions(arguments)
        device = choose_device(arguments.device)
        folder = writable_folder(arguments.out)
        saved = folder / f"task{task.kind}.pt"
        state, keep = (
            _checkpoint(arguments, settings_of(task, architecture, training), saved, device, console)
            if training
            else (None, _forget)
        )
    except ValueError as error:
        p.error(str(error))
    preset = preset_training(arguments.preset, arguments.task)
    asked = settings(task, architecture, conventions, training, scaled(training, preset) if training else {})
    console.print(asked)
    started = time.monotonic()
    try:
        with training_progress(console) if training else contextlib.nullcontext() as report:
            comparison = compare(task, architecture, conventions, training, device, report or _forget, state, keep)
        record = as_dict(comparison, arguments.preset, preset, training, device, time.monotonic() - started)
        draw_sensitivities(comparison, folder / f"task{task.kind}.png")
        write_text(folder / f"task{task.kind}.txt", [asked, tables(comparison)])
        write_json(folder / f"task{task.kind}.json", record)
    except OSError as error:
        p.error(f"the results cannot be written to {folder} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print(f"interrupted: no results were written{'; go on with --resume' if is_unfinished(saved) else ''}")
        return INTERRUPTED
    console.print(tables(comparison))
    agree = _all_agree(comparison)
    provenance, stem = record["provenance"], folder / f"task{task.kind}"
    console.print(f"{provenance['seconds']:.0f} s on {provenance['device']}; written to {stem}.json, .txt and .png")
    console.print("All verdicts agree." if agree else "At least one verdict is DISAGREE, or a control was accepted.")
    return AGREE if agree else DISAGREE


def _forget(_: object) -> None:
    """Neither reports nor keeps."""


def _checkpoint(
    arguments: argparse.Namespace, settings: dict[str, Any], path: Path, device: str, console: Console
) -> tuple[State | None, Callable[[State], None]]:
    """(the state to go on from, what writes it); raises ValueError, one sentence, where a training would be lost."""
    if not arguments.save_every >= 0:
        raise ValueError(f"{arguments.save_every:g} seconds between checkpoints: use 0 or more")
    if not arguments.resume and is_unfinished(path):
        raise ValueError(f"{path} holds a training that has not ended: go on with --resume, or remove the file")
    state = read(path, settings, device) if arguments.resume else None
    if state is not None:
        console.print(f"going on from epoch {state.epoch} of {path}")
    return state, keep_every(path, settings, arguments.save_every, console.print)


def _all_agree(comparison: Comparison) -> bool:
    verdicts = all(comparison.agrees(quantity) for quantity in ("D", "G", "R"))
    return verdicts and not any(accepted for *_, accepted in comparison.controls())


if __name__ == "__main__":
    sys.exit(main())
