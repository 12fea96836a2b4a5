"""A model's tables and figure."""

import math

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from validate.law.model import Advice, ModelJudgement
from validate.presentation import table

NO_EFFECT = "alone without effect: another step holds D"


def tables(model: ModelJudgement) -> Group:
    """Everything that is printed of a model."""
    return Group(_layers(model), _advice(model))


def _layers(model: ModelJudgement) -> Table:
    headings = ["k", "layer", "size", "stride", "step", "receptive field", "A_k"]
    headings += ["defect: box", "mean filter", "single", "channels", "D_k", "lengthened", "blurred"]
    caption = (
        "defect: sum-rule defect of the homogeneous filter, of the model's mean filter, and 10–90 % of its single "
        "filters; channels: root of aliased over\npooled power of all channels (of the homogeneous filter); "
        "lengthened: D_k with filters that alias extended to a multiple of the stride; blurred: with stride 1, then a "
        "triangle\nidealised: homogeneous filters, poolings as averages; D_k of a pixel that moves by one"
    )
    if model.paths_end_at:
        caption += f"\npaths end at {', '.join(model.paths_end_at)}: what lies behind is left out"
    title = f"{model.name}: spatial layers, and D_k of the idealised stack"
    return table(title, headings, [_layer(model, n) for n in range(len(model.layers))], caption, left=2)


def _layer(model: ModelJudgement, n: int) -> list[str]:
    layer, changed = model.layers[n], not math.isclose(model.D[n], model.D_lengthened[n])
    defects = layer.defects
    return [
        str(n + 1),
        layer.name if layer.kind == "convolution" else layer.kind,
        _shape(layer.size) + (f", dilated {_shape(layer.dilation)}" if max(layer.dilation) > 1 else ""),
        _shape(layer.stride),
        str(layer.step),
        str(layer.receptive_field),
        f"{model.A[n]:.1f}",
        f"{defects.homogeneous:.3f}" if max(layer.stride) > 1 else "",
        "" if defects.mean_filter is None else f"{defects.mean_filter:.3f}",
        "" if defects.single_filters is None else "{:.2f}…{:.2f}".format(*defects.single_filters),
        "" if defects.channels is None else f"{defects.channels:.3f} ({defects.channels_homogeneous:.3f})",
        f"{model.D[n]:.3g}",
        f"{model.D_lengthened[n]:.3g}" if changed else "",
        f"{model.D_blurred[n]:.3g}" if changed else "",
    ]


def _advice(model: ModelJudgement) -> Table:
    headings = ("k", "step that aliases", "what is wrong", "lengthen", "or blur", "D: lengthened", "D: blurred")
    title = f"Advice: D of the last layer, idealised, is {model.D[-1]:.3g}; with one step changed"
    if not model.advice:
        nothing = ("", "none", "all homogeneous filters obey the sum rule, and neighbours meet", "", "", "", "")
        return table(title, headings, [nothing], left=5)
    rows = [
        (
            str(advice.place + 1),
            advice.layer,
            advice.trouble + ("; its filters have learned the sum rule" if advice.learned else ""),
            advice.lengthened or NO_EFFECT,
            advice.blurred or NO_EFFECT,
            f"{advice.D_lengthened:.3g}",
            f"{advice.D_blurred:.3g}",
        )
        for advice in model.advice
    ]
    rows.append(("", "all of them", "", "", "", f"{model.D_lengthened[-1]:.3g}", f"{model.D_blurred[-1]:.3g}"))
    best = min(model.advice, key=lambda advice: min(advice.D_lengthened, advice.D_blurred))
    return table(title, headings, rows, _sentence(model, best), left=5)


def _sentence(model: ModelJudgement, best: Advice) -> str:
    remedies = [(best.D_lengthened, best.lengthened), (best.D_blurred, best.blurred)]
    effective = [(d, remedy) for d, remedy in remedies if remedy is not None]
    effect = "no step alone lowers D of the last layer: change all of them"
    if effective:
        d, remedy = min(effective)
        effect = f"repairing {best.layer} alone ({remedy}) lowers D of the last layer {model.D[-1] / d:.3g} times"
    return f"{effect}\na convolution can also learn the sum rule, as the networks of this command do; a pooling cannot"


def figure(model: ModelJudgement) -> Figure:
    """D_k against A_k: the idealised stack, and with all steps that alias repaired."""
    drawn, axis = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
    axis.plot(model.A, model.D, "ko-", ms=4, lw=1, label="theory: idealised stack")
    if model.advice:
        axis.plot(model.A, model.D_lengthened, "b^--", ms=4, lw=1, label="theory: filters that alias lengthened")
        axis.plot(model.A, model.D_blurred, "gs--", ms=4, lw=1, label="theory: blurred pooling")
        aliasing = [advice.place for advice in model.advice]
        axis.plot(model.A[aliasing], model.D[aliasing], "ro", ms=9, mfc="none", label="steps that alias")
    axis.set(xscale="log", yscale="log", xlabel="receptive field $A_k$ (pixels)", ylabel="$D_k$", title=model.name)
    axis.legend(frameon=False, fontsize=8)
    return drawn


def _shape(numbers: tuple[int, ...]) -> str:
    return "×".join(map(str, numbers))
