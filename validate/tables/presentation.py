"""Tables 1 and 2 as they are printed and written."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from validate.presentation import table
from validate.tables.mean_filters import LARGEST_DEVIATION, Judgement, LayerFilters


def filter_table(judgement: Judgement, number: int) -> Table:
    """The filters before and after training beside the printed ones, and the verdict on each layer."""
    headings = (
        "k", "before training", "after training", "± seeds", "printed before", "printed after", "homogeneity",
        "deviation", "a + b·o²", "sign", "after/printed", "verdict",
    )  # fmt: skip
    return table(
        f"Table {number}: filters averaged over channels and seeds",
        headings,
        [_row(layer) for layer in judgement.layers],
        "* not judged; homogeneity: share of the constant mode in all filters (Eq. 3); deviation: the largest of the\n"
        "mean filter's weights from their mean; a + b·o²: share of it that is of this form, F ≥ 4;\n"
        "after/printed: hidden layers brought to width 1000 by √(width/1000);\n"
        f"agrees: the printed sign, deviation at most {LARGEST_DEVIATION:.0%} and, with ridge and stop rule of App. "
        "B.2,\nthe printed magnitude of layer 1 within as much; "
        f"untrained filters: {'refused' if judgement.untrained_refused else 'ACCEPTED'}",
        left=0,
    )


def _row(layer: LayerFilters) -> list[str]:
    learned = len(layer.filters) > 0
    return [
        f"{layer.layer}{'' if layer.judged else ' *'}",
        _weights(layer.initial.mean(0)),
        _weights(layer.filters.mean(0)) if learned else "",
        f"{layer.filters.std(0, ddof=1).max():.1g}" if len(layer.filters) > 1 else "",
        _weights(layer.printed_initial or ()),
        _weights(layer.printed or ()),
        f"{layer.homogeneity.mean():.3f}" if learned else "",
        f"{layer.deviation:.0%}",
        "" if np.isnan(layer.parabola) else f"{layer.parabola:.4f}",
        {1: "+", -1: "−", 0: "undecided"}[layer.sign],
        f"{layer.magnitude:.2f}" if learned else "",
        "agrees" if layer.agrees else "does not",
    ]


def _weights(weights: Sequence[float] | np.ndarray) -> str:
    return " ".join(f"{weight:.4f}".replace("0.", ".", 1) for weight in weights)


def write_csv(path: Path, judgement: Judgement) -> None:
    """One line for each layer and offset."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(
            ["layer", "offset", "before", "before_sd", "after", "after_sd", "printed_before", "printed_after", "agrees"]
        )
        for layer in judgement.layers:
            for o in range(layer.initial.shape[1]):
                printed = [filters[o] if filters else "" for filters in (layer.printed_initial, layer.printed)]
                values = [*_mean_and_sd(layer.initial[:, o]), *_mean_and_sd(layer.filters[:, o])]
                lines.writerow([layer.layer, o, *values, *printed, layer.agrees])


def _mean_and_sd(weights: np.ndarray) -> tuple[float | str, float | str]:
    return (weights.mean() if len(weights) else ""), (weights.std(ddof=1) if len(weights) > 1 else "")


def layer_record(layer: LayerFilters) -> dict[str, Any]:
    """One layer of the JSON."""
    return {
        "layer": layer.layer,
        "judged": layer.judged,
        "before": layer.initial,
        "after": layer.filters,
        "printed_before": layer.printed_initial,
        "printed_after": layer.printed,
        "homogeneity": layer.homogeneity,
        "deviation": layer.deviation,
        "parabola": layer.parabola,
        "sign": layer.sign,
        "magnitude": layer.magnitude if len(layer.filters) else None,
        "agrees": layer.agrees,
    }
