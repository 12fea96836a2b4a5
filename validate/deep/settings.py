"""An experiment with deep networks, as a value: task, architectures, training, measurement."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from nets.deep.architectures import FULLY_CONNECTED, NAMES
from nets.deep.image_sets import Augmentation, Noise
from nets.deep.image_task import ImageTask
from nets.deep.plane import PlaneTask
from nets.deep.task import Task
from nets.deep.training import DeepTraining
from nets.images.image_set import ImageSet
from nets.images.registry import data_set
from sweep.run import flat
from theory.definitions.task import plane_task
from validate.deep.correlation import FEWEST
from validate.runs.deep import DeepMeasurementRun, Probing
from validate.runs.deep_training import DeepTrainingRun

Preset = Literal["quick", "paper"]

QUICK = ("fc2", "fc4", "fc6", "lenet", "alexnet", "vgg11", "vgg11bn", "vgg13bn", "vgg16bn", "resnet18")
VGGS = ("vgg11", "vgg11bn")
FILTERED = (*VGGS, "vgg16bn", "vgg19bn", "resnet18", "resnet34", "resnet50")
# figures of the test error against the sensitivities of the output, of layers, and of filters
CORRELATED, DEPTH, FILTERS = ("8", "10"), ("3", "9", "11"), ("4", "12", "13", "14")
# the architectures of each figure in either preset; Figs. 1, 8 and 10 have all
SHOWN = {
    "1": (QUICK, NAMES),
    "3": (("vgg11bn", "resnet18"), ("vgg11bn", "resnet18")),
    "4": (VGGS, VGGS),
    "8": (QUICK, NAMES),
    "10": (QUICK, NAMES),
    "9": (("alexnet", *VGGS), ("alexnet", *VGGS, "vgg16bn", "vgg19bn")),
    "11": (("lenet", "alexnet", *VGGS, "resnet18"), ("lenet", "alexnet", *FILTERED)),
    "12": (("alexnet", *VGGS, "vgg16bn"), ("alexnet", *FILTERED)),
    "13": (("vgg13bn", "vgg16bn"), ("vgg16bn", "vgg19bn")),
    "14": (("alexnet",), ("alexnet",)),
}
# figures of real images; the others show scale detection unless a data set is named
OF_IMAGES = ("1", "3", "10", "11", "13")
# figures of several noise levels, and these in either preset: the paper has norms as large as those of images
OF_LEVELS = ("1", "10")
LEVELS: dict[Preset, tuple[float, ...]] = {"quick": (0, 3, 10), "paper": (0, 0.01, 0.1, 1, 10, 30, 100)}
# networks that an eighth of their channels would leave with a handful
NARROW = (*FULLY_CONNECTED, "lenet")


@dataclass(frozen=True)
class DeepExperiment:
    """Networks of several architectures and seeds on one task; a sentence for each file of the data that was left
    out.
    """

    task: Task
    trainings: tuple[DeepTraining, ...]
    probing: Probing
    preset: Preset
    left_out: tuple[str, ...] = ()

    @property
    def runs(self) -> list[DeepMeasurementRun]:
        """The measurements of all networks, and with them their trainings."""
        trainings = [DeepTrainingRun(self.task, training) for training in self.trainings]
        return [DeepMeasurementRun(training, self.probing) for training in trainings]

    @property
    def condition(self) -> str | None:
        """Under which statements on real images are judged; None for other tasks, of which the paper makes none."""
        if not isinstance(self.task, ImageTask):
            return None
        own = "their own" if self.probing.batch_norm == "recalibrated" else "as training left them"
        images = f"{self.task.summary}; {self.trainings[0].images} training images"
        return f"{images}; batch norm's statistics in untrained and in shuffled networks: {own}"

    @property
    def architectures(self) -> list[str]:
        """Names, each once."""
        return list(dict.fromkeys(training.architecture for training in self.trainings))

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """{"part.setting": (value, of the preset)} where they differ; numbers of images go with the data."""
        training = self.trainings[0]
        standard = preset_training(self.preset, training.architecture, self.task)
        if isinstance(self.task, ImageTask):
            standard = replace(standard, **{name: getattr(training, name) for name in ("validation", "test")})
        pairs: dict[str, tuple[Any, Any]] = {
            "task": (self.task, preset_task(self.task)),
            "training": (training, replace(standard, seed=training.seed)),
            "probing": (self.probing, preset_probing(self.task, training.test)),
        }
        values = {part: [flat(asdict(side)) for side in sides] for part, sides in pairs.items()}
        return {
            f"{part}.{name}": (value, preset[name])
            for part, (own, preset) in values.items()
            for name, value in own.items()
            if value != preset[name]
        }


def preset_task(task: Task) -> Task:
    """What the task is unless it is changed: that of Fig. 8, or images of the data set moved by up to 3 pixels."""
    if isinstance(task, ImageTask):
        return replace(task, augmentation=Augmentation(3, data_set(task.data).flips), noise=Noise())
    return PlaneTask(plane_task())


def preset_probing(task: Task, test: int) -> Probing:
    """Eq. 1 with moves of pixels (Section 3), or diffeomorphisms of real images (Section 2)."""
    return Probing(images=min(500, test), move="smooth") if isinstance(task, ImageTask) else Probing()


def preset_training(preset: Preset, architecture: str, task: Task) -> DeepTraining:
    """The settings of a preset, but for the seed.

    Scale detection
    paper  Fig. 8: 1024 images, 300 epochs, whole width
    quick  half of the images, 80 epochs, an eighth of the channels, but LeNet and fully connected networks whole

    Real images
    paper  App. B.1: cross-entropy, 250 epochs, learning rate 0.1; fully connected networks by Adam, at a constant rate
           and without decay
    quick  1000 images, 60 epochs, widths as above; the learning rate is 0.05 without batch norm, and 0.001 for Adam
    """
    quick, connected = preset == "quick", architecture in FULLY_CONNECTED
    training = DeepTraining(architecture, width=0.125 if quick and architecture not in NARROW else 1.0)
    if not isinstance(task, ImageTask):
        return replace(training, images=512, epochs=80, evaluate_every=5) if quick else training
    training = replace(training, loss="cross-entropy", learning_rate=0.1, epochs=250, images=45_000)
    if quick:
        rate = 0.1 if architecture.endswith("bn") or architecture.startswith(("resnet", "efficientnet")) else 0.05
        training = replace(training, images=1000, epochs=60, evaluate_every=5, learning_rate=rate)
    if connected:
        rate = 0.001 if quick else 0.1
        return replace(training, optimizer="adam", schedule="constant", weight_decay=0.0, learning_rate=rate)
    return training


def image_counts(preset: Preset, images: ImageSet) -> dict[str, int]:
    """{"images", "validation", "test"}: a tenth of the training set is the validation set, and where there is no test
    set, a fifth of all images is it; of these no more than 1000, 500 and 2000 in the quick preset.
    """
    own_test = len(images.labels) - images.training
    test = own_test or images.training // 5
    learned = images.training if own_test else images.training - test
    counts = {"images": learned - learned // 10, "validation": learned // 10, "test": test}
    most = {"images": 1000, "validation": 500, "test": 2000}
    return {name: min(count, most[name]) for name, count in counts.items()} if preset == "quick" else counts


def require_shown(figure: str, names: Sequence[str]) -> None:
    """Raises ValueError, one sentence, for architectures that the figure cannot show."""
    if figure in (*CORRELATED, *OF_LEVELS) and len(names) < FEWEST:
        raise ValueError(f"{len(names)} architectures have no correlation: name {FEWEST} or more")
    connected = [name for name in names if name in FULLY_CONNECTED]
    if figure in FILTERS and connected:
        raise ValueError(f"{connected[0]} has no convolution, so its filters have no spectrum: leave it out")
