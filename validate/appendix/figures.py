"""The appendix in pictures: kernel, rates, ring, corrections, dimension, initialisation."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from validate.appendix.conditions import TOLERANCE
from validate.appendix.corrections import NAIVE_TOLERANCE
from validate.appendix.judgement import Judgement
from validate.appendix.untrained import Initialization
from validate.files import write_figure

QUANTITIES = ("D", "G")
ORDERS = (r"$\frac{3}{20}\frac{F^2+1}{F^2-1}\,k^{-1}$", "second Edgeworth term, $k^{-2}$")
RING_CHANGES = {
    "kernel": r"$\sup_a |h_{ring} - h_{line}| / \max_a h$",
    "D": "$1 - D_{ring}/D_{line}$",
    "G": "$1 - G_{ring}/G_{line}$, less constant",
}


def draw(judgement: Judgement, folder: Path) -> list[Path]:
    """Write all figures, atomically; the paths, in the order of the appendix."""
    paths = []
    for picture in (kernel, rates, ring, corrections, dimension, initialization):
        paths.append(folder / f"appendix-{picture.__name__}.png")
        write_figure(paths[-1], picture(judgement))
    return paths


def kernel(judgement: Judgement) -> Figure:
    """M^k δ beside the printed and the exact Gaussian, for two filters."""
    figure, axes = _panels(len(judgement.kernels), 3)
    for row, (size, kernels) in zip(axes, judgement.kernels.items(), strict=True):
        for axis, drawn in zip(row, kernels, strict=True):
            axis.plot(drawn.a, drawn.simulated, "ko", ms=3, label="simulation: exact operator")
            axis.plot(drawn.grid, drawn.exact, "r-", lw=1, label="theory: exact $v$, $D$")
            axis.plot(drawn.grid, drawn.printed, "b--", lw=1, label="as printed, Eqs. 11, 12")
            axis.set_title(f"$F = {size}$, $k = {drawn.layer}$", fontsize=10)
        row[0].set_ylabel("$h_k(a)$")
    for axis in axes[-1]:
        axis.set_xlabel("$a - i$ (pixels)")
    return _legend_below(figure, axes[0, 0])


def rates(judgement: Judgement) -> Figure:
    """Relative sup-norm error against k, with the predicted powers and constants."""
    figure, axes = _panels(1, min(4, len(judgement.filters)))
    for axis, judged in zip(axes[0], judgement.filters, strict=False):
        for rate, color, order in zip(judged.rates, ("C3", "C2"), ORDERS, strict=True):
            axis.plot(rate.layers, rate.error, "o", color=color, ms=4, label=f"simulation − {rate.name}")
            line = rate.predicted_constant * rate.layers ** float(rate.predicted)
            axis.plot(rate.layers, line, "-", color=color, lw=1, label=f"theory: {order}")
        for rival, color, marker in zip(judged.rivals, ("b", "0.5"), "s^", strict=False):
            name = rival.name if rival.name.startswith("Gaussian") else f"Gaussian with {rival.name}"
            axis.plot(rival.layers, rival.error, marker, color=color, ms=4, label=f"simulation − {name}")
        axis.set(xscale="log", yscale="log", xlabel="$k$", title=f"$F = {judged.filter_size}$")
    axes[0, 0].set_ylabel(r"$\sup_a |h_k - p_k| \, / \, \max_a h_k$")
    return _legend_below(figure, axes[0, 0])


def ring(judgement: Judgement) -> Figure:
    """What the ring changes against the paper's F√k/L and against A_k/L, where all F and L are one curve."""
    figure, axes = _panels(1, 2, width=5.2)
    (paper, collapsed), data = axes[0], judgement.crossover
    for n, (quantity, curve) in enumerate(data.curves.items()):
        theory = {"color": f"C{n}", "lw": 1}
        label = f"theory: wrapped Gaussian, {RING_CHANGES[quantity]}"
        collapsed.plot(data.grid, np.abs(curve), label=label, **theory)
        paper.plot(np.sqrt(12) * data.grid, np.abs(curve), **theory)
    for n, quantity in enumerate(data.curves):
        for size, marker in zip(judgement.settings.filter_sizes, "os^Dv<>ph*" * len(data.field), strict=False):
            chosen = data.filter_size == size
            changes, width = np.abs(data.errors[quantity][chosen]), data.width[chosen]
            style = {"ls": "", "marker": marker, "color": f"C{n}", "mfc": "none", "ms": 5}
            label = "" if n else f"simulation, F = {size}, two L"
            paper.plot(np.sqrt(12) * data.paper_field[chosen] / width, changes, **style)
            collapsed.plot(data.field[chosen] / width, changes, label=label, **style)
    paper.set(xlabel=r"$F\sqrt{k}/L$, as App. A measures", ylabel="what the ring changes")
    collapsed.set(xlabel="$A_k/L$")
    for axis in axes[0]:
        axis.axhline(TOLERANCE, color="0.7", lw=1, zorder=0)
        axis.set(xscale="log", yscale="log", ylim=(1e-7, 2))
    return _legend_below(figure, collapsed, columns=2)


