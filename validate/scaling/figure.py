"""Fig. 7: D, G and R against the receptive field."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from validate.asymptotics import QUANTITIES
from validate.files import write_figure
from validate.scaling.comparison import Comparison


def draw_sensitivities(comparisons: Sequence[Comparison], path: Path) -> None:
    """Write Fig. 7."""
    write_figure(path, sensitivities_figure(comparisons))


def sensitivities_figure(comparisons: Sequence[Comparison]) -> Figure:
    """Fig. 7, one row for each task: trained and untrained networks with bands over seeds, both mean channels,
    the exact homogeneous network at this size and the asymptotic slope through its last judged layer.
    """
    rows = len(comparisons)
    figure, axes = plt.subplots(rows, 3, figsize=(12, 0.9 + 3.6 * rows), layout="constrained", squeeze=False)
    for line, comparison in zip(axes, comparisons, strict=True):
        for axis, quantity in zip(line, QUANTITIES, strict=True):
            _panel(axis, comparison, quantity)
        task, architecture = comparison.task, comparison.architecture
        line[1].set_title(
            f"Task {task.kind}: filter size $F = {architecture.filter_size}$, stride {architecture.stride}, "
            f"$d = {task.dim}$, $L = {task.width}$, ξ = {task.scale};  {line[1].get_title()}",
            fontsize=10,
        )
    drawn = [pair for line in axes for pair in zip(*line[0].get_legend_handles_labels(), strict=True)]
    entries = {label: handle for handle, label in reversed(drawn)}
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _panel(axis: Axes, comparison: Comparison, quantity: str) -> None:
    field, exact, judged = comparison.exact.receptive_field, getattr(comparison.exact, quantity), comparison.window
    networks = comparison.networks
    if judged.any():
        axis.axvspan(field[judged][0] / 1.05, field[judged][-1] * 1.05, color="0.95", zorder=0, label="layers judged")
    if networks is not None:
        for name, color, label in (("untrained", "0.6", "networks, untrained"), ("trained", "C0", "networks, trained")):
            values = getattr(getattr(networks, name), quantity)
            _band(axis, field, values if name == "untrained" else values[networks.learned], color, label)
        for name, style, label in (
            ("mean_filter", ("C1", ":"), "networks, mean channel: filters averaged"),
            ("mean_output", ("C2", "-."), "networks, mean channel: outputs averaged"),
        ):
            averaged = getattr(getattr(networks, name), quantity)[networks.learned]
            axis.plot(field, _defined_mean(averaged), color=style[0], ls=style[1], lw=2, label=label)
        own = [curve for curve, learned in zip(networks.own_filters, networks.learned, strict=True) if learned]
        if own:
            fields, curves = (np.array([getattr(curve, x) for curve in own]) for x in ("receptive_field", quantity))
            label = "simulation: exact, the networks' own mean filters"
            axis.plot(_defined_mean(fields), _defined_mean(curves), "k:", lw=1.5, label=label)
    if comparison.infinite is not None:
        initial = getattr(comparison.infinite, quantity)
        axis.plot(field, initial, "--", color="0.4", lw=1.5, label="theory: untrained, infinite width")
    axis.plot(field, exact, "k-", lw=1, marker="+", label="simulation: exact homogeneous network")
    if judged.any():
        anchor = np.flatnonzero(judged)[-1]
        power = comparison.predicted[quantity]
        axis.plot(
            field,
            exact[anchor] * (field / field[anchor]) ** power,
            "r--",
            lw=1,
            label="theory: asymptotic power of $A_k$",
        )
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel=f"${quantity}_k$")
    axis.set_title(f"${quantity}_k \\sim A_k^{{{comparison.predicted[quantity]:g}}}$", fontsize=10)


def _band(axis: Axes, field: np.ndarray, values: np.ndarray, color: str, label: str) -> None:
    if len(values) == 0:
        return
    axis.plot(field, _defined_mean(values), "o-", color=color, ms=4, label=label)
    axis.fill_between(field, values.min(axis=0), values.max(axis=0), color=color, alpha=0.25, lw=0)


def _defined_mean(values: np.ndarray) -> np.ndarray:
    """Mean over seeds; NaN, which is not drawn, where any of them is undefined."""
    return np.asarray(values.mean(axis=0)) if len(values) else np.full(values.shape[1], np.nan)
