"""What `validate.law` prints and draws of moved and lost."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from validate.law.split import LAYER_TOLERANCE, SHOWN_LAYER, SplitJudgement
from validate.presentation import table

DRAWN = ("F = s = 2 (paper)", "F = 3, s = 2", "F = 6, s = 3", "[1, 2, 1]/4, s = 2")


def split_table(splits: Sequence[SplitJudgement]) -> Table:
    """One line for each filter: the parts of D in one layer, and how they fall."""
    parts = ("filter", "D_k", "moved", "lost", "cross")
    exponents = [f"{part} ~ A_k^−" for part in ("moved", "lost")]
    headings = (*parts, exponents[0], "simulated", exponents[1], "simulated", "cross, at least", "simulated")
    n = SHOWN_LAYER - 1
    rows = [
        [
            split.name,
            *(f"{part[n]:.4g}" for part in (split.theory.D, split.theory.moved, split.theory.lost, split.theory.cross)),
            "2",
            f"{split.slope_moved:.4f}",
            f"{split.alpha:.4f}",
            f"{split.slope_lost:.4f}",
            f"{split.cross_exponent:.4f}",
            f"{split.slope_cross:.4f}",
            f"{split.moved_limit:.4f}",
            "agree" if split.agrees else "DISAGREE",
        ]
        for split in splits
    ]
    caption = (
        f"k = {SHOWN_LAYER}, theory on the line; moved: ‖τ_k f_k(x) − f_k(x)‖², lost: ‖f_k(τx) − τ_k f_k(x)‖², τ_k the "
        "exact transport by one pixel of the image;\n"
        f"theory and transported representations agree at every layer to {max(s.distance for s in splits):.0e} (judged "
        f"at {LAYER_TOLERANCE:.0e})"
    )
    return table("D_k in what moves and what is lost", (*headings, "S² moved →", "verdict"), rows, caption)


def split_rivals_table(splits: Sequence[SplitJudgement]) -> Table:
    """Wrong exponents and displacements, each with the filter to which it comes nearest."""
    rivals = [(rival, split.name) for split in splits for rival in split.rivals]
    rows = []
    for name in dict.fromkeys(rival.name for rival, _ in rivals):
        same = [(rival, filter_name) for rival, filter_name in rivals if rival.name == name]
        nearest, filter_name = min(same, key=lambda pair: pair[0].off_by)
        accepted = any(rival.accepted for rival, _ in same)
        rows.append((name, "ACCEPTED" if accepted else "refused", str(len(same)), f"{nearest.off_by:.3g}", filter_name))
    headings = ("rival", "judgement", "filters", "off by at least", "for")
    return table("Moved and lost: rivals that must be refused", headings, rows, left=2)


def draw_splits(splits: Sequence[SplitJudgement]) -> Figure:
    """Moved and lost against A_k: theory as lines, transported representations as points; a panel for each filter."""
    shown = [split for split in splits if split.name in DRAWN] or list(splits)
    figure, axes = plt.subplots(
        1, len(shown), figsize=(3.4 * len(shown) + 0.6, 4.2), layout="constrained", sharey=True, squeeze=False
    )
    for axis, split in zip(axes[0], shown, strict=True):
        _draw_panel(axis, split)
    axes[0, 0].set_ylabel("parts of $D_k$")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8
    )
    return figure


def _draw_panel(axis: Axes, split: SplitJudgement) -> None:
    theory, simulated = split.theory, split.simulated
    axis.plot(theory.receptive_field, theory.D, "-", color="0.75", lw=4, label="$D_k$")
    for part, color in (("moved", "C0"), ("lost", "C3")):
        axis.plot(theory.receptive_field, getattr(theory, part), color=color, lw=1.2, label=f"{part}, theory")
        axis.plot(
            simulated.receptive_field, getattr(simulated, part), "o", color=color, ms=3.5, mfc="none",
            label=f"{part}, simulation",
        )  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)")
    axis.set_title(f"{split.name}: moved $A_k^{{-2}}$, lost $A_k^{{-{split.alpha:.3g}}}$", fontsize=9)
