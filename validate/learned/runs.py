"""Runs that change what a finished training added to the filters, and measure Eq. 1 again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nets.models.learned import Split, eigenspaces, interventions
from nets.simple.learned import intervened, splits
from nets.simple.network import SimpleCNNs
from nets.simple.sensitivity import measure
from sweep.run import Run
from sweep.work import Workspace
from theory.definitions.perturbation import Conventions
from validate.runs.networks import NetworkRun
from validate.runs.simple_training import TrainingRun

# numbers of a split that are written down
PARTS = ("sigma", "sigma_error", "learned_share")


@dataclass(frozen=True)
class LearnedRun(NetworkRun):
    """D_k, G_k of the simple CNNs of a training, and again after each intervention on all layers."""

    of: TrainingRun
    conventions: Conventions
    kind: ClassVar[str] = "learned"

    @property
    def title(self) -> str:
        return f"{self.of.title}, {self.of.training.epochs} epochs, what was learned"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Of the same unit as the training's: an epoch for each measurement, more or less."""
        return self.of.epoch_cost * (1 + len(interventions(self.of.architecture.filter_size)))

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"seeds", "layers", "eigenvalues", "splits": by seed and layer, "trained", "changed": {intervention: {"D",
        "G": by seed and layer}}}.
        """
        folder, result = workspace.need(self.of)
        run, seeds = self.of, self.of.training.seeds
        before, after = run.networks(folder)
        parts = splits(before, after, run.task.dim)
        eigenvalues = eigenspaces(tuple(parts[0][0].start.shape[2:]))[0]
        changed = {}
        for name, change in interventions(len(eigenvalues)).items():
            workspace.report(name)
            changed[name] = self._measure(intervened(after, parts, change, seeds), workspace.device)
        return {
            "seeds": result["seeds"],
            "layers": [f"layer {k}" for k in range(1, run.architecture.depth + 1)],
            "eigenvalues": eigenvalues.tolist(),
            "splits": [[split_record(part) for part in layers] for layers in parts],
            "trained": self._measure(after, workspace.device),
            "changed": changed,
        }

    def _measure(self, networks: SimpleCNNs, device: str) -> dict[str, Any]:
        measured = measure(
            networks, self.of.task, self.of.architecture, self.conventions, device, noise_seeds=self.of.training.seeds
        )
        return {"D": measured.D.tolist(), "G": measured.G.tolist()}


def split_record(part: Split) -> dict[str, Any]:
    """The numbers of a split; shares by eigenspace."""
    numbers = {name: getattr(part, name) for name in PARTS}
    shares = {"shares": part.shares.tolist(), "end_shares": part.end_shares.tolist()}
    return {**numbers, **shares, "pixels": part.start[0, 0].numel()}
