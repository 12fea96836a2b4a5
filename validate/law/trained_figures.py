"""What trained networks do beside the exact curves: D_k of every case, and their mean filters."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter

from theory.sum_rule import nearest
from validate.law.preference import slopes
from validate.law.trained import Trained
from validate.law.verdict import Answer


def networks(answer: Answer) -> Figure:
    """D_k against A_k, a row for each task and a panel for each filter; the control stands last in the first row."""
    rows = [[one for one in answer.trained if one.case.kind == kind] for kind in (1, 2)]
    rows[0] += answer.parity
    columns = len(rows[0])
    figure, axes = plt.subplots(
        2, columns, figsize=(2.5 * columns + 1, 6), layout="constrained", sharey=True, squeeze=False
    )
    for line, shown in zip(axes, rows, strict=True):
        line[0].set_ylabel("$D_k$")
        for axis, one in zip(line, shown, strict=False):
            _panel(axis, one)
        for axis in line[len(shown) :]:
            axis.remove()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def filters(answer: Answer) -> Figure:
    """Mean filters where s does not divide F, beside the homogeneous filter and two that satisfy the sum rule."""
    shown = [*answer.divided, *answer.parity]
    figure, axes = plt.subplots(
        1, len(shown), figsize=(3.1 * len(shown) + 0.6, 3.6), layout="constrained", squeeze=False
    )
    for axis, one in zip(axes[0], shown, strict=True):
        size, stride = one.case.filter_size, one.case.stride
        o, box = np.arange(size), np.full(size, 1 / size)
        block = np.where(o < stride, 1 / stride, 0)
        for weights, style, name in (
            (box, "k-", "homogeneous"),
            (nearest(box, stride), "r--", "sum rule: nearest to homogeneous"),
            (block, "r:", "sum rule: one block"),
        ):
            axis.plot(o, weights, style, lw=1, label=f"theory: {name}, {_filter(weights)}")
        counted = one.counted(one.after)
        for k in np.flatnonzero(one.window) if len(counted) else ():
            found = one.after.filters[counted, k]
            axis.errorbar(
                o + 0.06 * (k - 1), found.mean(0), found.std(0), fmt="o", ms=4, color=f"C{k}", capsize=2,
                label=f"networks: layer {k + 1}, ± seeds",
            )  # fmt: skip
        axis.set(title=f"{one.case.name} ({len(counted)} seeds)", xlabel="offset $o$ (pixels)", xticks=o)
        axis.title.set_fontsize(9)
    axes[0, 0].set_ylabel("mean filter $w(o)$, sum 1")
    first = {label: handle for axis in axes[0] for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(first.values(), first.keys(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def points(axis: Axes, one: Trained, quantity: str, marker: str, color: str) -> None:
    """Twice Eq. 1 of the networks, in the layers judged."""
    field, counted = one.homogeneous.receptive_field[one.window], one.counted(one.after)
    if len(counted):
        values = 2 * getattr(one.after.measured, quantity)[counted][:, one.window]
        axis.errorbar(field, values.mean(0), values.std(0), fmt=marker, ms=5, color=color, mec="k", mew=0.5, capsize=2)


def _panel(axis: Axes, one: Trained) -> None:
    field, judged = one.homogeneous.receptive_field, one.window
    axis.axvspan(field[judged][0] / 1.15, field[judged][-1] * 1.15, color="0.93", label="layers judged")
    axis.plot(field, one.homogeneous.D, "k-", marker="+", lw=1, label="simulation: homogeneous filters")
    for curves, style, name in (
        (one.after.own, "g-", "simulation: the networks' mean filters"),
        (one.after.nearest, "r--", "simulation: sum-rule filters nearest to them"),
    ):
        mean = curves.D[one.counted(one.after)][:, judged]
        if len(mean):
            axis.plot(field[judged], mean.mean(0), style, lw=1.2, label=name)
    for witness, color, name in ((one.before, "0.6", "networks, untrained"), (one.after, "C0", "networks, trained")):
        values = witness.measured.D[one.counted(witness)]
        if len(values):
            axis.errorbar(
                field, values.mean(0), values.std(0), fmt="o", ms=4, color=color, capsize=2, label=f"{name}, ± seeds"
            )
    found = slopes(one, one.after.measured.D[one.counted(one.after)])
    exponent = f": $D_k \\sim A_k^{{{found.mean():.2f}}}$" if len(found) else ""
    axis.set_title(one.case.name + exponent, fontsize=8)
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)")
    plain_ticks(axis)


def plain_ticks(axis: Axes) -> None:
    """Label a short logarithmic axis of A_k with 2, 5, 10, …"""
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.xaxis.set_minor_locator(NullLocator())


def _filter(weights: np.ndarray) -> str:
    return "[" + ", ".join(f"{weight:.2g}" for weight in weights) + "]"
