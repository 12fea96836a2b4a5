"""Runs that measure what moves and what is lost in the simple CNNs when whole images are translated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nets.checkpoint import settings_of
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.state import read_state
from nets.simple.training import trained
from nets.simple.translation import measure_translation
from sweep.run import Run
from sweep.work import Workspace
from validate.runs.networks import WEIGHTS, NetworkRun
from validate.runs.simple_training import TrainingRun


@dataclass(frozen=True)
class TranslationRun(NetworkRun):
    """D_k for a translation by one pixel, in what moves and what is lost, before and after a training."""

    of: TrainingRun
    kind: ClassVar[str] = "translation"

    @property
    def title(self) -> str:
        return f"{self.of.title}, translated"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Of the same unit as the training's: every image twice."""
        training = self.of.training
        return self.of.cost / (training.epochs or 10_000) * 2 * len(self.of.task.pairs) / training.images

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"before", "after"}: {"D", "moved", "lost"} by seed and layer."""
        run = self.of
        folder = workspace.need(run)[0]
        settings = settings_of(task=run.task, architecture=run.architecture, training=run.training)
        after = trained(read_state(folder / WEIGHTS, settings))
        before = initialize(run.architecture, run.training.channels, list(run.training.seeds), run.task.dim)
        workspace.report("translating")

        def numbers(networks: SimpleCNNs) -> dict[str, Any]:
            measured = measure_translation(networks, run.task, run.architecture, workspace.device)
            return {name: values.tolist() for name, values in vars(measured).items()}

        return {"before": numbers(before), "after": numbers(after)}
