"""Moved and lost in networks: images are translated as a whole, and representations transported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from simulate.transport import translation_split
from theory.definitions.moved_lost import MovedLost
from theory.definitions.stack import box, layer
from validate.exponents import power_law
from validate.law.networks import NetworkSettings, runs_of
from validate.law.preference import NetworkJudgement
from validate.presentation import table
from validate.runs.simple import numbers_of
from validate.runs.simple_translation import TranslationRun

PARTS = ("D", "moved", "lost")
# moved ~ A_k^−2, over the two to four layers judged of rings of at most 81 pixels
SLOPE_TOLERANCE = 0.35


@dataclass(frozen=True)
class StageSplit:
    """Networks before or after training, n seeds that count, over the layers judged.

    D, moved, lost   (n, layers)                 slopes      {part: (n,)} exponents in A_k
    moves            whether the mean slope of moved is −2 within SLOPE_TOLERANCE
    falls_as_D       whether the slope of D_k passes for −2 by the same rule: the rival
    """

    D: np.ndarray
    moved: np.ndarray
    lost: np.ndarray
    slopes: dict[str, np.ndarray]
    moves: bool
    falls_as_D: bool


@dataclass(frozen=True)
class NetworkSplit:
    """Networks of one filter size, stride and task; `own` of their mean filters (n, layers), `homogeneous` of boxes."""

    name: str
    layers: np.ndarray
    receptive_field: np.ndarray
    untrained: StageSplit
    trained: StageSplit
    own: dict[str, np.ndarray]
    homogeneous: MovedLost


def translation_runs(network: NetworkSettings, seeds: int) -> list[TranslationRun]:
    """Beside `runs_of`, of the same trainings."""
    return [TranslationRun(run.of) for run in runs_of(network, seeds)]


def judge_translations(network: NetworkJudgement, results: Sequence[dict[str, Any]]) -> NetworkSplit:
    """The judgement on the results of `translation_runs`, for the seeds that count."""
    judged, counted, depth = network.judged, network.trained.counted, network.architecture.depth
    task, stride = network.task, network.settings.stride
    images = task.amplitude * task.active(task.pairs)
    field = network.homogeneous.receptive_field[judged]
    filters = np.maximum(network.trained.measurements.filters[counted], 0)
    stacks = [tuple(layer(weights.tolist(), stride, skips=True) for weights in rows) for rows in filters]
    own = [translation_split(stack, images, task.weights) for stack in stacks]

    def stage(when: str, seeds: np.ndarray) -> StageSplit:
        values = {part: numbers_of(results, when, part)[seeds][:, judged] for part in PARTS}
        slopes = {part: np.array([power_law(field, row).value for row in rows]) for part, rows in values.items()}
        return StageSplit(**values, slopes=slopes, moves=_is_two(slopes["moved"]), falls_as_D=_is_two(slopes["D"]))

    return NetworkSplit(
        name=network.settings.name,
        layers=network.layers_judged,
        receptive_field=field,
        untrained=stage("before", np.arange(len(network.fits))),
        trained=stage("after", counted),
        own={part: np.array([getattr(split, part)[judged] for split in own]) for part in PARTS},
        homogeneous=translation_split((box(network.settings.filter_size, stride),) * depth, images, task.weights),
    )


def network_split_table(splits: Sequence[NetworkSplit]) -> Table:
    """Layer by layer, means over seeds, and the slopes."""
    headings = ["networks", "seeds", "k", "A_k", "D", "moved", "lost", "own: D", "moved", "lost", "box: D", "moved"]
    headings += ["lost", "slope of moved", "of lost", "untrained: moved", "of lost"]
    rows = [_row(split, n) for split in splits if len(split.trained.D) for n in range(len(split.layers))]
    caption = (
        "whole images translated by one pixel of the ring, D_k of this; own: the networks' mean filters; box: "
        f"homogeneous filters;\nslopes in A_k, means over seeds; that of moved is judged: −2 within {SLOPE_TOLERANCE:g}"
    )
    return table("Networks: what moves and what is lost", headings, rows, caption)


def statements(splits: Sequence[NetworkSplit]) -> dict[str, bool]:
    """moved ~ A_k^−2 in all networks; that D_k falls so without training is the rival."""
    verdicts = {}
    for split in splits:
        verdicts[f"{split.name}: what moves falls like A_k^−2, trained or not"] = (
            split.trained.moves and split.untrained.moves
        )
        verdicts[f"{split.name}: A_k^−2 refused for D_k before training"] = not split.untrained.falls_as_D
    return verdicts


def _row(split: NetworkSplit, n: int) -> list[str]:
    k, trained, first = int(split.layers[n]), split.trained, n == 0
    measured = [f"{getattr(trained, part)[:, n].mean():.3g}" for part in PARTS]
    own = [f"{split.own[part][:, n].mean():.3g}" for part in PARTS]
    homogeneous = [f"{getattr(split.homogeneous, part)[k - 1]:.3g}" for part in PARTS]
    slopes = [f"{stage.slopes[part].mean():.2f}" for stage in (trained, split.untrained) for part in ("moved", "lost")]
    names = [split.name, str(len(trained.D))] if first else ["", ""]
    rest = slopes if first else [""] * 4
    return [*names, str(k), f"{split.receptive_field[n]:.1f}", *measured, *own, *homogeneous, *rest]


def _is_two(slopes: np.ndarray) -> bool:
    return bool(len(slopes)) and bool(abs(slopes.mean() + 2) <= SLOPE_TOLERANCE)
