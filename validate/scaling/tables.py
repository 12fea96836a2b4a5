"""What `validate.scaling` prints: exponents, claims, layers, seeds, rivals."""

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from nets.simple.training import Training
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.scaling.comparison import Comparison, Networks
from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN
from validate.scaling.judgement import JUDGED, MOST_LOST, Judgement
from validate.statistics import Estimate


def tables(comparison: Comparison, judgement: Judgement) -> Group:
    """Everything that is printed after the run."""
    parts: list[Table] = [_exponents(comparison, judgement)]
    if comparison.networks is not None:
        parts.append(_claims(judgement))
    parts.append(_layers(comparison))
    if comparison.networks is not None:
        parts += [_attribution(comparison, judgement), seeds(comparison.networks)]
    parts.append(_rivals(judgement))
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
            f"{_momentum(training)}cooldown {training.cooldown:g}, ridge {training.ridge:g}, {_end(training)}"
        )
    if asked.scaled:
        changes = "; ".join(f"{name} {asked}, not {preset}" for name, (asked, preset) in asked.scaled.items())
        lines.append(f"not as the preset has it: {changes}")
    return Text("\n".join(lines))


def _momentum(training: Training) -> str:
    return f"momentum {training.momentum:g} from epoch {training.momentum_from}, " if training.momentum else ""


def _end(training: Training) -> str:
    epochs = f"at most {training.epochs} epochs" if training.patience else f"{training.epochs} epochs"
    rule = f"until {training.patience} times the epoch of interpolation"
    if training.minimal_norm:
        epochs += f", then {training.minimal_norm} rounds towards minimal norm"
    return epochs if not training.patience else rule if training.epochs is None else f"{rule}, {epochs}"


def _span(comparison: Comparison) -> str:
    layers = comparison.exact.layer[comparison.window]
    return f"{layers[0]}–{layers[-1]}" if len(layers) else "none"


def _exponents(comparison: Comparison, judgement: Judgement) -> Table:
    table = Table(title=f"Exponents in A_k; at this size over layers {_span(comparison)}")
    for heading in ("", "predicted", "simulated, A → ∞", "exact", "trained", "untrained", "verdict"):
        table.add_column(heading, justify="right" if heading else "left")
    claimed = judgement.claimed if comparison.networks else JUDGED
    for quantity, result in judgement.quantities.items():
        fitted = result.simulated
        row = [quantity, f"{result.predicted:g}", f"{fitted.value:.6f} ± {fitted.stderr:.0e}", f"{result.exact:.3f}"]
        row += [interval(slope) if slope else "—" for slope in (result.trained, result.untrained)]
        verdict = "holds" if result.holds else "DOES NOT HOLD"
        row.append("D/G" if quantity not in JUDGED else verdict if quantity in claimed else f"{verdict}, not claimed")
        table.add_row(*row)
    fitted = judgement.quantities["D"].simulated
    table.caption = (
        f"simulated: exact operator, {fitted.points} A in {fitted.first:.0f} … {fitted.last:.0f}, next term fitted; "
        f"equal to the predicted within {exponent_tolerance(comparison.task.dim):g}\n"
        "exact, trained, untrained: slopes at this size [90 % interval over seeds]; R is no measurement of its own"
    )
    return table


def _claims(judgement: Judgement) -> Table:
    table = Table(title="Which curve: ln(trained/curve), mean [90 % interval over seeds]")
    for heading in ("", "on the curve of", "furthest layer", "slope less the curve's", "margins", "verdict"):
        table.add_column(heading, justify="left" if heading in ("", "verdict") else "right")
    for quantity in JUDGED:
        result = judgement.quantities[quantity]
        if result.claims is None:
            continue
        margins = f"±{LEVEL_MARGIN:.3f}, ±{SLOPE_MARGIN * abs(result.predicted):.3f}"
        for name, test in (
            ("homogeneous filters", result.claims.homogeneous),
            ("their own mean filters", result.claims.own_filters),
        ):
            table.add_row(quantity, name, interval(test.worst), interval(test.slope), margins, test.verdict)
        table.add_row(quantity, "", "", "", "", f"→ {result.claims.strongest}", end_section=True)
    table.caption = (
        "holds: the intervals of all layers and of the slope lie within the margins (one-sided tests at 5 % each);\n"
        "fails: one of them lies outside (5 % for all together); margins: a level 6 %, an exponent 7.5 % off;\n"
        f"{judgement.seeds - judgement.lost} of {judgement.seeds} networks counted; nothing is decided where more than "
        f"{MOST_LOST:.0%} are lost"
    )
    return table


def interval(estimate: Estimate) -> str:
    """Mean and interval, as in a table."""
    if not np.isfinite(estimate.value):
        return "undefined"
    if not np.isfinite(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


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


def _attribution(comparison: Comparison, judgement: Judgement) -> Table:
    table = Table(title="Where the idealisation ends, and why: mean ln(trained/exact), split")
    steps = ("total", "channels", "biases", "shape")
    for heading in ("k", "A_k", *(f"{q}: {step}" for q in JUDGED for step in steps)):
        table.add_column(heading, justify="right")
    for n, k in enumerate(comparison.exact.layer):
        cells = [_signed(getattr(judgement.attribution[q], step)[n]) for q in JUDGED for step in steps]
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
        "seed_result",
        "first interpolated",
        "epochs",
        "hinge loss",
        "training",
        "validation",
        "test error",
    ):
        table.add_column(heading, justify="left" if heading == "seed_result" else "right")
    for seed_result in networks.seed_results:
        first = "never" if seed_result.interpolated is None else f"epoch {seed_result.interpolated}"
        name = seed_result.status if seed_result.learned else f"{seed_result.status}, left out"
        errors = [f"{x:.4f}" for x in (seed_result.train_error, seed_result.validation_error, seed_result.test_error)]
        table.add_row(str(seed_result.seed), name, first, str(seed_result.epochs), f"{seed_result.loss:.1e}", *errors)
    lost = [
        f"seed {seed_result.seed} {WHY[seed_result.status]}"
        for seed_result in networks.seed_results
        if seed_result.status in WHY
    ]
    table.caption = "\n".join(lost) or None
    return table


def _rivals(judgement: Judgement) -> Table:
    table = Table(title="Rivals that the same judgements must refuse")
    for heading in ("rival", "judged by", "quantity", "how far off", "outcome"):
        table.add_column(heading)
    for rival in judgement.rivals:
        table.add_row(rival.name, rival.witness, rival.quantity, rival.off, rival.outcome)
    table.caption = (
        "simulation: its exponent at A → ∞; networks: layers and slope, against their own mean curve times the fault;\n"
        "not distinguishable: within the margins of the true curve at this size, so that nothing follows"
    )
    return table
