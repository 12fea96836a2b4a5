"""Whose learned part is judged: networks, moments of their training, seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nets.deep.architectures import FULLY_CONNECTED, operations
from nets.deep.plane import PlaneTask
from nets.models.learned_models import BatchNorm
from nets.simple.settings import MOST_CHANNELS, MOST_SEEDS, Training
from theory.decay import remaining_start, step_decay
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.ranges import require_whole
from theory.definitions.task import Kind, ScaleDetection, plane_task
from validate.deep.settings import preset_training as deep_preset_training
from validate.experiment import standard_task
from validate.law.networks import NetworkSettings
from validate.learned.deep_runs import DeepLearnedRun
from validate.learned.partial_runs import PartialRun
from validate.learned.runs import LearnedRun
from validate.presets import Preset, preset_training
from validate.runs.deep import Probing
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.simple import in_groups
from validate.runs.simple_training import TrainingRun

# σ at the end of a training: App. B.2's rule stops task 1 at width 128 after 500 × 30 epochs (four seeds of four), each
# of 6 steps of δ = 2·0.01·0.01/12
LAST_SIGMA = math.exp(-1.5)
# epochs after which the networks of tasks 1 and 2 have interpolated; those that have not are left out
INTERPOLATION = 50
MOMENTS = ("interpolation", "half", "end")
# channels of a preset
CHANNELS: dict[Preset, int] = {"quick": 128, "paper": 1000}
SEEDS, DEEP_SEEDS = 4, 3
# of deep networks' channels
WIDTH_FACTOR = 0.125
# F, s of the control that nothing may be pooled in
CONTROL = NetworkSettings("parity", 3, 2)


@dataclass(frozen=True)
class LearnedSettings:
    """Simple CNNs on these tasks, under the rules of App. B.2 (learning rate 0.01·H, batch 8, ridge 0.01) until decay
    has left σ = 0.22 of the start.

    filter    F, s of the networks on tasks 1 and 2, each on a task that suits them; None: the paper's of each task
    Raises ValueError, one sentence, for what cannot be judged.
    """

    tasks: tuple[Kind, ...] = (1, 2, "parity")
    channels: int = CHANNELS["quick"]
    seeds: int = SEEDS
    seeds_per_run: int = 2
    filter: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        require_whole(self, channels=(2, MOST_CHANNELS), seeds=(2, MOST_SEEDS), seeds_per_run=(1, MOST_SEEDS))
        if self.filter is not None and self.filter[0] < 2:
            raise ValueError("F = 1 has one spatial mode, and no other to compare it with: use 2 or more")
        for network in self.networks:
            network.architecture.widths(network.task.width)

    @property
    def networks(self) -> "list[SimpleNetwork]":
        """Each task at each moment, the last moment last."""
        return [SimpleNetwork(kind, moment, self) for kind in self.tasks for moment in MOMENTS]


@dataclass(frozen=True)
class SimpleNetwork:
    """The simple CNNs of one task at one moment of their training."""

    kind: Kind
    moment: str
    settings: LearnedSettings

    @property
    def name(self) -> str:
        """As printed."""
        chosen = (
            ""
            if self.kind == "parity" or self.settings.filter is None
            else "F = {}, s = {}, ".format(*self.settings.filter)
        )
        return f"{chosen}task {self.kind}, H = {self.settings.channels}"

    @property
    def role(self) -> Literal["simple", "control"]:
        """Whether its task may be solved by pooling."""
        return "control" if self.kind == "parity" else "simple"

    @property
    def carrier(self) -> int:
        """The mode of ΔW that is said to carry the fall of D: the constant one."""
        return 0

    @property
    def task(self) -> ScaleDetection:
        """The paper's, one that suits the filter, or the control."""
        return self._problem[0]

    @property
    def architecture(self) -> Architecture:
        """The paper's for the task, or one of this filter."""
        return self._problem[1]

    @property
    def _problem(self) -> tuple[ScaleDetection, Architecture]:
        if self._of_any_filter is not None:
            return self._of_any_filter.task, self._of_any_filter.architecture
        assert self.kind != "parity"
        return standard_task(self.kind, 1, self.settings.filter and self.settings.filter[0])

    @property
    def _of_any_filter(self) -> NetworkSettings | None:
        """The law's networks, for the control and for filters that the paper's tasks do not suit."""
        if self.kind == "parity":
            return CONTROL
        if self.settings.filter is None:
            return None
        size, stride = self.settings.filter
        if stride == 1 and self.kind == 2:
            raise ValueError("task 2 needs a stride of 2 or more, for its blocks: use --task 1, or --filter 3/3")
        if stride == 1 or (self.kind, size, stride) == (2, 2, 2):
            return None
        return NetworkSettings(self.kind, size, stride)

    @property
    def training(self) -> Training:
        """App. B.2's rules for a fixed number of epochs: that of shorter trainings is the beginning of longer ones."""
        seeds = tuple(range(self.settings.seeds))
        rules = Training(self.settings.channels, seeds, self._images, epochs=INTERPOLATION, patience=None)
        steps = rules.images // (rules.batch or rules.images)
        last = -math.log(LAST_SIGMA) / (step_decay(rules.learning_rate, rules.ridge, self.architecture.depth) * steps)
        share = {"interpolation": None, "half": 0.5, "end": 1.0}[self.moment]
        return rules if share is None else replace(rules, epochs=10 * round(share * last / 10))

    @property
    def _images(self) -> int:
        if self._of_any_filter is not None:
            return self._of_any_filter.training((0,)).images
        assert self.kind != "parity"
        return preset_training("paper", self.kind).images

    @property
    def predicted_sigma(self) -> float:
        """What decay alone leaves of the start."""
        training = self.training
        steps = training.images // (training.batch or training.images) * (training.epochs or 0)
        decay = step_decay(training.learning_rate, training.ridge, self.architecture.depth)
        return remaining_start(decay, steps, cooldown=training.cooldown, momentum=training.momentum)

    @property
    def trainings(self) -> list[TrainingRun]:
        """In groups of seeds."""
        groups = in_groups(self.training, self.settings.seeds_per_run)
        return [TrainingRun(self.task, self.architecture, training) for training in groups]

    @property
    def runs(self) -> list[LearnedRun]:
        """The measurements, and with them the trainings."""
        return [LearnedRun(training, Conventions()) for training in self.trainings]

    @property
    def partial_runs(self) -> list[PartialRun]:
        """The same networks beside partly learned ones of infinite width; controls at the end alone."""
        controls = self.moment == "end"
        return [PartialRun(training, Conventions(), controls=controls) for training in self.trainings]


