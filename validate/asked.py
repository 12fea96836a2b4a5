"""What the commands that train the simple CNNs are asked: task, architecture, conventions, training."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from nets.simple.images import split_images
from nets.simple.training import Training
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, paper_task
from validate.asymptotics import asymptotic_sizes, torus_layers
from validate.presets import Preset, preset_training, scaled
from validate.runs import settings as run_options
from validate.runs.simple import MeasurementRun, in_groups
from validate.runs.simple_training import TrainingRun
from validate.scaling.comparison import compare

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One experiment; `training` is None where no networks are wanted, `together` its seeds in one run."""

    task: ScaleDetection
    architecture: Architecture
    conventions: Conventions
    preset: Preset
    training: Training | None
    together: int = 2

    @property
    def scaled(self) -> dict[str, tuple[Any, Any]]:
        """{setting: (asked, of the preset)} where they differ."""
        if self.training is None or self.task.kind == "parity":
            return {}
        size = self.architecture.filter_size
        return scaled(self.training, preset_training(self.preset, self.task.kind, self.task.dim, size))

    @property
    def runs(self) -> list[MeasurementRun]:
        """The measurements of all networks, and with them their trainings."""
        groups = in_groups(self.training, self.together) if self.training else []
        return [MeasurementRun(TrainingRun(self.task, self.architecture, one), self.conventions) for one in groups]


def add_arguments(p: argparse.ArgumentParser) -> None:
    """All choices but the task."""
    p.add_argument("--preset", choices=("quick", "paper"), default="quick", help="how networks are trained (quick)")
    p.add_argument("--no-nets", action="store_true", help="theory and simulation only")
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (results)")
    nets = p.add_argument_group("networks (default: the preset's)")
    nets.add_argument("--seeds", type=int, metavar="N", help="number of networks")
    nets.add_argument("--width", type=int, metavar="H", help="channels in every layer")
    nets.add_argument("--epochs", type=int, metavar="N", help="epochs of training")
    nets.add_argument("--max-steps", type=int, metavar="N", help="the most steps of SGD, in whole epochs")
    nets.add_argument("--training-images", type=int, metavar="P")
    nets.add_argument("--ridge", type=float)
    nets.add_argument("--learning-rate", type=float, metavar="R", help="the step is R·H·gradient")
    nets.add_argument("--momentum", type=float, metavar="M", help="heavy-ball coefficient, 0 for plain descent")
    nets.add_argument(
        "--minimal-norm", type=int, metavar="N", help="rounds towards minimal norm at the end, 0 for none"
    )
    nets.add_argument("--together", type=int, default=2, metavar="N", help="seeds trained as one run (2)")
    size = p.add_argument_group("task and architecture (default: App. B.2)")
    size.add_argument("--dim", type=int, default=1, metavar="D", help="1, or 2: images in the plane, small ones (1)")
    size.add_argument("--image-width", type=int, metavar="L")
    size.add_argument("--scale", type=int, metavar="XI")
    size.add_argument("--gap", type=float, metavar="G")
    size.add_argument("--filter-size", type=int, metavar="F")
    size.add_argument("--depth", type=int, metavar="K")
    run_options.add_arguments(p)
    named = p.add_argument_group("conventions (default: the main text's, noise as in Fig. 7)")
    named.add_argument("--moves", default="free", help="free, lazy, guarded or rounded (free)")
    named.add_argument("--noise", default="rectified", help="rectified or gaussian (rectified)")
    named.add_argument("--noise-norm", default="average", help="average or image (average)")
    named.add_argument("--denominator", default="independent", help="independent or distinct (independent)")
    named.add_argument("--images", default="uniform", help="uniform or balanced (uniform)")
    named.add_argument("--gap-rule", default="half", help="half or full (half)")
    named.add_argument("--padding", default="left", help="left or right (left), for even F at stride 1")


def asked(arguments: argparse.Namespace, kind: int) -> Asked:
    """What the command line asks for; raises ValueError, one sentence, where it cannot be had."""
    if kind not in (1, 2):
        raise ValueError(f"task {kind} does not exist: the paper has two, use --task 1 or --task 2")
    run_options.run_settings(arguments)
    if arguments.together < 1:
        raise ValueError(f"{arguments.together} seeds make no run: use --together 1 or more")
    standard, network = _standard(kind, arguments.dim, arguments.filter_size)
    task = replace(
        standard,
        width=_given(arguments.image_width, standard.width),
        scale=_given(arguments.scale, standard.scale),
        gap=_given(arguments.gap, standard.gap),
        gap_rule=arguments.gap_rule,
        sampling=arguments.images,
    )
    size = _given(arguments.filter_size, network.filter_size)
    stride = 1 if network.stride == 1 else size
    architecture = Architecture(size, stride, _given(arguments.depth, network.depth), arguments.padding)
    architecture.widths(task.width)
    _ = asymptotic_sizes(architecture) if task.dim == 1 else torus_layers(architecture, task.dim)
    if arguments.noise == "linear":
        raise ValueError(
            "noise 'linear' is of a network without rectifier, which cannot be trained: use rectified or gaussian"
        )
    conventions = Conventions(arguments.moves, arguments.noise, arguments.noise_norm, arguments.denominator)
    compare(task, architecture, conventions)
    training = None if arguments.no_nets else _training(arguments, kind)
    if training is not None:
        split_images(task, training.images, training.validation, seed=0)
    return Asked(task, architecture, conventions, arguments.preset, training, arguments.together)


def _standard(kind: int, dim: int, filter_size: int | None) -> tuple[ScaleDetection, Architecture]:
    """The paper's task and network; in the plane small ones of the same filters; for F = 5 in task 1 a ring on which
    its kernel is as wide, compared with the image, as that of F = 3 on the paper's.
    """
    if dim not in (1, 2):
        raise ValueError(f"images in dimension {dim} are too many to train on: use --dim 1 or --dim 2")
    if (dim, kind, filter_size) == (1, 1, 5):
        return ScaleDetection(1, 56, 19, gap=14), Architecture(5, 1, 8)
    if dim == 1:
        return paper_task(kind), paper_architecture(kind)  # type: ignore[arg-type]
    if kind == 1:
        return ScaleDetection(1, 12, 4, gap=2, dim=2), Architecture(3, 1, 5)
    return ScaleDetection(2, 16, 8, dim=2), Architecture(2, 2, 4)


def _training(arguments: argparse.Namespace, kind: int) -> Training:
    training = preset_training(arguments.preset, kind, arguments.dim, arguments.filter_size)  # type: ignore[arg-type]
    if arguments.epochs is not None:
        training = replace(training, epochs=arguments.epochs)
    training = replace(
        training,
        seeds=tuple(range(_given(arguments.seeds, len(training.seeds)))),
        channels=_given(arguments.width, training.channels),
        images=_given(arguments.training_images, training.images),
        ridge=_given(arguments.ridge, training.ridge),
        learning_rate=_given(arguments.learning_rate, training.learning_rate),
        momentum=_given(arguments.momentum, training.momentum),
        minimal_norm=_given(arguments.minimal_norm, training.minimal_norm),
    )
    if arguments.max_steps is None:
        return training
    return replace(training, epochs=_epochs(arguments.max_steps, training))


def _epochs(steps: int, training: Training) -> int:
    """The epochs that so many steps are, no more than there are anyway; raises ValueError for less than one."""
    in_epoch = training.images // (training.batch or training.images)
    if steps < in_epoch:
        raise ValueError(f"{steps} steps are less than an epoch of {in_epoch}: use --max-steps {in_epoch} or more")
    return min(steps // in_epoch, training.epochs or steps)


def _given(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value
