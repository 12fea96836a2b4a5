"""Runs that put trained simple CNNs beside partly learned networks of infinite width."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, get_args

from nets.simple.kept import Kept, kept_filters
from nets.simple.learned import splits
from nets.simple.sensitivity import NOISY_IMAGES, draw_noise, measure
from simulate.partial_training import KeptLayer, partial_sensitivities
from sweep.run import Run
from sweep.work import Workspace
from theory.definitions.perturbation import Conventions
from validate.runs.networks import NetworkRun
from validate.runs.simple_training import TrainingRun

# learned directions that are kept of each layer
RANK = 8


@dataclass(frozen=True)
class PartialRun(NetworkRun):
    """D_k, G_k of the networks of a training, and of the networks of infinite width that keep `rank` directions of each
    layer: those learned, and as controls random ones, and Gaussian amplitudes of the same moments.
    """

    of: TrainingRun
    conventions: Conventions
    rank: int = RANK
    controls: bool = True
    kind: ClassVar[str] = "partly-learned"
    packages: ClassVar[Sequence[str]] = ("theory", "nets", "simulate")
    libraries: ClassVar[Sequence[str]] = ("numpy", "torch", "scipy")

    @property
    def title(self) -> str:
        return f"{self.of.title}, {self.of.training.epochs} epochs, partly learned at infinite width"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Products of all pairs of patches with all channels."""
        variants = len(get_args(Kept)) if self.controls else 1
        pairs = self.of.architecture.depth * float(len(self.of.task.pairs)) ** 2
        return variants * pairs * self.of.training.channels * len(self.of.training.seeds)

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """{"seeds", "measured": {"D", "G": by seed and layer}, "predicted": {what is kept: the same}}."""
        folder, result = workspace.need(self.of)
        run, seeds = self.of, self.of.training.seeds
        before, after = run.networks(folder)
        parts = splits(before, after)
        measured = measure(after, run.task, run.architecture, self.conventions, noise_seeds=seeds)
        predicted = {}
        for kept in get_args(Kept) if self.controls else get_args(Kept)[:1]:
            curves = []
            for place, seed in enumerate(seeds):
                workspace.report(f"{kept}, seed {seed}")
                biases = after.view(place).bias.double().flatten(1).numpy()
                layers = [
                    KeptLayer(**asdict(kept_filters(part, bias, self.rank, kept, seed)))
                    for part, bias in zip(parts[place], biases, strict=True)
                ]
                draws = draw_noise(run.task, self.conventions, NOISY_IMAGES, seed)
                curves.append(partial_sensitivities(run.task, run.architecture, layers, self.conventions, draws))
            predicted[kept] = {q: [getattr(curve, q).tolist() for curve in curves] for q in ("D", "G")}
        return {
            "seeds": result["seeds"],
            "measured": {q: getattr(measured, q).tolist() for q in ("D", "G")},
            "predicted": predicted,
        }
