"""One experiment with the simple CNNs of Section 4, as a value: task, architecture, conventions, training."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nets.simple.images import split_images
from nets.simple.training import Training
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, paper_task
from validate.asymptotics import asymptotic_sizes, torus_layers
from validate.presets import Preset, preset_training
from validate.record import as_json
from validate.runs.simple import MeasurementRun, in_groups
from validate.runs.simple_training import TrainingRun

# trained together on a CPU: more gain little
SEEDS_PER_RUN = 2


@dataclass(frozen=True)
class Experiment:
    """What is compared: theory and simulation of `architecture` on `task`, and networks trained so.

    training        None where theory and simulation alone are compared
    preset          what `training` is a change of
    seeds_per_run   networks that are trained together, as one run

    Raises ValueError, one sentence, for what cannot be simulated or trained.
    """

    task: ScaleDetection
    architecture: Architecture
    conventions: Conventions = field(default_factory=Conventions)
    training: Training | None = None
    preset: Preset = "quick"
    seeds_per_run: int = SEEDS_PER_RUN

    def __post_init__(self) -> None:
        if self.seeds_per_run < 1:
            raise ValueError(f"{self.seeds_per_run} seeds make no run: use 1 or more")
        if self.conventions.noise == "linear":
            raise ValueError(
                "noise 'linear' is of a network without rectifier, which cannot be trained: use rectified or gaussian"
            )
        self.architecture.widths(self.task.width)
        _ = self.task.pairs
        _ = (
            asymptotic_sizes(self.architecture)
            if self.task.dim == 1
            else torus_layers(self.architecture, self.task.dim)
        )
        if self.training is not None:
            split_images(self.task, self.training.images, self.training.validation, seed=0)

    @classmethod
    def paper(cls, task: Literal[1, 2], dim: int = 1, filter_size: int | None = None) -> "Experiment":
        """The networks of App. B.2, Fig. 7 and Tables 1, 2: width 1000, hours on two cores."""
        return cls._preset("paper", task, dim, filter_size)

    @classmethod
    def quick(cls, task: Literal[1, 2], dim: int = 1, filter_size: int | None = None) -> "Experiment":
        """Smaller networks of the same kind, trained to the solution of minimal norm: a minute on two cores."""
        return cls._preset("quick", task, dim, filter_size)

    @classmethod
    def _preset(cls, preset: Preset, kind: Literal[1, 2], dim: int, filter_size: int | None) -> "Experiment":
        task, architecture = standard_task(kind, dim, filter_size)
        training = preset_training(preset, kind, dim, filter_size)
        return cls(task, architecture, Conventions(), training, preset)

    def with_seeds(self, count: int) -> "Experiment":
        """The same with networks of the seeds 0 … count − 1."""
        if self.training is None:
            raise ValueError(f"{count} seeds are of networks, and none are trained: give the experiment a training")
        return replace(self, training=replace(self.training, seeds=tuple(range(count))))

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """{setting of the training: (value, of the preset)} where they differ."""
        if self.training is None or self.task.kind == "parity":
            return {}
        preset = preset_training(self.preset, self.task.kind, self.task.dim, self.architecture.filter_size)
        return changes(self.training, preset)

    @property
    def runs(self) -> list[MeasurementRun]:
        """The measurements of all networks, and with them their trainings."""
        groups = in_groups(self.training, self.seeds_per_run) if self.training else []
        trainings = [TrainingRun(self.task, self.architecture, training) for training in groups]
        return [MeasurementRun(training, self.conventions) for training in trainings]


def standard_task(kind: Literal[1, 2], dim: int, filter_size: int | None) -> tuple[ScaleDetection, Architecture]:
    """The paper's task and network; in the plane small ones of the same filters; for F = 5 in task 1 a ring on which
    its kernel is as wide, compared with the image, as that of F = 3 on the paper's.
    """
    if kind not in (1, 2):
        raise ValueError(f"task {kind} does not exist: the paper has two, use 1 or 2")
    if dim not in (1, 2):
        raise ValueError(f"images in dimension {dim} are too many to train on: use dimension 1 or 2")
    if (dim, kind, filter_size) == (1, 1, 5):
        return ScaleDetection(1, 56, 19, gap=14), Architecture(5, 1, 8)
    if dim == 1:
        task, network = paper_task(kind), paper_architecture(kind)
    elif kind == 1:
        task, network = ScaleDetection(1, 12, 4, gap=2, dim=2), Architecture(3, 1, 5)
    else:
        task, network = ScaleDetection(2, 16, 8, dim=2), Architecture(2, 2, 4)
    size = network.filter_size if filter_size is None else filter_size
    return task, replace(network, filter_size=size, stride=1 if network.stride == 1 else size)


def changes(training: Training, preset: Training) -> dict[str, tuple[Any, Any]]:
    """{setting: (value, of the preset)} where they differ."""
    values, standard = as_json(training), as_json(preset)
    return {name: (values[name], standard[name]) for name in values if values[name] != standard[name]}
