"""Figs. 4, 8, 9, 12 and 14: outputs, layers and filters of deep networks."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from nets.models.spectra import Spectrum
from validate.deep.correlation import Correlation
from validate.deep.networks import Curves, Networks
from validate.deep.report import QUANTITIES, interval
from validate.files import write_figure

COLOURS = plt.get_cmap("tab20").colors  # type: ignore[attr-defined]


def draw_correlation(networks: Sequence[Networks], found: dict[str, Correlation], least: float, path: Path) -> None:
    """Write Fig. 8: the test error ε against D_f, G_f, R_f of the output. `least`: where errors of 0 are drawn."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.8), layout="constrained", sharey=True)
    for axis, quantity in zip(axes, QUANTITIES, strict=True):
        for n, one in enumerate(networks):
            x, y = getattr(one.after, quantity)[:, -1], np.maximum(one.errors, least)
            axis.plot(x, y, ".", color=COLOURS[n % 20], ms=5, alpha=0.6)
            axis.plot(x.mean(), max(one.errors.mean(), least), "o", color=COLOURS[n % 20], ms=9, label=one.architecture)
        rho = found[quantity]
        axis.set(xscale="log", yscale="log", xlabel=f"${quantity}_f$")
        families = f"{rho.family_rho:+.2f} {interval(rho.family_normal)}, p = {rho.p:.2g}"
        axis.set_title(f"ρ = {rho.rho:+.2f}\n{rho.family_count} families: {families}: {rho.verdict}", fontsize=9)
    axes[0].set_ylabel("test error $ε$")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=7, frameon=False)
    figure.suptitle("Trained networks on scale detection in the plane: means over seeds; small: each seed", fontsize=11)
    write_figure(path, figure)


def draw_depth(networks: Sequence[Networks], theory: dict[str, Curves | None], path: Path) -> None:
    """Write Fig. 9: D_k, G_k, R_k against relative depth, a row for each architecture, with the networks before
    training, those with shuffled channels, and the homogeneous network.
    """
    rows = len(networks)
    figure, axes = plt.subplots(rows, 3, figsize=(12, 1.2 + 3.1 * rows), layout="constrained", squeeze=False)
    for line, one in zip(axes, networks, strict=True):
        for axis, quantity in zip(line, QUANTITIES, strict=True):
            _band(axis, one.depth, getattr(one.before, quantity), "0.6", "-", "networks, untrained")
            exact = theory[one.architecture]
            if exact is not None:
                values = getattr(exact, quantity)[0]
                axis.plot(one.depth[: len(values)], values, "k-", lw=1.5, label="simulation: homogeneous filters")
            _band(axis, one.depth, getattr(one.after, quantity), "C0", "o-", "networks, trained")
            if one.shuffled is not None:
                _band(axis, one.depth, getattr(one.shuffled, quantity), "C0", "s--", "networks, channels shuffled")
            axis.set(yscale="log", xlabel="relative depth $k/K$", ylabel=f"${quantity}_k$")
        line[1].set_title(one.architecture)
    entries = {
        label: handle for axis in axes[:, 0] for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle("Layer by layer: means and ranges over seeds; the last point is the output", fontsize=11)
    write_figure(path, figure)


def draw_spectra(networks: Sequence[Networks], path: Path) -> None:
    """Write Figs. 4 and 14: power of filters by frequency, a panel for each convolution, before and after training, in
    units of the untrained filters' mean over modes and seeds.
    """
    columns = max(len(one.spectra) for one in networks)
    figure, axes = plt.subplots(
        len(networks), columns, figsize=(1.2 + 1.7 * columns, 0.9 + 2.5 * len(networks)),
        layout="constrained", squeeze=False, sharey="row",
    )  # fmt: skip
    for line, one in zip(axes, networks, strict=True):
        for axis in line[len(one.spectra) :]:
            axis.set_visible(False)
        for k, (axis, filters) in enumerate(zip(line, one.spectra.values(), strict=False), start=1):
            before, after = (
                np.array([spectrum.power / spectrum.multiplicities for spectrum in spectra])
                for spectra in (filters.before, filters.after)
            )
            modes, unit = filters.before[0].eigenvalues, _mean_power(filters.before)
            _band(axis, modes, before / unit, "0.5", ":", "networks, untrained")
            _band(axis, modes, after / unit, "C0", "o-", "networks, trained")
            axis.set(xlabel="$λ_l$", title=f"$k = {k}$")
        line[0].set_ylabel(f"{one.architecture}: $γ_{{k,l}}$ / untrained mean")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(
        "Power of the filters by mode of the grid's Laplacian (Eq. 3), mean over each eigenspace; λ = 0: constant",
        fontsize=10,
    )
    write_figure(path, figure)


def draw_roughness(networks: Sequence[Networks], path: Path) -> None:
    """Write Fig. 12: the aggregate over frequencies, convolution by convolution, before and after training."""
    figure, axis = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
    for n, one in enumerate(networks):
        depth = np.arange(1, len(one.spectra) + 1) / len(one.spectra)
        for when, style in (("before", ":"), ("after", "o-")):
            values = np.array([[s.roughness for s in getattr(filters, when)] for filters in one.spectra.values()]).T
            label = one.architecture if when == "after" else None
            _band(axis, depth, values, f"C{n}", style, label)
    axis.plot([], [], "k:", label="networks, untrained")
    axis.plot([], [], "ko-", ms=4, label="networks, trained")
    axis.axhline(0, color="k", lw=1.5, label="theory: homogeneous filters")
    axis.axhline(1, color="0.7", lw=1, label="theory: random filters, on average")
    axis.set(
        xlabel="convolution, relative depth",
        ylabel=r"$N(\Sigma_l λ_l)^{-1}\langle\|w\|^2\rangle^{-1}\ \Sigma_l λ_l\langle(Ψ_l\cdot w)^2\rangle$",
    )
    axis.legend(fontsize=8, ncols=2)
    write_figure(path, figure)


def _mean_power(spectra: Sequence[Spectrum]) -> float:
    """⟨‖w‖²⟩/N: γ of one mode on average."""
    return float(np.mean([spectrum.power.sum() / spectrum.multiplicities.sum() for spectrum in spectra]))


def _band(axis: Axes, x: np.ndarray, values: np.ndarray, colour: str, style: str, label: str | None) -> None:
    """Mean and range over seeds of (S, N) numbers."""
    axis.plot(x, values.mean(0), style, color=colour, ms=4, label=label)
    axis.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.2, lw=0)
