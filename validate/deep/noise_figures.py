"""Figs. 1 and 10: errors, sensitivities of the output, and how they go together at each noise level."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from validate.deep.correlation import SIGNS
from validate.deep.figures import correlation_legend, scatter
from validate.deep.judgement import QUANTITIES
from validate.deep.noise import NoiseJudgement
from validate.files import write_figure


def draw_noise(judgement: NoiseJudgement, path: Path) -> None:
    """Write the figure that the judgement is of."""
    write_figure(path, noise_picture(judgement))


def noise_picture(judgement: NoiseJudgement) -> Figure:
    """The figure that the judgement is of."""
    return (_draw_overview if judgement.figure == "1" else _draw_scatter)(judgement)


def _draw_scatter(judgement: NoiseJudgement) -> Figure:
    """Fig. 10: the test error ε against D_f, G_f, R_f, a row for each noise level."""
    rows = len(judgement.levels)
    figure, axes = plt.subplots(rows, 3, figsize=(12, 1 + 3.9 * rows), layout="constrained", squeeze=False)
    for row, level in zip(axes, judgement.levels, strict=True):
        for axis, quantity in zip(row, QUANTITIES, strict=True):
            scatter(axis, level.judgement, quantity)
        row[0].set_ylabel(f"noise ‖η‖ = {level.norm:g}: test error $ε$")
    correlation_legend(figure, axes[0, 0])
    return figure


def _draw_overview(judgement: NoiseJudgement) -> Figure:
    """Fig. 1: an image and what is done to it; ε against R_f at the first level; ρ(ε, X) at each."""
    figure = plt.figure(figsize=(14, 4.8), layout="constrained")
    left, centre, right = np.asarray(figure.subfigures(1, 3, width_ratios=(1, 1.2, 1.2)), dtype=object)
    panels = left.subplots(2, 2)
    for axis, (name, picture) in zip(panels.flat, judgement.pictures.items(), strict=True):
        _show(axis, picture, judgement.pictures["image"])
        axis.set_title(name, fontsize=9)
    axis = centre.subplots()
    scatter(axis, judgement.levels[0].judgement, "R")
    axis.set_ylabel(f"test error $ε$, noise ‖η‖ = {judgement.levels[0].norm:g}")
    correlation_legend(centre, axis, columns=4)
    _draw_levels(right.subplots(), judgement)
    return figure


def _draw_levels(axis: Axes, judgement: NoiseJudgement) -> None:
    """ρ of the families' means with its 95 % interval, beside each other at each level."""
    for n, quantity in enumerate(QUANTITIES):
        place = np.arange(len(judgement.levels)) + 0.12 * (n - 1)
        rho = [level.correlations[quantity] for level in judgement.levels]
        middle = np.array([each.family_rho for each in rho])
        ends = np.array([each.family_normal for each in rho]).T
        sign = ">" if SIGNS[quantity] > 0 else "<"
        label = f"$ρ(ε, {quantity}_f)$; the paper: {sign} 0"
        axis.errorbar(place, middle, np.abs(ends - middle), fmt="o", color=f"C{n}", capsize=3, label=label)
    axis.axhline(0, color="0.7", lw=1)
    axis.set_xticks(range(len(judgement.levels)), [f"{level.norm:g}" for level in judgement.levels])
    axis.set(xlabel="noise in training ‖η‖", ylabel="ρ of family means, 95 % (normal theory)", ylim=(-1.05, 1.05))
    axis.legend(fontsize=8)


def _show(axis: Axes, picture: np.ndarray, reference: np.ndarray) -> None:
    """In the range of the reference; grey, or in colours."""
    low, high = reference.min(), reference.max()
    shown = np.clip((picture - low) / (high - low), 0, 1).transpose(1, 2, 0)
    axis.imshow(shown[..., 0] if shown.shape[2] == 1 else shown, cmap="gray", vmin=0, vmax=1)
    axis.set_axis_off()
