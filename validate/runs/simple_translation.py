"""Runs that measure what moves and what is lost in the simple CNNs when whole images are translated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nets.simple.network import SimpleCNNs
from nets.simple.translation import measure_translation
from sweep.run import Run
from sweep.work import Workspace
from validate.runs.networks import NetworkRun
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
        return self.of.epoch_cost * 2 * len(self.of.task.pairs) / self.of.training.images

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"before", "after"}: {"D", "moved", "lost"} by seed and layer."""
        run = self.of
        before, after = run.networks(workspace.need(run)[0])
        workspace.report("translating")

        def numbers(networks: SimpleCNNs) -> dict[str, Any]:
            measured = measure_translation(networks, run.task, run.architecture, workspace.device)
            return {name: values.tolist() for name, values in vars(measured).items()}

        return {"before": numbers(before), "after": numbers(after)}
