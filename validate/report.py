"""What `validate.scaling` prints: the table of exponents, the table of layers, the controls."""

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from nets.training import Training
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.attribution import attribute
from validate.comparison import Comparison, Networks
from validate.exponents import interval
from validate.verdict import DISTANCE_TOLERANCE


def tables(comparison: Comparison) -> Group:
    """Everything that is printed after the run."""
    parts: list[Table] = [_exponents(comparison), _layers(comparison)]
    if comparison.networks is not None:
        parts += [_attribution(comparison), seeds(comparison.networks)]
    parts.append(_controls(comparison))
    return Group(*parts)


def settings(asked: Asked) -> Text:
    """What is compared, printed before the run; what of the preset was changed is named."""
    task, architecture, conventions, training = asked.task, asked.architecture, asked.conventions, asked.training
    gap = f", gap {task.gap:g}" if task.gap else ""
    plane = f", d = {task.dim}" if task.dim > 1 else ""
    norm = "average displacement" if conventions.noise_norm == "average" else "displacement of each image"
    near, far = (int((task.labels == y).sum()) for y in (1, -1))
    lines = [
        f"Task {task.kind}{plane}: L = {task.width}, xi = {task.scale}{gap}; {near} + {far} images, {task.sampling}; "
        f"F = {architecture.filter_size}, s = {architecture.stride}, {architecture.depth} layers",
        f"Eq. 1 with {conventions.move} moves, {conventions.noise} noise matched to the {norm}, "
        f"{conventions.denominator} x1 and x2",
    ]
    if training is not None:
        lines.append(
            f"networks: width {training.channels}, {len(training.seeds)} seeds, {training.images} training images, "
            f"batch {training.batch or training.images}, learning rate {training.learning_rate:g}·width, "
            f"cooldown {training.cooldown:g}, ridge {training.ridge:g}, {_end(training)}"
        )
    if asked.scaled:
        changes = "; ".join(f"{name} {asked}, not {preset}" for name, (asked, preset) in asked.scaled.items())
        lines.append(f"not as the preset has it: {changes}")
    return Text("\n".join(lines))


def _end(training: Training) -> str:
    epochs = f"at most {training.epochs} epochs" if training.patience else f"{training.epochs} epochs"
    rule = f"until {training.patience} times the epoch of interpolation"
    return epochs if not training.patience else rule if training.epochs is None else f"{rule}, {epochs}"


def _span(comparison: Comparison) -> str:
    layers = comparison.exact.layer[comparison.window]
    return f"{layers[0]}–{layers[-1]}" if len(layers) else "none"


