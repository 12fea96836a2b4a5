"""The appendix in pictures: kernel, rates, ring, corrections, dimension, initialisation."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theory import printed, random_walk, ring, scaling
from theory.scaling import prefactor
from validate.appendix import conditions, convergence, untrained
from validate.appendix.conditions import QUANTITIES
from validate.appendix.proof import Proof
from validate.files import write_figure

KERNEL_LAYERS = (2, 12, 100)
RECEPTIVE_FIELD = "receptive field $A_k$ (pixels)"


def draw(proof: Proof, folder: Path) -> list[Path]:
    """Write all figures, atomically; the paths, in the order of the appendix."""
    paths = []
    for name, picture in (
        ("kernel", kernel),
        ("rates", rates),
        ("ring", crossover),
        ("corrections", corrections),
        ("dimension", dimension),
        ("initialization", initialization),
    ):
        paths.append(folder / f"appendix-{name}.png")
        write_figure(paths[-1], picture(proof))
    return paths


def kernel(proof: Proof) -> Figure:
    """M^k δ beside the Gaussian as printed and the exact one, in units of A_k, for two filters."""
    shown = proof.filters[:2]
    figure, axes = _panels(len(shown), len(KERNEL_LAYERS))
    for row, one in zip(axes, shown, strict=True):
        for axis, k in zip(row, KERNEL_LAYERS, strict=True):
            _kernel_panel(axis, one.size, k)
            axis.set_title(f"$F = {one.size}$, $k = {k}$", fontsize=10)
        row[0].set_ylabel("$h_k(a)$")
    for axis in axes[-1]:
        axis.set_xlabel("$a - i$ (pixels)")
    return _legend_below(figure, axes[0, 0])


def _kernel_panel(axis: Axes, size: int, k: int) -> None:
    kind = random_walk.parity_of(size)
    field = float(np.sqrt(conditions.step_variance(size) * k))
    (v, d), (v_said, d_said) = (
        [float(c(kind).subs(random_walk.F, size)) for c in (source.drift, source.diffusion)]
        for source in (random_walk, printed)
    )
    a = convergence.positions(size, k)
    ends = (min(-v * k, -v_said * k) - 4.5 * field, max(-v * k, -v_said * k) + 4.5 * field)
    near = (a > ends[0] - 1) & (a < ends[1] + 1)
    fine = np.linspace(*ends, 400)
    axis.plot(a[near], convergence.lattice_kernel(size, k, a)[near], "ko", ms=3, label="simulation: exact operator")
    axis.plot(fine, convergence.gaussian(v, d)(fine, k), "r-", lw=1, label="theory: exact $v$, $D$")
    axis.plot(fine, convergence.gaussian(v_said, d_said)(fine, k), "b--", lw=1, label="as printed, Eqs. 11, 12")


def rates(proof: Proof) -> Figure:
    """Relative sup-norm error against k, with the predicted powers and constants."""
    figure, axes = _panels(1, min(4, len(proof.filters)))
    layers = convergence.LAYERS
    for axis, one in zip(axes[0], proof.filters, strict=False):
        for n, (rate, color) in enumerate(zip(one.rates, ("C3", "C2"), strict=True)):
            axis.plot(layers, rate.error, "o", color=color, ms=4, label=f"simulation − {rate.name}")
            line = rate.predicted_constant * layers ** float(rate.predicted)
            axis.plot(layers, line, "-", color=color, lw=1, label=f"theory: {_constant(n)}")
        axis.plot(layers, one.rivals[0].error, "bs", ms=4, label="simulation − Gaussian as printed")
        axis.plot(
            layers, one.rivals[1].error, "^", color="0.5", ms=4, label="simulation − Gaussian with D wrong by 2 %"
        )
        axis.set(xscale="log", yscale="log", xlabel="$k$", title=f"$F = {one.size}$")
    axes[0, 0].set_ylabel(r"$\sup_a |h_k - p_k| \, / \, \max_a h_k$")
    return _legend_below(figure, axes[0, 0])


def _constant(order: int) -> str:
    return r"$\frac{3}{20}\frac{F^2+1}{F^2-1}\,k^{-1}$" if order == 0 else "second Edgeworth term, $k^{-2}$"


def crossover(proof: Proof) -> Figure:
    """What the ring changes against the paper's F√k/L and against A_k/L, where all F and L are one curve."""
    figure, axes = _panels(1, 2, width=5.2)
    curve = np.geomspace(0.1, 0.5, 200)
    labels = {
        "kernel": r"$\sup_a |h_{ring} - h_{line}| / \max_a h$",
        "D": "$1 - D_{ring}/D_{line}$",
        "G": "$1 - G_{ring}/G_{line}$, less constant",
    }
    sizes = sorted({one.filter_size for one in proof.crossover})
    for n, quantity in enumerate(QUANTITIES):
        theory = np.abs(sp.lambdify(ring.u, ring.relative_error(quantity))(curve))
        axes[0, 1].plot(curve, theory, "-", color=f"C{n}", lw=1, label=f"theory: wrapped Gaussian, {labels[quantity]}")
        axes[0, 0].plot(np.sqrt(12) * curve, theory, "-", color=f"C{n}", lw=1)
    for n in range(len(QUANTITIES)):
        for size, marker in zip(sizes, "os^Dv<>ph*" * len(sizes), strict=False):
            points = [one for one in proof.crossover if one.filter_size == size]
            y = [abs(one.errors[n]) for one in points]
            label = f"simulation, F = {size}, two L" if n == 0 else None
            style = {"ls": "", "marker": marker, "color": f"C{n}", "mfc": "none", "ms": 5}
            axes[0, 0].plot([one.paper_variable for one in points], y, **style)
            axes[0, 1].plot([one.field / one.width for one in points], y, label=label, **style)
    axes[0, 0].set(xlabel=r"$F\sqrt{k}/L$, as App. A measures", ylabel="what the ring changes")
    axes[0, 1].set(xlabel="$A_k/L$")
    for axis in axes[0]:
        axis.axhline(conditions.TOLERANCE, color="0.7", lw=1, zorder=0)
        axis.set(xscale="log", yscale="log", ylim=(1e-7, 2))
    return _legend_below(figure, axes[0, 1], columns=2)


