"""The command line of an experiment with the simple CNNs."""

import argparse
from dataclasses import replace
from typing import Any

from nets.simple.settings import MOST_CHANNELS, MOST_SEEDS
from nets.simple.training import Training
from theory.definitions.architecture import MOST
from theory.definitions.perturbation import Conventions
from theory.definitions.task import MOST_PIXELS
from validate.arguments import add_choice, add_real, add_whole
from validate.command import Parser, add_out
from validate.experiment import SEEDS_PER_RUN, Experiment, standard_task
from validate.presets import preset_training
from validate.runs import settings

# networks are trained on images on a line or in the plane
MOST_DIM = 2
# option → setting, by what it belongs to
TASK = {"image_width": "width", "scale": "scale", "gap": "gap", "gap_rule": "gap_rule", "sampling": "sampling"}
ARCHITECTURE = {"depth": "depth", "padding": "padding"}
CONVENTIONS = {"moves": "move", "noise": "noise", "noise_norm": "noise_norm", "denominator": "denominator"}
TRAINING = {
    "channels": "channels", "epochs": "epochs", "training_images": "images", "ridge": "ridge",
    "learning_rate": "learning_rate", "momentum": "momentum", "minimal_norm": "minimal_norm",
}  # fmt: skip


def add_arguments(p: Parser, most_dim: int = MOST_DIM) -> None:
    """All choices but the task."""
    add_choice(p, "--preset", "quick paper", ": how networks are trained (quick)", "quick")
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only")
    add_out(p)
    nets = p.add_argument_group("networks (default: the preset's)")
    add_whole(nets, "--seeds", "N", "number of networks", 1, MOST_SEEDS)
    add_whole(nets, "--channels", "H", "channels in every layer", 1, MOST_CHANNELS)
    add_whole(nets, "--epochs", "N", "epochs of training")
    add_whole(nets, "--max-steps", "N", "the most steps of SGD, in whole epochs")
    add_whole(nets, "--training-images", "P", "half of each class")
    add_real(nets, "--ridge", "λ", "weight of the filters' norm in the loss", 0, 1e30)
    add_real(nets, "--learning-rate", "R", "the step is R·H·gradient", 0, 1e30)
    add_real(nets, "--momentum", "M", "heavy-ball coefficient, 0 for plain descent", 0, 0.999999)
    add_whole(nets, "--minimal-norm", "N", "rounds towards minimal norm at the end, 0: none", 0, 1000)
    add_whole(nets, "--seeds-per-run", "N", "seeds trained as one run (2)", 1, MOST_SEEDS)
    size = p.add_argument_group("task and architecture (default: App. B.2)")
    add_whole(size, "--dim", "D", "1, or 2: images in the plane, small ones (1)", 1, most_dim, default=1)
    add_whole(size, "--image-width", "L", "pixels along an axis", 2, MOST_PIXELS)
    add_whole(size, "--scale", "XI", "ξ in pixels", 1, MOST_PIXELS)
    add_real(size, "--gap", "G", "g in pixels, of task 1", 0, MOST_PIXELS)
    add_whole(size, "--filter-size", "F", "pixels along an axis", 1, MOST)
    add_whole(size, "--depth", "K", "layers", 1, MOST)
    settings.add_arguments(p)
    choices = p.add_argument_group("conventions (default: the main text's, noise as in Fig. 7)")
    add_choice(choices, "--moves", "paper free lazy guarded rounded", " (paper: free, Section 4)", "paper")
    add_choice(choices, "--noise", "paper rectified gaussian", " (paper: rectified, App. B.2)", "paper")
    add_choice(choices, "--noise-norm", "average image", " (average)")
    add_choice(choices, "--denominator", "independent distinct", " (independent)")
    add_choice(choices, "--sampling", "uniform balanced", ": pairs of pixels, or classes (uniform)")
    add_choice(choices, "--gap-rule", "half full", " (half)")
    add_choice(choices, "--padding", "left right", ", for even F at stride 1 (left)")
    p.renamed(width="--channels", together="--seeds-per-run", images="--sampling")


def experiment_of(arguments: argparse.Namespace, kind: int) -> Experiment:
    """The experiment that the command line describes; raises ValueError, one sentence, where there is none such."""
    if arguments.no_nets:
        _require_no_network_values(arguments)
    size: int | None = arguments.filter_size
    task, architecture = standard_task(kind, arguments.dim, size)  # type: ignore[arg-type]
    training = preset_training(arguments.preset, kind, arguments.dim, size)  # type: ignore[arg-type]
    return Experiment(
        task=replace(task, **given(arguments, TASK)),
        architecture=replace(architecture, **given(arguments, ARCHITECTURE)),
        conventions=replace(Conventions(), **given(arguments, CONVENTIONS)),
        training=None if arguments.no_nets else _training(arguments, training),
        preset=arguments.preset,
        seeds_per_run=arguments.seeds_per_run or SEEDS_PER_RUN,
    )


def _require_no_network_values(arguments: argparse.Namespace) -> None:
    for option in ("seeds", "max_steps", "seeds_per_run", *TRAINING):
        if getattr(arguments, option) is not None:
            name = f"--{option.replace('_', '-')}"
            raise ValueError(f"{name} is of networks, and --no-nets trains none: leave one of them out")


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
