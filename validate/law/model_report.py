"""A model's table, advice, figure and record."""

import math
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from validate.files import provenance
from validate.law.model import Advice, Model

HELD = "alone without effect: another step holds D"


def tables(model: Model) -> Group:
    """Everything that is printed of a model."""
    return Group(_layers(model), _advice(model))


def _layers(model: Model) -> Table:
    table = Table(title=f"{model.name}: spatial layers, and D_k of the idealised stack")
    headings = ["k", "layer", "size", "stride", "step", "receptive field", "A_k"]
    headings += ["defect: box", "mean filter", "single"]
    for heading in (*headings, "channels", "D_k", "D_k longer", "D_k blurred"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    for k, one in enumerate(model.layers):
        filters, mended = model.filters[k], not math.isclose(model.D[k], model.D_longer[k])
        table.add_row(
            str(k + 1),
            one.name if one.kind == "convolution" else one.kind,
            _shape(one.size) + (f", dilated {_shape(one.dilation)}" if max(one.dilation) > 1 else ""),
            _shape(one.stride),
            str(model.steps[k]),
            str(model.receptive[k]),
            f"{model.A[k]:.1f}",
            f"{filters.box:.3f}" if max(one.stride) > 1 else "",
            "" if filters.mean is None else f"{filters.mean:.3f}",
            "" if filters.single is None else f"{filters.single[0]:.2f}…{filters.single[1]:.2f}",
            "" if filters.channels is None else f"{filters.channels:.3f} ({filters.box_channels:.3f})",
            f"{model.D[k]:.3g}",
            f"{model.D_longer[k]:.3g}" if mended else "",
            f"{model.D_blurred[k]:.3g}" if mended else "",
        )
    table.caption = (
        "defect: sum-rule defect of the homogeneous filter, of the model's mean filter, and 10–90 % of its single "
        "filters; channels: root of aliased over\npooled power of all channels (of the homogeneous filter); longer: "
        "aliasing filters extended to a multiple of the stride; blurred: stride 1, then a triangle\n"
        "idealised: homogeneous filters, poolings as averages; D_k of a pixel that moves by one"
    )
    if model.ended:
        table.caption += f"\npaths end at {', '.join(model.ended)}: what lies behind is left out"
    return table


def _advice(model: Model) -> Table:
    table = Table(title=f"Advice: D of the last layer, idealised, is {model.D[-1]:.3g}")
    for heading in ("k", "step that aliases", "what is wrong", "mend", "D with this alone", "or", "D with this alone"):
        table.add_column(heading, justify="right" if heading.startswith(("k", "D")) else "left")
    for one in model.advice:
        table.add_row(
            str(one.place + 1),
            model.layers[one.place].name,
            one.trouble + ("; its filters have learned the sum rule" if model.filters[one.place].learned else ""),
            one.longer or HELD,
            f"{one.D_longer:.3g}",
            one.blurred or HELD,
            f"{one.D_blurred:.3g}",
        )
    if not model.advice:
        table.add_row("", "none", "all homogeneous filters obey the sum rule, and neighbours meet", "", "", "", "")
        return table
    table.add_row("", "all of them", "", "", f"{model.D_longer[-1]:.3g}", "", f"{model.D_blurred[-1]:.3g}")
    table.caption = _sentence(model, min(model.advice, key=lambda one: min(one.D_longer, one.D_blurred)))
    return table


def _sentence(model: Model, best: Advice) -> str:
    name = model.layers[best.place].name
    remedies = [(d, how) for d, how in ((best.D_longer, best.longer), (best.D_blurred, best.blurred)) if how]
    effect = "no step alone lowers D of the last layer: change all of them"
    if remedies:
        lowest, how = min(remedies)
        effect = f"mending {name} alone ({how}) lowers D of the last layer {model.D[-1] / lowest:.3g} times"
    return f"{effect}\na convolution can also learn the sum rule, as the networks of this command do; a pooling cannot"


def figure(model: Model) -> Figure:
    """D_k against A_k: the idealised stack, and with all aliasing steps mended."""
    drawn, axis = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    axis.plot(model.A, model.D, "ko-", ms=4, lw=1, label="theory: idealised stack")
    if model.advice:
        axis.plot(model.A, model.D_longer, "b^--", ms=4, lw=1, label="theory: aliasing filters longer")
        axis.plot(model.A, model.D_blurred, "gs--", ms=4, lw=1, label="theory: blurred pooling")
        places = [one.place for one in model.advice]
        axis.plot(model.A[places], model.D[places], "ro", ms=9, mfc="none", label="steps that alias")
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel="$D_k$", title=model.name)
    axis.legend(frameon=False, fontsize=8)
    return drawn


def as_dict(model: Model, seconds: float) -> dict[str, Any]:
    """The model as JSON."""
    return {
        "model": model.name,
        "operator_agrees": model.follows,
        "paths_end_at": model.ended,
        "layers": [
            {
                "name": one.name,
                "kind": one.kind,
                "size": one.size,
                "stride": one.stride,
                "dilation": one.dilation,
                "step": model.steps[k],
                "receptive_field": model.receptive[k],
                "A": float(model.A[k]),
                "D": float(model.D[k]),
                "D_longer": float(model.D_longer[k]),
                "D_blurred": float(model.D_blurred[k]),
                "defect_homogeneous": model.filters[k].box,
                "defect_mean_filter": model.filters[k].mean,
                "defect_single_filters": model.filters[k].single,
                "defect_channels": model.filters[k].channels,
                "defect_channels_homogeneous": model.filters[k].box_channels,
            }
            for k, one in enumerate(model.layers)
        ],
        "advice": [
            {
                "layer": model.layers[one.place].name,
                "trouble": one.trouble,
                "learned": model.filters[one.place].learned,
                "longer": one.longer,
                "D_longer": one.D_longer,
                "blurred": one.blurred,
                "D_blurred": one.D_blurred,
            }
            for one in model.advice
        ],
        "provenance": provenance("cpu", seconds),
    }


def _shape(numbers: tuple[int, ...]) -> str:
    return "×".join(map(str, numbers))