def corrections(proof: Proof) -> Figure:
    """Local slopes of D_k and G_k against k: operator, expansions, asymptote."""
    figure, axes = _panels(1, 2, width=5.2)
    for one, color in zip(proof.filters, _colors(len(proof.filters)), strict=True):
        s = one.slopes
        for axis, quantity in zip(axes[0], ("D", "G"), strict=True):
            found, said = getattr(s, quantity), getattr(s, f"predicted_{quantity}")
            axis.plot(s.layers, found, "o", color=color, ms=4, label=f"simulation, F = {one.size}")
            axis.plot(s.layers, said, "-", color=color, lw=1, label=f"theory with correction, F = {one.size}")
    for axis, quantity, exponent in zip(axes[0], ("D", "G"), (-2, 1), strict=True):
        axis.axhspan(exponent - 0.05, exponent + 0.05, color="0.9", zorder=0, label="asymptotic exponent ± 0.05")
        axis.set(xscale="log", xlabel="$k$", ylabel=rf"$d \ln {quantity}_k / d \ln A_k$")
    axes[0, 0].set_ylim(-2.3, -1)
    return _legend_below(figure, axes[0, 0])


def dimension(proof: Proof) -> Figure:
    """D_k and G_k against A_k on lines, planes and volumes, with the asymptotic laws."""
    figure, axes = _panels(1, 2, width=5.2)
    for (dim, stride), found in proof.curves.items():
        field, filled = found.receptive_field, stride == "filter"
        name = "F = s = 2" if filled else "F = 3, s = 1"
        for axis, quantity in zip(axes[0], ("D", "G"), strict=True):
            style = {"marker": "os^"[dim - 1], "color": f"C{dim - 1}", "ls": "", "ms": 5}
            style["mfc"] = style["color"] if filled else "none"
            axis.plot(field, getattr(found, quantity), label=f"simulation, d = {dim}, {name}", **style)
            law = sp.lambdify(scaling.A, _asymptote(quantity, stride, dim))(field)
            axis.plot(field, law, "-", color=f"C{dim - 1}", lw=1)
    axes[0, 0].plot([], [], "k-", lw=1, label="theory: power of $A_k$ with prefactor")
    for axis, quantity in zip(axes[0], ("D", "G"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel=RECEPTIVE_FIELD, ylabel=f"${quantity}_k$")
    return _legend_below(figure, axes[0, 0])


def _asymptote(quantity: str, stride: str, dim: int) -> sp.Expr:
    power = scaling.exponent(quantity, stride, dim=dim)  # type: ignore[arg-type]
    return prefactor(quantity, stride, dim=dim) * scaling.A**power  # type: ignore[arg-type]


def initialization(proof: Proof) -> Figure:
    """Untrained networks of growing width beside the infinite one, and how their spread falls."""
    start = proof.initialization
    figure, axes = _panels(1, 3)
    for axis, quantity in zip(axes[0, :2], ("D", "G"), strict=True):
        curve = start.infinite.D if quantity == "D" else start.G_same_noises
        for n, (width, found) in enumerate(start.networks.items()):
            values = found[quantity]
            mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1)
            axis.errorbar(
                start.infinite.layer + 0.12 * n, mean, spread, fmt="o", ms=3, lw=1, color=f"C{n}",
                label=f"networks, untrained, H = {width}",
            )  # fmt: skip
        axis.plot(start.infinite.layer, curve, "k-", lw=1.5, label="theory: infinite width")
        axis.axhline(curve[0], color="b", ls="--", lw=1, label='"constant" (Section 4.1)')
        axis.set(xlabel="$k$", ylabel=f"${quantity}_k$")
    widths = np.array(untrained.WIDTHS)
    for one, color in zip(start.to_infinite, ("C3", "C4"), strict=True):
        name = f"spread of $\\ln {one.quantity}_k$ about it"
        axes[0, 2].plot(widths, one.spread, "o", color=color, label=name)
        middle = np.exp(np.mean(np.log(one.spread * np.sqrt(widths))))
        axes[0, 2].plot(widths, middle / np.sqrt(widths), "-", color=color, lw=1, label="$\\propto H^{-1/2}$")
    axes[0, 2].set(
        xscale="log", yscale="log", xlabel="width $H$", ylabel="root mean square of $\\ln X_k/X_k^{\\infty}$"
    )
    axes[0, 2].set_xticks(widths, [str(width) for width in widths])
    axes[0, 2].set_yticks([0.05, 0.1, 0.2, 0.3], ["0.05", "0.1", "0.2", "0.3"])
    axes[0, 2].minorticks_off()
    axes[0, 2].legend(fontsize=8, frameon=False)
    return _legend_below(figure, axes[0, 0])


def _panels(rows: int, columns: int, width: float = 4.0) -> tuple[Figure, np.ndarray]:
    return plt.subplots(rows, columns, figsize=(width * columns, 3.4 * rows + 0.8), layout="constrained", squeeze=False)


def _legend_below(figure: Figure, axis: Axes, columns: int = 3) -> Figure:
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=8)
    return figure


def _colors(count: int) -> list[str]:
    return [f"C{n % 10}" for n in range(count)]
