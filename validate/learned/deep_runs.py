"""Runs that change what a deep network learned, and measure Eq. 1 again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from nets.deep.architectures import layer_names
from nets.deep.state import read_network, untrained
from nets.models.evaluation import inner_model
from nets.models.image_batches import Images
from nets.models.learned import Intervention, eigenspaces, interventions
from nets.models.learned_models import BatchNorm, changed_model, model_splits
from nets.models.perturbations import Perturbation
from nets.models.sensitivity import measure_sensitivities
from sweep.run import Run
from sweep.work import Workspace
from validate.learned.runs import split_record
from validate.runs.deep import Probing, probed_images
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.networks import WEIGHTS, NetworkRun

# eigenspaces of 3 × 3 pixels, λ = 0, 1, 2, 3, 4, 6: for the cost alone
MODES = 6


@dataclass(frozen=True)
class DeepLearnedRun(NetworkRun):
    """D_k, G_k of a deep network, and again after each intervention on all its convolutions; batch-norm statistics are
    "recalibrated" on its training images, or "kept".
    """

    of: DeepTrainingRun
    probing: Probing
    batch_norm: BatchNorm = "recalibrated"
    kind: ClassVar[str] = "deep-learned"

    @property
    def title(self) -> str:
        return f"{self.of.title}, what was learned"

    @property
    def needs(self) -> Sequence[Run]:
        return (self.of,)

    @property
    def cost(self) -> float:
        """Three passes of each network that is measured."""
        return 3.0 * self.of.operations * self.probing.images * (1 + len(interventions(MODES)))

    def perform(self, workspace: Workspace) -> dict[str, Any]:
        """As `validate.learned.runs.LearnedRun`, of one seed."""
        folder, result = workspace.need(self.of)
        task, training = self.of.task, self.of.training
        outcome = {**result["outcome"], "seed": training.seed}
        if outcome["status"] != "trained":
            return {"seeds": [outcome]}
        sets = task.draw(training.images, training.validation, training.test, training.seed)
        after = read_network(folder / WEIGHTS, task, training)
        setup = Setup(
            images=probed_images(task, training, self.probing.images),
            calibration=sets.training_images(sets.split.train, 0),
            perturbations=self.probing.perturbations(task.wrap),
            layers=layer_names(inner_model(after)),
            batch_norm=self.batch_norm,
        )
        before = untrained(task, training).eval()
        return {"seeds": [outcome], **measured_changes(before, after, setup, training.seed, workspace.report)}


@dataclass(frozen=True)
class Setup:
    """What a model and its changed copies are measured with.

    images        (n, C, …) of Eq. 1, and its perturbations "D" and "G"     layers    names; None: the innermost called
    calibration   (m, C, …) that batch-norm statistics are taken from, where these are "recalibrated"
    """

    images: Images
    calibration: Tensor
    perturbations: Mapping[str, Perturbation]
    layers: Sequence[str] | None
    batch_norm: BatchNorm


def measured_changes(
    before: nn.Module, after: nn.Module, setup: Setup, seed: int = 0, report: Callable[[str], None] = lambda name: None
) -> dict[str, Any]:
    """{"layers", "convolutions", "frozen", "eigenvalues", "splits", "trained", "changed"} of one model, each with one
    seed; raises what `model_splits` raises. `report` is called with the name of each intervention.
    """
    parts = model_splits(before, after)
    sizes = {tuple(part.start.shape[2:]) for part in parts.splits.values()}
    eigenvalues = max((eigenspaces(size)[0] for size in sizes), key=len)

    def measured(change: Intervention | None) -> tuple[list[str], dict[str, Any]]:
        model = changed_model(after, parts.splits, change, seed, setup.calibration, setup.batch_norm)
        sensitivities = measure_sensitivities(model, setup.images, setup.perturbations, setup.layers)
        return list(sensitivities.layers), {q: [sensitivities.values[q].tolist()] for q in ("D", "G")}

    names, trained = measured(None)
    changed = {}
    for name, change in interventions(len(eigenvalues)).items():
        report(name)
        changed[name] = measured(change)[1]
    records = [_padded(split_record(part), len(eigenvalues)) for part in parts.splits.values()]
    return {
        "layers": names,
        "convolutions": list(parts.splits),
        "frozen": list(parts.frozen),
        "eigenvalues": eigenvalues.tolist(),
        "splits": [records],
        "trained": trained,
        "changed": changed,
    }


def _padded(record: dict[str, Any], modes: int) -> dict[str, Any]:
    """Shares of as many modes for every convolution; those that a smaller grid lacks have none."""
    return {
        name: [*value, *[0.0] * (modes - len(value))] if isinstance(value, list) else value
        for name, value in record.items()
    }
