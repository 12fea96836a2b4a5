"""The map of α(F, s), D_k against A_k for eight filters, and what trained networks do beside it."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from validate.files import write_figure
from validate.law.filters import FilterJudgement
from validate.law.judgement import Judgement
from validate.law.network_figures import draw_filters, draw_networks, draw_points, plain_ticks
from validate.law.split_report import draw_splits


def draw(judgement: Judgement, folder: Path) -> list[Path]:
    """Write the figures, atomically; their paths."""
    figures = {"map": draw_map(judgement), "curves": draw_curves(judgement), "split": draw_splits(judgement.splits)}
    if judgement.networks:
        figures["networks"] = draw_networks(judgement.networks)
    if any(network.must_choose for network in judgement.networks):
        figures["filters"] = draw_filters(judgement.networks)
    for name, figure in figures.items():
        write_figure(folder / f"law-{name}.png", figure)
    return [folder / f"law-{name}.png" for name in figures]


def draw_map(judgement: Judgement) -> Figure:
    """α over F and s; stride 1 is diffusion, α = 2. The paper's cases are framed."""
    largest_filter, largest_stride = judgement.settings.largest_filter, judgement.settings.largest_stride
    grid = np.full((largest_stride, largest_filter - 1), np.nan)
    grid[0] = 2
    for homogeneous in judgement.homogeneous:
        grid[homogeneous.stride - 1, homogeneous.filter_size - 2] = homogeneous.prediction.alpha
    figure, axis = plt.subplots(
        figsize=(0.36 * largest_filter + 1.5, 0.42 * largest_stride + 1.6), layout="constrained"
    )
    image = axis.imshow(
        grid, origin="lower", aspect="auto", cmap="viridis", vmin=0, vmax=2,
        extent=(1.5, largest_filter + 0.5, 0.5, largest_stride + 0.5),
    )  # fmt: skip
    for row, column in np.argwhere(np.isfinite(grid)):
        value = grid[row, column]
        text = f"{value:.2f}".rstrip("0").rstrip(".")
        axis.text(column + 2, row + 1, text, ha="center", va="center", fontsize=6, color="w" if value < 1.2 else "k")
    for size in range(2, largest_stride + 1):
        axis.add_patch(Rectangle((size - 0.5, size - 0.5), 1, 1, fill=False, ec="r", lw=1.5))
    axis.add_patch(
        Rectangle((1.5, 0.5), largest_filter - 1, 1, fill=False, ec="r", lw=1.5, label="the paper: $s = 1$, $s = F$")
    )
    axis.set(xlabel="filter size $F$", ylabel="stride $s$", yticks=range(1, largest_stride + 1))
    figure.colorbar(image, label=r"$\alpha$, $D_k \sim A_k^{-\alpha}$")
    figure.legend(loc="outside lower center", frameon=False, fontsize=8)
    return figure


def draw_curves(judgement: Judgement) -> Figure:
    """D_k and G_k against A_k: theory as lines, simulation as points, networks with error bars.

    Lines and points are of Eqs. 4 and 6. Those divide by ‖f_k(δ)‖², Eq. 1 of the networks by the distance of two
    images, which is twice as much where they do not overlap: the networks' values are drawn twice as large.
    """
    networks = judgement.networks
    panels = ["D", "G", "D"] if networks else ["D", "G"]
    figure, axes = plt.subplots(1, len(panels), figsize=(5.2 * len(panels), 5.2), layout="constrained")
    shown = [*zip(axes, panels, strict=True)]
    colors: dict[tuple[int, int], str] = {}
    for n, judged in enumerate((*judgement.shown, *judgement.own)):
        colors.setdefault((len(judged.layer.weights), judged.layer.stride), f"C{n}")
        for axis, quantity in shown:
            _draw_filter(axis, judged, quantity, f"C{n}")
    axes[0].plot([], [], "k-", lw=1, label="lines: theory, transfer matrix")
    axes[0].plot([], [], "ko", ms=3.5, mfc="none", label="points: simulation, operator applied")
    for kind, marker in ((1, "^"), (2, "s")) if networks else ():
        axes[0].plot([], [], f"k{marker}", ms=5, label=f"networks, task {kind}: $2D_k$, $2G_k$ of Eq. 1, ± seeds")
        for network in networks:
            if network.settings.kind == kind:
                color = colors.get((network.settings.filter_size, network.settings.stride), "0.5")
                for axis, quantity in shown:
                    draw_points(axis, network, quantity, marker, color)
    for axis, quantity in shown:
        axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel=f"${quantity}_k$")
    if networks:
        axes[2].set(xlim=(1.5, 30), ylim=(0.02, 2), title="the same, where the networks are")
        plain_ticks(axes[2])
    axes[0].set_ylim(1e-10, 3)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def _draw_filter(axis: Axes, judged: FilterJudgement, quantity: str, color: str) -> None:
    theory, simulated, prediction = judged.theory, judged.simulated, judged.prediction
    label = f"{judged.name}: $\\alpha = {prediction.alpha:.3g}$, $\\beta = {prediction.beta:.3g}$"
    axis.plot(theory.receptive_field, getattr(theory, quantity), "-", color=color, lw=1, label=label)
    axis.plot(simulated.receptive_field, getattr(simulated, quantity), "o", color=color, ms=3.5, mfc="none")
