"""What trained networks do beside the exact curves: D_k of every kind of networks, and their mean filters."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

from theory.sum_rule import nearest
from validate.law.preference import NetworkJudgement


def draw_networks(networks: Sequence[NetworkJudgement]) -> Figure:
    """D_k against A_k, a row for each task and a panel for each filter; the control stands last in the first row."""
    rows = [[network for network in networks if network.settings.kind == kind] for kind in (1, 2)]
    rows[0] += [network for network in networks if network.control]
    columns = len(rows[0])
    figure, axes = plt.subplots(
        2, columns, figsize=(2.5 * columns + 1, 6), layout="constrained", sharey=True, squeeze=False
    )
    for line, shown in zip(axes, rows, strict=True):
        line[0].set_ylabel("$D_k$")
        for axis, network in zip(line, shown, strict=False):
            _draw_panel(axis, network)
        for axis in line[len(shown) :]:
            axis.remove()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def draw_filters(networks: Sequence[NetworkJudgement]) -> Figure:
    """Mean filters where s does not divide F, beside the homogeneous filter and two that satisfy the sum rule."""
    shown = [network for network in networks if network.must_choose]
    shown += [network for network in networks if network.control]
    figure, axes = plt.subplots(
        1, len(shown), figsize=(3.1 * len(shown) + 0.6, 3.6), layout="constrained", squeeze=False
    )
    for axis, network in zip(axes[0], shown, strict=True):
        _draw_mean_filters(axis, network)
    axes[0, 0].set_ylabel("mean filter $w(o)$, sum 1")
    first = {label: handle for axis in axes[0] for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(first.values(), first.keys(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def draw_points(axis: Axes, network: NetworkJudgement, quantity: str, marker: str, color: str) -> None:
    """Twice Eq. 1 of the trained networks, in the layers judged."""
    judged, counted = network.judged, network.trained.counted
    if len(counted):
        values = 2 * getattr(network.trained.measurements.measured, quantity)[counted][:, judged]
        field = network.homogeneous.receptive_field[judged]
        axis.errorbar(field, values.mean(0), values.std(0), fmt=marker, ms=5, color=color, mec="k", mew=0.5, capsize=2)


def plain_ticks(axis: Axes) -> None:
    """Label a short logarithmic axis of A_k with 2, 5, 10, …"""
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_locator(NullLocator())


def _draw_panel(axis: Axes, network: NetworkJudgement) -> None:
    field, judged, trained = network.homogeneous.receptive_field, network.judged, network.trained
    axis.axvspan(field[judged][0] / 1.15, field[judged][-1] * 1.15, color="0.93", label="layers judged")
    axis.plot(field, network.homogeneous.D, "k-", marker="+", lw=1, label="simulation: homogeneous filters")
    for curves, style, name in (
        (trained.measurements.own, "g-", "simulation: the networks' mean filters"),
        (trained.measurements.nearest, "r--", "simulation: sum-rule filters nearest to them"),
    ):
        if len(trained.counted):
            axis.plot(field[judged], curves.D[trained.counted][:, judged].mean(0), style, lw=1.2, label=name)
    for stage, color, name in ((network.untrained, "0.6", "untrained"), (trained, "C0", "trained")):
        if len(stage.counted):
            values = stage.measurements.measured.D[stage.counted]
            label = f"networks, {name}, ± seeds"
            axis.errorbar(field, values.mean(0), values.std(0), fmt="o", ms=4, color=color, capsize=2, label=label)
    exponent = f": $D_k \\sim A_k^{{{trained.slope.mean():.2f}}}$" if len(trained.slope) else ""
    axis.set_title(network.settings.name + exponent, fontsize=8)
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)")
    plain_ticks(axis)


def _draw_mean_filters(axis: Axes, network: NetworkJudgement) -> None:
    size, stride, counted = network.settings.filter_size, network.settings.stride, network.trained.counted
    o, homogeneous = np.arange(size), np.full(size, 1 / size)
    for weights, style, name in (
        (homogeneous, "k-", "homogeneous"),
        (nearest(homogeneous, stride), "r--", "sum rule: nearest to homogeneous"),
        (np.where(o < stride, 1 / stride, 0), "r:", "sum rule: one block"),
    ):
        shown = ", ".join(f"{weight:.2g}" for weight in weights)
        axis.plot(o, weights, style, lw=1, label=f"theory: {name}, [{shown}]")
    for k in network.layers_judged if len(counted) else ():
        filters = network.trained.measurements.filters[counted, k - 1]
        axis.errorbar(
            o + 0.06 * (k - 2), filters.mean(0), filters.std(0), fmt="o", ms=4, color=f"C{k - 1}", capsize=2,
            label=f"networks: layer {k}, ± seeds",
        )  # fmt: skip
    axis.set(xlabel="offset $o$ (pixels)", xticks=o)
    axis.set_title(f"{network.settings.name} ({len(counted)} seeds)", fontsize=9)
