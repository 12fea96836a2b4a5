"""An experiment with deep networks, as a value: task, architectures, training, measurement."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nets.deep.architectures import FULLY_CONNECTED, NAMES, operations
from nets.deep.images import split
from nets.deep.training import DeepTraining
from theory.definitions.task import ScaleDetection, plane_task
from validate.arguments import add_choice, add_real, add_whole
from validate.command import Parser, add_out
from validate.deep.correlation import FEWEST
from validate.options import given
from validate.runs import settings as run_options
from validate.runs.deep import DeepMeasurementRun, Probing
from validate.runs.deep_training import DeepTrainingRun

QUICK = ("fc2", "fc4", "fc6", "lenet", "alexnet", "vgg11", "vgg11bn", "vgg13bn", "vgg16bn", "resnet18")
# the architectures of each figure in either preset; Fig. 8 has all
SHOWN = {
    "4": (("vgg11", "vgg11bn"), ("vgg11", "vgg11bn")),
    "8": (QUICK, NAMES),
    "9": (("alexnet", "vgg11", "vgg11bn"), ("alexnet", "vgg11", "vgg11bn", "vgg16bn", "vgg19bn")),
    "12": (
        ("alexnet", "vgg11", "vgg11bn", "vgg16bn"),
        ("alexnet", "vgg11", "vgg11bn", "vgg16bn", "vgg19bn", "resnet18", "resnet34", "resnet50"),
    ),
    "14": (("alexnet",), ("alexnet",)),
}
# option → setting, by what it belongs to
TASK = {"image_width": "width", "scale": "scale", "gap": "gap"}
TRAINING = {
    "width_factor": "width", "epochs": "epochs", "training_images": "images", "test_images": "test", "batch": "batch",
    "learning_rate": "learning_rate", "loss": "loss", "precision": "precision",
}  # fmt: skip
PROBING = {"measured_images": "images", "shuffles": "shuffles", "moves": "move", "noise": "noise",
           "noise_norm": "noise_norm"}  # fmt: skip


@dataclass(frozen=True)
class DeepExperiment:
    """Networks of several architectures and seeds on one task."""

    task: ScaleDetection
    trainings: tuple[DeepTraining, ...]
    probing: Probing
    preset: str

    @property
    def runs(self) -> list[DeepMeasurementRun]:
        """The measurements of all networks, and with them their trainings."""
        trainings = [DeepTrainingRun(self.task, training) for training in self.trainings]
        return [DeepMeasurementRun(training, self.probing) for training in trainings]

    @property
    def architectures(self) -> list[str]:
        """Names, each once."""
        return list(dict.fromkeys(training.architecture for training in self.trainings))

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """{"part.setting": (value, of the preset)} where they differ."""
        pairs: dict[str, tuple[Any, Any]] = {
            "task": (self.task, plane_task()),
            "training": (self.trainings[0], preset_training(self.preset)),
            "probing": (self.probing, Probing()),
        }
        return {
            f"{part}.{name}": (value, getattr(preset, name))
            for part, (own, preset) in pairs.items()
            for name, value in asdict(own).items()
            if value != getattr(preset, name) and name not in ("architecture", "seed")
        }


def preset_training(preset: str) -> DeepTraining:
    """The settings of a preset, but for architecture and seed.

    paper  Fig. 8: 1024 images, 300 epochs, whole width, ten seeds
    quick  an eighth of the channels, half of the images, 80 epochs, three seeds
    """
    if preset == "paper":
        return DeepTraining("vgg11")
    return DeepTraining("vgg11", width=0.125, images=512, epochs=80, evaluate_every=5)


def add_arguments(p: Parser, figure: str) -> None:
    """All choices of one figure."""
    quick, paper = (", ".join(names) for names in SHOWN[figure])
    add_choice(p, "--preset", "quick paper", ": how networks are trained (quick)", "quick")
    add_out(p)
    nets = p.add_argument_group("networks (default: the preset's)")
    nets.add_argument("--architectures", nargs="+", metavar="NAME", help=f"{quick} (quick); {paper} (paper)")
    add_whole(nets, "--seeds", "N", "networks of each (3; paper: 10)", 1, 1000)
    add_real(nets, "--width-factor", "W", "of the channels in every layer (1/8; paper: 1)", 1e-3, 64)
    add_whole(nets, "--epochs", "N", "epochs of training")
    add_whole(nets, "--training-images", "P", "half of each class", 2)
    add_whole(nets, "--test-images", "P", "of the test error")
    add_whole(nets, "--batch", "N", "images a step", 2)
    add_real(nets, "--learning-rate", "R", "of the first step", 0, 1e30)
    add_choice(nets, "--loss", "hinge cross-entropy", " (hinge)")
    add_choice(nets, "--precision", "float32 mixed", ": activations in bfloat16 (float32)")
    task = p.add_argument_group("task (default: Fig. 8)")
    add_whole(task, "--task", "T", "1: distance below a scale; 2: same block (1)", 1, 2, default=1)
    add_whole(task, "--image-width", "L", "pixels along an axis", 2, 1024)
    add_whole(task, "--scale", "XI", "ξ in pixels", 1, 1024)
    add_real(task, "--gap", "G", "g in pixels, of task 1", 0, 1024)
    task.add_argument("--wrap", action="store_true", help="periodic images")
    measured = p.add_argument_group("measurement")
    add_whole(measured, "--measured-images", "N", "test images of Eq. 1 (500)", 2)
    add_whole(measured, "--shuffles", "N", "networks with shuffled channels (3)", 1, 1000)
    add_choice(measured, "--moves", "paper lazy free rounded", " (paper: lazy, Section 3)", "paper")
    add_choice(measured, "--noise", "paper gaussian rectified", " (paper: gaussian, Section 2)", "paper")
    add_choice(measured, "--noise-norm", "image average", " (image)")
    run_options.add_arguments(p)
    p.renamed(width="--width-factor", images="--measured-images")


def deep_experiment_of(arguments: argparse.Namespace, figure: str) -> DeepExperiment:
    """The experiment that the command line describes; raises ValueError, one sentence, where there is none such."""
    run_options.run_settings(arguments)
    paper = arguments.preset == "paper"
    training = replace(preset_training(arguments.preset), **given(arguments, TRAINING))
    task = replace(plane_task(arguments.task), wrap=arguments.wrap, **given(arguments, TASK))
    seeds = (10 if paper else 3) if arguments.seeds is None else arguments.seeds
    names = list(dict.fromkeys(arguments.architectures or SHOWN[figure][paper]))
    for name in names:
        operations(name, task.width, training.width)
    _require_shown(figure, names)
    probing = replace(Probing(), **given(arguments, PROBING))
    if probing.images > training.test:
        raise ValueError(
            f"{probing.images} images cannot be taken from {training.test} of the test: use more --test-images"
        )
    split(task, training.images, training.validation, training.test, seed=0)
    trainings = [replace(training, architecture=name, seed=seed) for seed in range(seeds) for name in names]
    return DeepExperiment(task, tuple(trainings), probing, arguments.preset)


def _require_shown(figure: str, names: Sequence[str]) -> None:
    """Raises ValueError, one sentence, for architectures that the figure cannot show."""
    if figure == "8" and len(names) < FEWEST:
        raise ValueError(f"{len(names)} architectures have no correlation: name {FEWEST} or more")
    connected = [name for name in names if name in FULLY_CONNECTED]
    if figure in ("4", "12", "14") and connected:
        raise ValueError(f"{connected[0]} has no convolution, so its filters have no spectrum: leave it out")
