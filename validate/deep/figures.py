"""Figs. 3, 4 and 8 to 14: outputs, layers and filters of deep networks."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import NullFormatter

from nets.models.spectra import Spectrum
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import QUANTITIES, Judgement
from validate.deep.settings import CORRELATED, DEPTH
from validate.deep.tables import interval
from validate.files import write_figure

COLOURS = plt.get_cmap("tab20").colors  # type: ignore[attr-defined]


def draw(judgement: Judgement, path: Path) -> None:
    """Write the figure that the judgement is of."""
    write_figure(path, picture(judgement))


def picture(judgement: Judgement) -> Figure:
    """The figure that the judgement is of."""
    if judgement.figure in CORRELATED:
        return _draw_correlation(judgement)
    if judgement.figure in DEPTH:
        return _draw_depth(judgement.trained)
    return filters_picture(judgement.figure, [("", ensemble) for ensemble in judgement.trained])


def draw_filters(figure: str, shown: Sequence[tuple[str, Ensemble]], path: Path) -> None:
    """Write Fig. 4, 12, 13 or 14 of networks, each with the name of its data set, "" where there is one alone."""
    write_figure(path, filters_picture(figure, shown))


def filters_picture(figure: str, shown: Sequence[tuple[str, Ensemble]]) -> Figure:
    """The same, not written."""
    return (_draw_roughness if figure == "12" else _draw_spectra)(shown)


def _draw_correlation(judgement: Judgement) -> Figure:
    """Fig. 8: the test error ε against D_f, G_f, R_f of the output."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.8), layout="constrained", sharey=True)
    for axis, quantity in zip(axes, QUANTITIES, strict=True):
        scatter(axis, judgement, quantity)
    axes[0].set_ylabel("test error $ε$")
    correlation_legend(figure, axes[0])
    figure.suptitle("Trained networks: means over seeds; small: each seed", fontsize=11)
    return figure


def scatter(axis: Axes, judgement: Judgement, quantity: str) -> None:
    """ε against one sensitivity of the output, with ρ; errors of 0 are drawn at half an image."""
    least = 1 / (2 * judgement.test_images)
    for n, ensemble in enumerate(judgement.trained):
        x, y, colour = getattr(ensemble.after, quantity)[:, -1], ensemble.test_error, COLOURS[n % 20]
        axis.plot(x, np.maximum(y, least), ".", color=colour, ms=5, alpha=0.6)
        axis.plot(x.mean(), max(y.mean(), least), "o", color=colour, ms=9, label=ensemble.architecture)
    rho = judgement.correlations["correlation"][quantity]
    axis.set(xscale="log", yscale="log", xlabel=f"${quantity}_f$")
    axis.xaxis.set_minor_formatter(NullFormatter())  # labels of minor ticks overlap
    families = f"{rho.family_rho:+.2f} {interval(rho.family_normal)}, p = {rho.p:.2g}"
    axis.set_title(f"ρ = {rho.rho:+.2f}\n{rho.family_count} families: {families}: {rho.verdict}", fontsize=9)


