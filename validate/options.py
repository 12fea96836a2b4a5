"""The command line of an experiment with the simple CNNs."""

import argparse
from dataclasses import replace
from typing import Any

from nets.simple.training import Training
from theory.definitions.perturbation import Conventions
from validate.command import Parser, add_out
from validate.experiment import Experiment, standard_task
from validate.presets import preset_training
from validate.runs import settings

# option → setting, by what it belongs to
TASK = {"image_width": "width", "scale": "scale", "gap": "gap", "gap_rule": "gap_rule", "sampling": "sampling"}
ARCHITECTURE = {"depth": "depth", "padding": "padding"}
CONVENTIONS = {"moves": "move", "noise": "noise", "noise_norm": "noise_norm", "denominator": "denominator"}
TRAINING = {
    "channels": "channels", "epochs": "epochs", "training_images": "images", "ridge": "ridge",
    "learning_rate": "learning_rate", "momentum": "momentum", "minimal_norm": "minimal_norm",
}  # fmt: skip


def add_arguments(p: Parser) -> None:
    """All choices but the task."""
    p.add_argument("--preset", choices=("quick", "paper"), default="quick", help="how networks are trained (quick)")
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only")
    add_out(p)
    nets = p.add_argument_group("networks (default: the preset's)")
    nets.add_argument("--seeds", type=int, metavar="N", help="number of networks")
    nets.add_argument("--channels", type=int, metavar="H", help="channels in every layer")
    nets.add_argument("--epochs", type=int, metavar="N", help="epochs of training")
    nets.add_argument("--max-steps", type=int, metavar="N", help="the most steps of SGD, in whole epochs")
    nets.add_argument("--training-images", type=int, metavar="P")
    nets.add_argument("--ridge", type=float)
    nets.add_argument("--learning-rate", type=float, metavar="R", help="the step is R·H·gradient")
    nets.add_argument("--momentum", type=float, metavar="M", help="heavy-ball coefficient, 0 for plain descent")
    nets.add_argument("--minimal-norm", type=int, metavar="N", help="rounds towards minimal norm at the end, 0: none")
    nets.add_argument("--seeds-per-run", type=int, default=2, metavar="N", help="seeds trained as one run (2)")
    size = p.add_argument_group("task and architecture (default: App. B.2)")
    size.add_argument("--dim", type=int, default=1, metavar="D", help="1, or 2: images in the plane, small ones (1)")
    size.add_argument("--image-width", type=int, metavar="L")
    size.add_argument("--scale", type=int, metavar="XI")
    size.add_argument("--gap", type=float, metavar="G")
    size.add_argument("--filter-size", type=int, metavar="F")
    size.add_argument("--depth", type=int, metavar="K")
    settings.add_arguments(p)
    choices = p.add_argument_group("conventions (default: the main text's, noise as in Fig. 7)")
    choices.add_argument("--moves", default="paper", help="free, lazy, guarded or rounded (paper: free, Section 4)")
    choices.add_argument("--noise", default="paper", help="rectified or gaussian (paper: rectified, App. B.2)")
    choices.add_argument("--noise-norm", help="average or image (average)")
    choices.add_argument("--denominator", help="independent or distinct (independent)")
    choices.add_argument("--sampling", help="pairs of pixels uniform, or classes balanced (uniform)")
    choices.add_argument("--gap-rule", help="half or full (half)")
    choices.add_argument("--padding", help="left or right (left), for even F at stride 1")
    p.renamed(width="--channels", together="--seeds-per-run", images="--sampling")


def experiment_of(arguments: argparse.Namespace, kind: int) -> Experiment:
    """The experiment that the command line describes; raises ValueError, one sentence, where there is none such."""
    size: int | None = arguments.filter_size
    task, architecture = standard_task(kind, arguments.dim, size)  # type: ignore[arg-type]
    training = preset_training(arguments.preset, kind, arguments.dim, size)  # type: ignore[arg-type]
    return Experiment(
        task=replace(task, **given(arguments, TASK)),
        architecture=replace(architecture, **given(arguments, ARCHITECTURE)),
        conventions=replace(Conventions(), **given(arguments, CONVENTIONS)),
        training=None if arguments.no_nets else _training(arguments, training),
        preset=arguments.preset,
        seeds_per_run=arguments.seeds_per_run,
    )


def given(arguments: argparse.Namespace, names: dict[str, str]) -> dict[str, Any]:
    """{setting: value} of the options that were given a value of their own."""
    values = {setting: getattr(arguments, option) for option, setting in names.items()}
    return {setting: value for setting, value in values.items() if value not in (None, "paper")}


def _training(arguments: argparse.Namespace, standard: Training) -> Training:
    seeds = standard.seeds if arguments.seeds is None else tuple(range(arguments.seeds))
    training = replace(standard, seeds=seeds, **given(arguments, TRAINING))
    if arguments.max_steps is None:
        return training
    return replace(training, epochs=_epochs(arguments.max_steps, training))


def _epochs(steps: int, training: Training) -> int:
    """The epochs that so many steps are, no more than there are anyway; raises ValueError for less than one."""
    in_epoch = training.images // (training.batch or training.images)
    if steps < in_epoch:
        raise ValueError(f"{steps} steps are less than an epoch of {in_epoch}: use --max-steps {in_epoch} or more")
    return min(steps // in_epoch, training.epochs or steps)
