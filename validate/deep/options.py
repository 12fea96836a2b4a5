"""The command line of an experiment with deep networks."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nets.deep.architectures import operations
from nets.deep.image_sets import Augmentation, Noise
from nets.deep.image_task import image_task
from nets.deep.plane import PlaneTask
from nets.deep.task import Task
from nets.images.registry import DATA_SETS, PACKAGED, Source, data_set, fetch, is_available, read_images
from theory.definitions.task import plane_task
from validate.arguments import add_choice, add_real, add_whole, choice, real_number
from validate.command import Parser, add_out
from validate.deep.settings import (
    FILTERS,
    LEVELS,
    OF_IMAGES,
    OF_LEVELS,
    SHOWN,
    DeepExperiment,
    image_counts,
    preset_probing,
    preset_training,
    require_shown,
)
from validate.options import given
from validate.runs import settings as run_options

SCALE = "scale"
# option → setting, by what it belongs to
TASK = {"image_width": "width", "scale": "scale", "gap": "gap", "wrap": "wrap"}
NOISE = {"noise_level": "norm", "noise_drawn": "drawn", "errors_on": "errors"}
AUGMENTATION = {"translation": "translation", "flips": "flips"}
TRAINING = {
    "width_factor": "width", "epochs": "epochs", "training_images": "images", "validation_images": "validation",
    "test_images": "test", "batch": "batch", "learning_rate": "learning_rate", "loss": "loss",
    "precision": "precision", "optimizer": "optimizer", "schedule": "schedule", "weight_decay": "weight_decay",
}  # fmt: skip
PROBING = {"measured_images": "images", "shuffles": "shuffles", "moves": "move", "noise": "noise",
           "noise_norm": "noise_norm", "displacement": "displacement", "batch_norm": "batch_norm"}  # fmt: skip
# options that one kind of task has, and the other does not
OF_SCALE = ("task", "scale", "gap", "wrap")
OF_DATA = ("data_dir", "download", "skip_unusable", *NOISE, *AUGMENTATION)


def add_arguments(p: Parser, figure: str) -> None:
    """All choices of one figure."""
    quick, paper = (", ".join(names) for names in SHOWN[figure])
    add_choice(p, "--preset", "quick paper", ": how networks are trained (quick)", "quick")
    add_out(p)
    nets = p.add_argument_group("networks (default: the preset's)")
    nets.add_argument("--architectures", nargs="+", metavar="NAME", help=f"{quick} (quick); {paper} (paper)")
    add_whole(nets, "--seeds", "N", "networks of each (3; paper: 10)", 1, 1000)
    add_real(nets, "--width-factor", "W", "of the channels in every layer (1/8, LeNet's 1; paper: 1)", 1e-3, 64)
    add_whole(nets, "--epochs", "N", "epochs of training")
    add_whole(nets, "--training-images", "P", "images learned from", 2)
    add_whole(nets, "--validation-images", "P", "of early stopping")
    add_whole(nets, "--test-images", "P", "of the test error")
    add_whole(nets, "--batch", "N", "images a step", 2)
    add_choice(nets, "--optimizer", "sgd adam", " (sgd; adam for fully connected networks on real images)")
    add_real(nets, "--learning-rate", "R", "of the first step", 0, 1e30)
    add_choice(nets, "--schedule", "cosine constant", ": of the learning rate")
    add_real(nets, "--weight-decay", "D", "of weights", 0, 1e30)
    add_choice(nets, "--loss", "hinge cross-entropy", " (hinge; real images: cross-entropy)")
    add_choice(nets, "--precision", "float32 mixed", ": activations in bfloat16 (float32)")
    _add_task(p, figure)
    measured = p.add_argument_group("measurement")
    add_whole(measured, "--measured-images", "N", "test images of Eq. 1 (500)", 2)
    add_whole(measured, "--shuffles", "N", "networks with shuffled channels (3)", 1, 1000)
    add_choice(
        measured, "--moves", "paper smooth lazy free rounded", " (paper: lazy, Section 3; smooth, Section 2)", "paper"
    )
    add_real(measured, "--displacement", "D", "of smooth moves, in pixels (1)", 0, 1024)
    add_choice(measured, "--noise", "paper gaussian rectified", " (paper: gaussian, Section 2)", "paper")
    add_choice(measured, "--noise-norm", "image average", " (image)")
    statistics = ": statistics of untrained and of shuffled networks, as training left them or their own (kept)"
    add_choice(measured, "--batch-norm", "kept recalibrated", statistics)
    run_options.add_arguments(p)
    p.renamed(width="--width-factor", images="--measured-images")


def _add_task(p: Parser, figure: str) -> None:
    """Which task, and what belongs to either kind."""
    names, images = " ".join((SCALE, *DATA_SETS)), figure in OF_IMAGES
    default = "fashion, or mnist5k where that is missing" if images else SCALE
    task = p.add_argument_group("task")
    explanation = f": scale detection in the plane, or real images ({default})"
    if figure in FILTERS:
        known = f"{names.replace(' ', ', ')}{explanation}; a row for each of several"
        task.add_argument("--dataset", nargs="+", type=choice(*names.split()), metavar="NAME", help=known)
    else:
        add_choice(task, "--dataset", names, explanation)
    add_whole(task, "--image-width", "L", "pixels along an axis (28, or the data set's)", 2, 1024)
    scale = p.add_argument_group("scale detection (default: Fig. 8)")
    add_whole(scale, "--task", "T", "1: distance below a scale; 2: same block (1)", 1, 2)
    add_whole(scale, "--scale", "XI", "ξ in pixels", 1, 1024)
    add_real(scale, "--gap", "G", "g in pixels, of task 1", 0, 1024)
    scale.add_argument("--wrap", action="store_true", default=None, help="periodic images")
    data = p.add_argument_group("real images")
    data.add_argument("--data-dir", type=Path, metavar="DIR", help="where the files of the data set lie")
    data.add_argument("--download", action="store_true", default=None, help="fetch them into that folder if missing")
    data.add_argument(
        "--skip-unusable", action="store_true", default=None, help="imagefolder: leave such files out, and count them"
    )
    add_whole(data, "--translation", "N", "the most pixels that an image is moved by in training (3)", 0, 1024)
    data.add_argument(
        "--flips", action=argparse.BooleanOptionalAction, default=None, help="mirror images (where these are as good)"
    )
    if figure in OF_LEVELS:
        levels = "; ".join(f"{' '.join(f'{n:g}' for n in norms)} ({name})" for name, norms in LEVELS.items())
        data.add_argument(
            "--noise-levels", nargs="+", type=real_number(0, 1e30), metavar="N", help=f"‖η‖ in training: {levels}"
        )
    else:
        add_real(data, "--noise-level", "N", "‖η‖ of white noise in training (0)", 0, 1e30)
    add_choice(data, "--noise-drawn", "once anew", ": for each image, or in each epoch (once)")
    add_choice(data, "--errors-on", "clean noisy", " images (clean)")


def deep_experiments_of(arguments: argparse.Namespace, figure: str) -> list[DeepExperiment]:
    """The experiments that the command line describes, one for each noise level; raises ValueError, one sentence,
    where there is none such.
    """
    if figure in FILTERS and arguments.dataset:
        return [_experiment_of(own, figure) for own in _by_data_set(arguments)]
    if figure not in OF_LEVELS:
        return [_experiment_of(arguments, figure)]
    if arguments.dataset == SCALE:
        raise ValueError(f"Fig. {figure} is of real images: name another --dataset, or see Fig. 8")
    norms = dict.fromkeys(arguments.noise_levels or LEVELS[arguments.preset])
    levels = (argparse.Namespace(**{**vars(arguments), "noise_level": norm}) for norm in norms)
    return [_experiment_of(level, figure) for level in levels]


def _by_data_set(arguments: argparse.Namespace) -> Iterator[argparse.Namespace]:
    """The command line of each data set, without the options that are of another one."""
    names = list(dict.fromkeys(arguments.dataset))
    real, packaged = {*names} - {SCALE}, {*names} & {*PACKAGED}
    for name in names:
        own = {**vars(arguments), "dataset": name}
        foreign: tuple[str, ...] = OF_SCALE if SCALE in names and name != SCALE else ()
        foreign += OF_DATA if name == SCALE and real else ()
        foreign += ("data_dir", "download") if name in packaged and real != packaged else ()
        foreign += ("skip_unusable",) if name != "imagefolder" and "imagefolder" in names else ()
        yield argparse.Namespace(**{**own, **dict.fromkeys(foreign)})


def _experiment_of(arguments: argparse.Namespace, figure: str) -> DeepExperiment:
    run_options.run_settings(arguments)
    names = list(dict.fromkeys(arguments.architectures or SHOWN[figure][arguments.preset == "paper"]))
    require_shown(figure, names)
    source = Source(arguments.data_dir, bool(arguments.skip_unusable))
    data = arguments.dataset or _default_data(figure, source)
    if data == SCALE:
        _require_none(arguments, OF_DATA, "real images, and the task is scale detection: add --dataset")
        detection = replace(plane_task(arguments.task or 1), **given(arguments, TASK))
        return _experiment(arguments, names, PlaneTask(detection), {})
    _require_none(arguments, OF_SCALE, f"scale detection, and the data are {data}: leave it out")
    if data in PACKAGED:
        _require_none(arguments, ("data_dir",), f"files, and {data} comes inside a package: leave it out")
    if data != "imagefolder":
        _require_none(arguments, ("skip_unusable",), f"a folder of pictures, and the data are {data}: leave it out")
    if not arguments.noise_level and figure not in OF_LEVELS:
        _require_none(arguments, ("noise_drawn", "errors_on"), "noise, and there is none: add --noise-level")
    if arguments.download:
        fetch(data, source)
    augmentation = replace(Augmentation(3, data_set(data).flips), **given(arguments, AUGMENTATION))
    noise = replace(Noise(), **given(arguments, NOISE))
    task = image_task(data, source, arguments.image_width, augmentation, noise)
    images = read_images(data, source, arguments.image_width)
    experiment = _experiment(arguments, names, task, image_counts(arguments.preset, images))
    return replace(experiment, left_out=images.left_out)


def _experiment(arguments: argparse.Namespace, names: list[str], task: Task, counts: dict[str, int]) -> DeepExperiment:
    changed: dict[str, Any] = {**counts, **given(arguments, TRAINING)}
    trainings = [replace(preset_training(arguments.preset, name, task), **changed) for name in names]
    training = trainings[0]
    for each in trainings:
        operations(each.architecture, task.shape, each.width)
    if training.loss not in task.losses:
        raise ValueError(f"{training.loss} is no loss of this task: use {' or '.join(task.losses)}")
    probing = replace(preset_probing(task, training.test), **given(arguments, PROBING))
    if arguments.displacement is not None and probing.move != "smooth":
        raise ValueError(f"--displacement is of smooth moves, and these are {probing.move}: leave one of them out")
    if probing.images > training.test:
        raise ValueError(
            f"{probing.images} images cannot be taken from {training.test} of the test: use more --test-images"
        )
    task.draw(training.images, training.validation, training.test, seed=0)
    seeds = (10 if arguments.preset == "paper" else 3) if arguments.seeds is None else arguments.seeds
    every = tuple(replace(each, seed=seed) for seed in range(seeds) for each in trainings)
    return DeepExperiment(task, every, probing, arguments.preset)


def _default_data(figure: str, source: Source) -> str:
    if figure not in OF_IMAGES:
        return SCALE
    return "fashion" if source.folder or is_available("fashion", source) else "mnist5k"


def _require_none(arguments: argparse.Namespace, options: tuple[str, ...], rest: str) -> None:
    """Raises ValueError, one sentence, for an option that would be ignored."""
    for option in options:
        if getattr(arguments, option) is not None:
            raise ValueError(f"--{option.replace('_', '-')} is of {rest}")
