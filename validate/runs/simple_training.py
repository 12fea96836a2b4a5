"""Runs that train the simple CNNs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from nets.checkpoint import settings_of
from nets.simple.network import SimpleCNNs, initialize
from nets.simple.state import read_state, write_state
from nets.simple.training import State, Training, train, trained
from sweep.work import Workspace
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection
from validate.runs.networks import WEIGHTS, NetworkRun
from validate.runs.pace import Pace


@dataclass(frozen=True)
class TrainingRun(NetworkRun):
    """The seeds of `training`, trained together; its weights are checkpoint and result."""

    task: ScaleDetection
    architecture: Architecture
    training: Training
    kind: ClassVar[str] = "training"
    parts: ClassVar[Sequence[str]] = (WEIGHTS,)
    provenance_fields: ClassVar[Sequence[str]] = ("steps_per_second", "resumed_from_epoch")

    @property
    def title(self) -> str:
        task, architecture, training = self.task, self.architecture, self.training
        plane = f", d = {task.dim}" if task.dim > 1 else ""
        return (
            f"task {task.kind}{plane}, F = {architecture.filter_size}, s = {architecture.stride}, "
            f"width {training.channels}, seeds {training.seeds[0]}–{training.seeds[-1]}"
        )

    @property
    def cost(self) -> float:
        """Products of weights and activations, all epochs; a stop rule counts as ten thousand of them."""
        training, architecture = self.training, self.architecture
        widths = architecture.widths(self.task.width)[1:]
        positions = sum(width**self.task.dim for width in widths)
        images = training.images * len(training.seeds) * (training.epochs or 10_000)
        return float(images * positions * architecture.filter_size**self.task.dim * training.channels**2)

    @property
    def epoch_cost(self) -> float:
        """Of one epoch."""
        return replace(self, training=replace(self.training, epochs=1)).cost

    def networks(self, folder: Path) -> tuple[SimpleCNNs, SimpleCNNs]:
        """(before, after) training, whose weights are in the run's folder."""
        settings = settings_of(task=self.task, architecture=self.architecture, training=self.training)
        before = initialize(self.architecture, self.training.channels, list(self.training.seeds), self.task.dim)
        return before, trained(read_state(folder / WEIGHTS, settings))

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"seeds", "steps_per_second", "resumed_from_epoch"}; raises OSError where the weights find no room."""
        settings = settings_of(task=self.task, architecture=self.architecture, training=self.training)
        state = workspace.restore(WEIGHTS, lambda path: read_state(path, settings, workspace.device))
        first = state.epoch if state else None
        pace = Pace(workspace.report)

        def keep(state: State) -> None:
            ended = not state.running or state.epoch == self.training.epochs
            workspace.save(WEIGHTS, lambda part: write_state(part, settings, state), f"epoch {state.epoch}", ended)

        seed_results = train(self.task, self.architecture, self.training, workspace.device, pace, state, keep)[2]
        rate = pace.steps_per_second
        return {"seeds": [asdict(f) for f in seed_results], "steps_per_second": rate, "resumed_from_epoch": first}