def _exponents(comparison: Comparison) -> Table:
    table = Table(title=f"Exponents in A_k and distance from the exact curve, layers {_span(comparison)}")
    for heading in (
        "",
        "predicted",
        "simulated",
        "exact",
        "trained",
        "untrained",
        "distance",
        "own filters",
        "verdict",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for quantity in QUANTITIES:
        fitted = comparison.simulated[quantity]
        row = [quantity, f"{comparison.predicted[quantity]:g}", f"{fitted.value:.6f} ± {fitted.stderr:.0e}"]
        row.append(f"{comparison.exact_slope(quantity):.3f}")
        if comparison.networks is None:
            row += ["—"] * 4
        else:
            slopes = comparison.slopes(quantity, comparison.networks.trained)
            low, high = interval(slopes)
            far = comparison.distance_of(quantity, comparison.networks.trained)
            untrained = _mean(comparison.slopes(quantity, comparison.networks.untrained))
            if len(slopes):
                own = comparison.distance_of_own_filters(quantity)
                several = len(slopes) > 1
                row += [f"{_mean(slopes)} [{low:.3f}, {high:.3f}]" if several else _mean(slopes), untrained]
                row += [f"{far.median:.3f} " + (f"(≤ {far.upper:.3f})" if several else "(one seed: no bound)")]
                row += [_number(own.median)]
            else:
                row += ["none learned", untrained, "—", "—"]
        row.append("agree" if comparison.agrees(quantity) else "DISAGREE")
        table.add_row(*row)
    fitted = comparison.simulated["D"]
    table.caption = (
        f"simulated: exact operator, {fitted.points} A in {fitted.first:.0f} … {fitted.last:.0f}, next term fitted\n"
        "exact, trained, untrained: slopes at this size [95 % interval over seeds]\n"
        "distance: median |ln trained/exact| (95 % bound); own filters: from the curve of their mean filters\n"
        f"agree: simulated = predicted within {exponent_tolerance(comparison.task.dim):g} and the bound at most "
        f"{DISTANCE_TOLERANCE:g}"
    )
    return table


def _mean(values: np.ndarray) -> str:
    return f"{values.mean():.3f}" if len(values) else "undefined"


def _layers(comparison: Comparison) -> Table:
    table = Table(title="Layers")
    networks = comparison.networks
    headings = ["k", "A_k", *(f"{q} exact" for q in QUANTITIES)]
    if networks is not None:
        headings += [*(f"{q} trained" for q in QUANTITIES), "D untrained", "G untrained", "homogeneity"]
    if comparison.infinite is not None:
        headings += ["D_∞", "G_∞"]
    for heading in headings:
        table.add_column(heading, justify="right")
    for n, k in enumerate(comparison.exact.layer):
        row = [f"{k}{'' if comparison.window[n] else ' *'}", f"{comparison.exact.receptive_field[n]:.3g}"]
        row += [_number(getattr(comparison.exact, q)[n]) for q in QUANTITIES]
        if networks is not None:
            learned = networks.learned
            row += [_spread(getattr(networks.trained, q)[learned, n]) for q in QUANTITIES]
            row += [_spread(getattr(networks.untrained, q)[:, n]) for q in ("D", "G")]
            row.append(_spread(networks.homogeneity[learned, n]))
        if comparison.infinite is not None:
            row += [_number(getattr(comparison.infinite, q)[n]) for q in ("D", "G")]
        table.add_row(*row)
    table.caption = "* not judged; undefined: one representation for all images"
    if comparison.infinite is not None:
        table.caption += "; ∞: untrained, infinite width"
    if networks is not None:
        table.caption += "; ± standard deviation over seeds (trained: those that learned)"
    return table


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "undefined"


def _spread(values: np.ndarray) -> str:
    if not len(values) or not np.isfinite(values).all():
        return "undefined"
    spread = f" ± {values.std(ddof=1):.1g}" if len(values) > 1 else ""
    return _number(float(values.mean())) + spread


def _attribution(comparison: Comparison) -> Table:
    table = Table(title="Where the idealisation ends, and why: mean ln(trained/exact), split")
    steps = ("total", "channels", "biases", "shape")
    for heading in ("k", "A_k", *(f"{q}: {step}" for q in ("D", "G") for step in steps)):
        table.add_column(heading, justify="right")
    found = {q: attribute(comparison, q) for q in ("D", "G")}
    for n, k in enumerate(comparison.exact.layer):
        cells = [_signed(getattr(found[q], step)[n]) for q in ("D", "G") for step in steps]
        table.add_row(
            f"{k}{'' if comparison.window[n] else ' *'}", f"{comparison.exact.receptive_field[n]:.3g}", *cells
        )
    table.caption = (
        "channels: spread between channels (gone when all filters of a layer are replaced by their mean);\n"
        "biases: gone in one channel with the mean filters; shape: the mean filters are not homogeneous; * not judged"
    )
    return table


def _signed(value: float) -> str:
    return f"{value:+.3f}" if np.isfinite(value) else "undefined"


WHY = {
    "collapsed": "gives one output for every image: try a smaller --ridge or --learning-rate",
    "diverged": "has a loss that is not finite: try a smaller --learning-rate",
    "not interpolated": "never had hinge loss 0 on all its training images: try more --epochs or --width",
}


def seeds(networks: Networks) -> Table:
    """What became of every seed, and what to try where one was lost."""
    table = Table(title="Seeds")
    for heading in (
        "seed",
        "fate",
        "first interpolated",
        "epochs",
        "hinge loss",
        "training",
        "validation",
        "test error",
    ):
        table.add_column(heading, justify="left" if heading == "fate" else "right")
    for fate in networks.fates:
        first = "never" if fate.interpolated is None else f"epoch {fate.interpolated}"
        name = fate.status if fate.learned else f"{fate.status}, left out"
        errors = [f"{x:.4f}" for x in (fate.train_error, fate.validation_error, fate.test_error)]
        table.add_row(str(fate.seed), name, first, str(fate.epochs), f"{fate.loss:.1e}", *errors)
    lost = [f"seed {fate.seed} {WHY[fate.status]}" for fate in networks.fates if fate.status in WHY]
    table.caption = "\n".join(lost) or None
    return table


def _controls(comparison: Comparison) -> Table:
    table = Table(title="Negative controls: rivals that the same judgement must refuse")
    for heading in ("rival", "quantity", "how far off", "judgement"):
        table.add_column(heading)
    for name, quantity, off, accepted in comparison.controls():
        table.add_row(name, quantity, off, "ACCEPTED" if accepted else "refused")
    return table