def corrections(judgement: Judgement) -> Figure:
    """Local slopes of D_k and G_k against k: operator, expansions, asymptote."""
    figure, axes = _panels(1, 2, width=5.2)
    for n, judged in enumerate(judgement.filters):
        style, name = {"color": f"C{n % 10}", "ms": 4, "lw": 1}, f"F = {judged.filter_size}"
        for axis, depths in zip(axes[0], judged.finite_depth, strict=True):
            axis.plot(depths.layers, depths.slopes, "o", label=f"simulation, {name}", **style)
            axis.plot(depths.layers, depths.predicted_slopes, label=f"theory with correction, {name}", **style)
    for axis, depths in zip(axes[0], judgement.filters[0].finite_depth, strict=True):
        band = (depths.exponent - NAIVE_TOLERANCE, depths.exponent + NAIVE_TOLERANCE)
        axis.axhspan(*band, color="0.9", zorder=0, label="asymptotic exponent ± 0.05")
        axis.set(xscale="log", xlabel="$k$", ylabel=rf"$d \ln {depths.quantity}_k / d \ln A_k$")
    axes[0, 0].set_ylim(-2.3, -1)
    return _legend_below(figure, axes[0, 0])


def dimension(judgement: Judgement) -> Figure:
    """D_k and G_k against A_k on lines, planes and volumes, with the asymptotic laws."""
    figure, axes = _panels(1, 2, width=5.2)
    for judged in judgement.dimensions:
        field, color, filled = judged.simulated.receptive_field, f"C{judged.dim - 1}", judged.stride == "filter"
        style = {"marker": "os^"[judged.dim - 1], "color": color, "ls": "", "ms": 5, "mfc": color if filled else "none"}
        label = f"simulation, d = {judged.dim}, {'F = s = 2' if filled else 'F = 3, s = 1'}"
        for axis, law in zip(axes[0], judged.laws, strict=True):
            axis.plot(field, getattr(judged.simulated, law.quantity), label=label, **style)
            axis.plot(field, law.prefactor * field ** float(law.predicted), color=color, lw=1)
    axes[0, 0].plot([], [], "k-", lw=1, label="theory: power of $A_k$ with prefactor")
    for axis, quantity in zip(axes[0], QUANTITIES, strict=True):
        axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel=f"${quantity}_k$")
    return _legend_below(figure, axes[0, 0])


def initialization(judgement: Judgement) -> Figure:
    """Untrained networks of growing width beside the infinite network, and how their spread falls."""
    figure, axes = _panels(1, 3)
    start, layers = judgement.initialization, judgement.initialization.infinite.layer
    for axis, (quantity, curve) in zip(axes[0], start.same_noises.items(), strict=False):
        for n, (width, networks) in enumerate(start.networks.items()):
            mean, spread = networks[quantity].mean(axis=0), networks[quantity].std(axis=0, ddof=1)
            style = {"fmt": "o", "ms": 3, "lw": 1, "color": f"C{n}"}
            axis.errorbar(layers + 0.12 * n, mean, spread, label=f"networks, untrained, H = {width}", **style)
        axis.plot(layers, curve, "k-", lw=1.5, label="theory: infinite width")
        axis.axhline(curve[0], color="b", ls="--", lw=1, label='"constant" (Section 4.1)')
        axis.set(xlabel="$k$", ylabel=f"${quantity}_k$")
    _width_panel(axes[0, 2], start)
    return _legend_below(figure, axes[0, 0])


def _width_panel(axis: Axes, start: Initialization) -> None:
    widths = np.array(list(start.networks))
    for compared, color in zip(start.to_infinite, ("C3", "C4"), strict=True):
        name = f"spread of $\\ln {compared.quantity}_k$ about it"
        axis.plot(widths, compared.spread, "o", color=color, label=name)
        axis.plot(widths, compared.prefactor / np.sqrt(widths), color=color, lw=1, label="$\\propto H^{-1/2}$")
    axis.set(xscale="log", yscale="log", xlabel="width $H$", ylabel="root mean square of $\\ln X_k/X_k^{\\infty}$")
    axis.set_xticks(widths, [str(width) for width in widths])
    axis.set_yticks([0.05, 0.1, 0.2, 0.3], ["0.05", "0.1", "0.2", "0.3"])
    axis.minorticks_off()
    axis.legend(fontsize=8, frameon=False)


def _panels(rows: int, columns: int, width: float = 4.0) -> tuple[Figure, np.ndarray]:
    return plt.subplots(rows, columns, figsize=(width * columns, 3.4 * rows + 0.8), layout="constrained", squeeze=False)


def _legend_below(figure: Figure, axis: Axes, columns: int = 3) -> Figure:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=8)
    return figure
