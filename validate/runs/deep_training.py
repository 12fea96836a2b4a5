"""Runs that train the deep networks."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from nets.deep.architectures import operations
from nets.deep.state import read_deep_state, write_deep_state
from nets.deep.task import Task
from nets.deep.training import DeepState, DeepTraining, train
from sweep.work import Workspace
from validate.runs.networks import WEIGHTS, NetworkRun


@dataclass(frozen=True)
class DeepTrainingRun(NetworkRun):
    """One network; its weights are checkpoint and result."""

    task: Task
    training: DeepTraining
    kind: ClassVar[str] = "deep-training"
    parts: ClassVar[Sequence[str]] = (WEIGHTS,)
    provenance_fields: ClassVar[Sequence[str]] = ("resumed_from_epoch",)

    @property
    def title(self) -> str:
        training = self.training
        return f"{training.architecture} on {self.task.name}, width × {training.width:g}, seed {training.seed}"

    @property
    def cost(self) -> float:
        """Operations of all epochs; a step takes three times those of an output."""
        return 3.0 * self.operations * self.training.images * self.training.epochs

    @property
    def operations(self) -> int:
        """Of the output for one image."""
        return operations(self.training.architecture, self.task.shape, self.training.width)

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"outcome", "resumed_from_epoch"}; raises OSError where the weights find no room."""
        task, training = self.task, self.training
        state = workspace.restore(WEIGHTS, lambda path: read_deep_state(path, task, training, workspace.device))
        first = state.epoch if state else None
        started = time.monotonic()

        def report(now: DeepState) -> None:
            pace = (time.monotonic() - started) / (now.epoch - (first or 0))
            text = f"epoch {now.epoch}/{training.epochs}, loss {now.result.loss:.0e}"
            text += f", validation error {now.result.validation_error:.3f}" if now.best else ""
            workspace.report(text, (training.epochs - now.epoch) * pace)

        def keep(state: DeepState) -> None:
            ended = state.over or state.epoch == training.epochs
            workspace.save(
                WEIGHTS, lambda part: write_deep_state(part, task, training, state), f"epoch {state.epoch}", ended
            )

        _, outcome = train(task, training, workspace.device, report, state, keep)
        return {"outcome": asdict(outcome), "resumed_from_epoch": first}
