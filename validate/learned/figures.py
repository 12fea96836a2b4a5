"""ln D and ln G by mode and layer: what each part of the learned filters does."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from validate.files import write_figure
from validate.learned.judgement import Judgement
from validate.learned.measurements import QUANTITIES, Measurements

MODE_NAMES = ("the constant mode", "the gradients")
# drawn beside the modes
OTHERS = {"averaged over channels": "ΔW averaged over channels", "start redrawn": "σW(0) redrawn"}


def draw(judgement: Judgement, path: Path) -> None:
    """Write the figure."""
    write_figure(path, picture(judgement))


def picture(judgement: Judgement) -> Figure:
    """A row for each network at the end of its training, D and G beside each other."""
    shown: Sequence[Measurements] = [m for m in judgement.measurements if m.moment == "end" and m.seeds]
    figure, axes = plt.subplots(
        len(shown), 2, figsize=(11, 1.2 + 3.2 * len(shown)), layout="constrained", squeeze=False
    )
    for row, measured in zip(axes, shown, strict=True):
        layers = np.arange(1, len(measured.layers) + 1)
        for axis, quantity in zip(row, QUANTITIES, strict=True):
            for mode in range(measured.modes):
                name = MODE_NAMES[mode] if mode < 2 else f"mode λ = {measured.eigenvalues[mode]:.2g}"
                change = measured.log_change(f"without mode {mode}", quantity)
                axis.plot(layers, change.mean(0), "o-", color=f"C{mode}", ms=4, label=f"without {name} of ΔW")
                axis.fill_between(layers, change.min(0), change.max(0), color=f"C{mode}", alpha=0.2, lw=0)
            for style, (change_name, label) in zip(("k--", "k:"), OTHERS.items(), strict=True):
                axis.plot(layers, measured.log_change(change_name, quantity).mean(0), style, lw=1.2, label=label)
            axis.axhline(0, color="0.7", lw=1)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set(xlabel="layer $k$", ylabel=f"$\\ln({quantity}_k$ changed/trained)")
        row[0].set_title(measured.name, loc="left", fontsize=10)
        row[1].legend(fontsize=7, frameon=False)
    figure.suptitle("What was learned, mode by mode: networks, means and ranges over seeds", fontsize=11)
    return figure