@dataclass(frozen=True)
class DeepNetworks:
    """Deep networks of one architecture on the task of Fig. 8, as `validate.figures 9` trains them in its quick preset
    but for what is named.

    Raises ValueError, one sentence, for architectures that have no convolution or cannot be built.
    """

    architecture: str
    seeds: int = DEEP_SEEDS
    width: float = WIDTH_FACTOR
    batch_norm: BatchNorm = "recalibrated"
    moment: str = "end"
    predicted_sigma: float = math.nan

    def __post_init__(self) -> None:
        require_whole(self, seeds=(2, MOST_SEEDS))
        operations(self.architecture, PlaneTask(plane_task()).shape, self.width)
        if self.architecture in FULLY_CONNECTED:
            raise ValueError(f"{self.architecture} has no convolution, so nothing spatial is learned: leave it out")

    @property
    def name(self) -> str:
        """As printed."""
        return f"{self.architecture}, width × {self.width:g}"

    @property
    def role(self) -> Literal["deep"]:
        """Of Sections 2 and 3."""
        return "deep"

    @property
    def carrier(self) -> int:
        """The mode of ΔW that is said to carry the fall of D: the constant one, in AlexNet the gradients."""
        return 1 if self.architecture == "alexnet" else 0

    @property
    def runs(self) -> list[DeepLearnedRun]:
        """One for each seed, and with it its training."""
        task = PlaneTask(plane_task())
        rules = replace(deep_preset_training("quick", self.architecture, task), width=self.width)
        trainings = [DeepTrainingRun(task, replace(rules, seed=seed)) for seed in range(self.seeds)]
        return [DeepLearnedRun(training, Probing(), self.batch_norm) for training in trainings]


def runs_of(networks: Sequence[SimpleNetwork | DeepNetworks]) -> list[LearnedRun | DeepLearnedRun]:
    """All of them, network by network."""
    return [run for network in networks for run in network.runs]


def partial_networks(networks: Sequence[SimpleNetwork | DeepNetworks]) -> list[SimpleNetwork]:
    """Simple CNNs of the paper's tasks."""
    return [network for network in networks if isinstance(network, SimpleNetwork) and network.kind != "parity"]
