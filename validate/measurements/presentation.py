"""The judgement of measurements as tables, figure and JSON; everything is read from the judgement."""

from pathlib import Path
from typing import Any, get_args

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from rich.console import Group
from rich.table import Table

from theory.scaling import Quantity, Stride
from validate.asymptotics import QUANTITIES
from validate.files import provenance, write_figure
from validate.measurements.hypotheses import STRIDES, law, power
from validate.measurements.judgement import Judgement, margins
from validate.presentation import interval, number, spread, table
from validate.record import as_json
from validate.statistics import Estimate


def tables(judgement: Judgement) -> Group:
    """Everything that is printed."""
    return Group(_exponents(judgement), _hypotheses(judgement), _layers(judgement), *judgement.open_questions)


def _exponents(judgement: Judgement) -> Table:
    rows = [
        [q, f"{result.predicted:g}", _interval(result.fitted), _interval(result.factor),
         result.verdict if result.hypotheses else "D/G"]
        for q, result in judgement.quantities.items()
    ]  # fmt: skip
    return table(
        f"Exponents in A_k: {_title(judgement)}",
        ("", "predicted, A → ∞", "measured", "ln(measured/law)", "the law"),
        rows,
        "measured: slope of ln X in ln A, mean [90 % interval over seeds]\n"
        "ln(measured/law): mean over layers, not judged: it depends on how D and G are normalised",
    )


def _hypotheses(judgement: Judgement) -> Table:
    rows: list[list[str]] = []
    for quantity, result in judgement.quantities.items():
        *layers, slope = margins(len(judgement.measurements.layers), result.predicted)
        margin = f"±{layers[0]:.3f}, ±{slope:.3f}"
        for h in result.hypotheses:
            outcome = "ACCEPTED" if h.kind == "rival" and h.outcome == "holds" else h.outcome
            rows.append([quantity, h.name, h.kind, outcome, _interval(h.worst), _interval(h.slope), margin])
        rows.append([])
    return table(
        "Laws and rivals: ln(measured/curve), mean [90 % interval over seeds]",
        ("", "curve, up to a factor", "", "outcome", "furthest layer", "slope less the curve's", "margins"),
        rows,
        "holds: the intervals of all layers and of the slope lie within the margins (one-sided tests at 5 % each);\n"
        "refused: any of them lies outside (5 % for all together); a law holds where one of its forms does;\n"
        "untrained: of infinite width, on the task of App. B.2 with this stride; all layers of the file are judged",
        left=4,
    )


def _layers(judgement: Judgement) -> Table:
    measurements = judgement.measurements
    columns = [measurements.receptive_field, *(getattr(measurements, q) for q in QUANTITIES)]
    not_read = f"; columns that are not read: {', '.join(measurements.not_read)}" if measurements.not_read else ""
    return table(
        "Layers",
        ("k", "A_k", *QUANTITIES),
        [[str(k), *(_spread(values[:, n]) for values in columns)] for n, k in enumerate(measurements.layers)],
        f"± standard deviation over seeds{not_read}",
        left=0,
    )


def _spread(values: np.ndarray) -> str:
    return number(values[0]) if (values == values[0]).all() else spread(values)


def _interval(estimate: Estimate) -> str:
    return interval(estimate.value, estimate.low, estimate.high)


def record(judgement: Judgement, seconds: float) -> dict[str, Any]:
    """The judgement with its verdicts, and how it was made."""
    content = as_json(judgement)
    for quantity, result in judgement.quantities.items():
        content["quantities"][quantity] |= {
            "verdict": result.verdict,
            "accepted_rivals": result.accepted_rivals,
            "margins": margins(len(judgement.measurements.layers), result.predicted).tolist(),
        }
    return {**content, "holds": judgement.holds, "provenance": provenance("cpu", seconds)}


def draw(judgement: Judgement, path: Path) -> None:
    """Write D, G and R against the receptive field, with the laws of both strides and a constant, each through the
    middle of the measurements.
    """
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.4), layout="constrained")
    for axis, quantity in zip(axes, QUANTITIES, strict=True):
        _panel(axis, judgement, quantity)
    figure.suptitle(_title(judgement), fontsize=10)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    write_figure(path, figure)


def _panel(axis: Axes, judgement: Judgement, quantity: Quantity) -> None:
    measurements = judgement.measurements
    fields, values = measurements.receptive_field, getattr(measurements, quantity)
    field, mean = np.exp(np.log(fields).mean(axis=0)), np.exp(np.log(values).mean(axis=0))
    axis.fill_between(field, values.min(axis=0), values.max(axis=0), color="C0", alpha=0.25, lw=0)
    axis.plot(field, mean, "o-", color="C0", ms=4, label="measured, with the range over seeds")
    shapes = [("constant", "0.6", "-", np.ones_like(field))]
    for stride in get_args(Stride):
        color, name = "k" if stride == judgement.stride else "C1", f"law of {STRIDES[stride]}"
        shapes.append((f"{name}, all terms", color, "-", law(quantity, stride, judgement.dim, field)))
        shapes.append((f"{name}, its power", color, "--", field ** power(quantity, stride, judgement.dim)))
    for label, color, style, shape in shapes:
        axis.plot(field, shape * np.exp(np.log(mean / shape).mean()), color=color, ls=style, lw=1, label=label)
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel=f"${quantity}_k$")


def _title(judgement: Judgement) -> str:
    """Which law, of which measurements."""
    layers, seeds = judgement.measurements.layers, len(judgement.measurements.seeds)
    networks = "one network" if seeds == 1 else f"{seeds} networks"
    return f"{STRIDES[judgement.stride]}, d = {judgement.dim}; layers {layers[0]}–{layers[-1]} of {networks}"
