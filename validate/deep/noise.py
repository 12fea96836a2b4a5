"""Networks trained with noise of several norms: the signs of Fig. 1 at each (Figs. 1 and 10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from nets.deep.image_task import ImageTask
from nets.models.diffeomorphisms import Diffeomorphisms
from nets.models.perturbations import AddedNoise, Perturbation, perturb, stream
from validate.deep.correlation import Verdict
from validate.deep.judgement import QUANTITIES, UNTRAINED_X, Correlations, Judgement, judged
from validate.deep.record import record
from validate.deep.settings import DeepExperiment
from validate.runs.deep import Probing, probed_images

# displacements of the deformations that are shown, in pixels
SHOWN_DISPLACEMENTS = (1.0, 2.0)


@dataclass(frozen=True)
class NoiseLevel:
    """The judgement of networks trained with noise of this norm."""

    norm: float
    judgement: Judgement

    @property
    def correlations(self) -> Correlations:
        """ρ of each quantity with the test error, of all architectures."""
        return self.judgement.correlations["correlation"]

    @property
    def controls(self) -> Correlations:
        """The same of sensitivities before training."""
        return self.judgement.correlations[UNTRAINED_X]


@dataclass(frozen=True)
class NoiseJudgement:
    """All levels, in their order, and (n, C, L, L) pictures by name of what is done to an image."""

    figure: str
    levels: tuple[NoiseLevel, ...]
    pictures: dict[str, np.ndarray]

    @cached_property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """{quantity: its verdict at each level}."""
        return {quantity: [level.correlations[quantity].verdict for level in self.levels] for quantity in QUANTITIES}

    @property
    def drawable(self) -> bool:
        """Whether networks of enough architectures learned at each level for a correlation."""
        return all(level.judgement.drawable for level in self.levels)

    @property
    def holds(self) -> bool:
        """Whether all signs are decided and the paper's at all levels."""
        return self.drawable and all(level.judgement.holds for level in self.levels)

    @property
    def record(self) -> dict[str, Any]:
        """All numbers, with names as JSON has them."""
        return {"holds": self.holds, "levels": [{"noise": each.norm, **record(each.judgement)} for each in self.levels]}


def judge(figure: str, experiments: Sequence[DeepExperiment], results: Sequence[Any]) -> NoiseJudgement:
    """Of the results of all runs, experiment after experiment; one experiment for each level."""
    remaining = iter(results)
    levels = []
    for experiment in experiments:
        own = list(islice(remaining, len(experiment.runs)))
        levels.append(NoiseLevel(noise_norm(experiment), judged("10", experiment, own)))
    return NoiseJudgement(figure, tuple(levels), pictures(experiments[0]) if figure == "1" else {})


def noise_norm(experiment: DeepExperiment) -> float:
    """‖η‖ of the noise in training."""
    return experiment.task.noise.norm if isinstance(experiment.task, ImageTask) else 0.0


def pictures(experiment: DeepExperiment) -> dict[str, np.ndarray]:
    """{what is done: (C, L, L)}: a test image, diffeomorphisms of it, and noise of the norm of the first's change."""
    image = probed_images(experiment.task, experiment.trainings[0], Probing().images)[:1].double()
    smooth = {f"δ = {d:g}": Diffeomorphisms(d, experiment.probing.cut_off) for d in SHOWN_DISPLACEMENTS}
    done: dict[str, Perturbation] = {**smooth, "noise, as δ = 1": AddedNoise(next(iter(smooth.values())))}
    changed = {name: perturb(perturbation, image, stream(name, 0)) for name, perturbation in done.items()}
    return {name: picture[0].numpy() for name, picture in {"image": image, **changed}.items()}