def correlation_legend(figure: FigureBase, axis: Axes, columns: int = 7) -> None:
    """The architectures, below."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)


def _draw_depth(ensembles: Sequence[Ensemble]) -> Figure:
    """Figs. 3, 9, 11: D_k, G_k, R_k against relative depth, a row for each architecture, with the networks before
    training, those with shuffled channels, and the homogeneous network.
    """
    rows = len(ensembles)
    figure, axes = plt.subplots(rows, 3, figsize=(12, 1.2 + 3.1 * rows), layout="constrained", squeeze=False)
    for row, ensemble in zip(axes, ensembles, strict=True):
        for axis, quantity in zip(row, QUANTITIES, strict=True):
            _band(axis, ensemble.depth, getattr(ensemble.before, quantity), "0.6", "-", "networks, untrained")
            if ensemble.homogeneous is not None:
                values = getattr(ensemble.homogeneous, quantity)[0]
                axis.plot(ensemble.depth[: len(values)], values, "k-", lw=1.5, label="simulation: homogeneous filters")
            _band(axis, ensemble.depth, getattr(ensemble.after, quantity), "C0", "o-", "networks, trained")
            if ensemble.shuffled is not None:
                shuffled = getattr(ensemble.shuffled, quantity)
                _band(axis, ensemble.depth, shuffled, "C0", "s--", "networks, channels shuffled")
            axis.set(yscale="log", xlabel="relative depth $k/K$", ylabel=f"${quantity}_k$")
        row[1].set_title(ensemble.architecture)
    entries = {
        label: handle for axis in axes[:, 0] for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle("Layer by layer: means and ranges over seeds; the last point is the output", fontsize=11)
    return figure


def _draw_spectra(shown: Sequence[tuple[str, Ensemble]]) -> Figure:
    """Figs. 4, 13 and 14: power of filters by frequency, a panel for each convolution, before and after training, in
    units of the untrained filters' mean over modes and seeds.
    """
    columns = max(len(ensemble.spectra) for _, ensemble in shown)
    figure, axes = plt.subplots(
        len(shown), columns, figsize=(1.2 + 1.7 * columns, 0.9 + 2.5 * len(shown)),
        layout="constrained", squeeze=False, sharey="row",
    )  # fmt: skip
    for row, (data, ensemble) in zip(axes, shown, strict=True):
        for axis in row[len(ensemble.spectra) :]:
            axis.set_visible(False)
        for k, (axis, filters) in enumerate(zip(row, ensemble.spectra.values(), strict=False), start=1):
            before, after = (
                np.array([spectrum.power / spectrum.multiplicities for spectrum in spectra])
                for spectra in (filters.before, filters.after)
            )
            modes, unit = filters.before[0].eigenvalues, _mean_power(filters.before)
            _band(axis, modes, before / unit, "0.5", ":", "networks, untrained")
            _band(axis, modes, after / unit, "C0", "o-", "networks, trained")
            axis.set(xlabel="$λ_l$", title=f"$k = {k}$")
        name = f"{data}, {ensemble.architecture}" if data else ensemble.architecture
        row[0].set_ylabel(f"{name}:\n$γ_{{k,l}}$ / untrained mean")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(
        "Power of the filters by mode of the grid's Laplacian (Eq. 3), mean over each eigenspace; λ = 0: constant",
        fontsize=10,
    )
    return figure


def _draw_roughness(shown: Sequence[tuple[str, Ensemble]]) -> Figure:
    """Fig. 12: the aggregate over frequencies, convolution by convolution, before and after training; a panel for each
    data set.
    """
    names = list(dict.fromkeys(data for data, _ in shown))
    figure, axes = plt.subplots(
        1, len(names), figsize=(7.5 if len(names) == 1 else 5.2 * len(names), 4.8),
        layout="constrained", squeeze=False, sharey=True,
    )  # fmt: skip
    for axis, name in zip(axes[0], names, strict=True):
        _draw_roughness_of(axis, [ensemble for data, ensemble in shown if data == name])
        axis.set_title(name)
    axes[0, 0].set_ylabel(r"$N(\Sigma_l λ_l)^{-1}\langle\|w\|^2\rangle^{-1}\ \Sigma_l λ_l\langle(Ψ_l\cdot w)^2\rangle$")
    return figure


def _draw_roughness_of(axis: Axes, ensembles: Sequence[Ensemble]) -> None:
    for n, ensemble in enumerate(ensembles):
        depth = np.arange(1, len(ensemble.spectra) + 1) / len(ensemble.spectra)
        for when, style in (("before", ":"), ("after", "o-")):
            values = np.array(
                [[spectrum.roughness for spectrum in getattr(filters, when)] for filters in ensemble.spectra.values()]
            ).T
            label = ensemble.architecture if when == "after" else None
            _band(axis, depth, values, f"C{n}", style, label)
    axis.plot([], [], "k:", label="networks, untrained")
    axis.plot([], [], "ko-", ms=4, label="networks, trained")
    axis.axhline(0, color="k", lw=1.5, label="theory: homogeneous filters")
    axis.axhline(1, color="0.7", lw=1, label="theory: random filters, on average")
    axis.set_xlabel("convolution, relative depth")
    axis.legend(fontsize=8, ncols=2)


def _mean_power(spectra: Sequence[Spectrum]) -> float:
    """⟨‖w‖²⟩/N: γ of one mode on average."""
    return float(np.mean([spectrum.power.sum() / spectrum.multiplicities.sum() for spectrum in spectra]))


def _band(axis: Axes, x: np.ndarray, values: np.ndarray, colour: str, style: str, label: str | None) -> None:
    """Mean and range over seeds of (S, N) numbers."""
    axis.plot(x, values.mean(0), style, color=colour, ms=4, label=label)
    axis.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.2, lw=0)
