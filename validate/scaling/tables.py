"""What `validate.scaling` prints: exponents, claims, layers, seeds, rivals. Everything is read from the judgement."""

import numpy as np
from rich.console import Group
from rich.table import Table

from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.presentation import interval, number, spread, table
from validate.scaling.comparison import Comparison, Networks
from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN
from validate.scaling.judgement import JUDGED, MOST_LOST, Judgement
from validate.statistics import Estimate

HINTS = {
    "collapsed": "gives one output for every image: try a smaller --ridge or --learning-rate",
    "diverged": "has a loss that is not finite: try a smaller --learning-rate",
    "not interpolated": "never had hinge loss 0 on all its training images: try more --epochs or --channels",
}


def tables(judgement: Judgement) -> Group:
    """Everything that is printed after the run."""
    networks = judgement.comparison.networks
    parts = [_exponents(judgement)]
    if networks is not None:
        parts.append(_claims(judgement))
    parts.append(_layers(judgement.comparison))
    if networks is not None:
        parts += [_attribution(judgement), seeds(networks)]
    parts.append(_rivals(judgement))
    return Group(*parts)


def _exponents(judgement: Judgement) -> Table:
    comparison = judgement.comparison
    layers = comparison.exact.layer[comparison.window]
    claimed = judgement.claimed if comparison.networks else JUDGED
    rows = []
    for quantity, result in judgement.quantities.items():
        fit, verdict = result.simulated, "holds" if result.holds else "DOES NOT HOLD"
        slopes = [_interval(slope) if slope else "—" for slope in (result.trained, result.untrained)]
        if quantity not in JUDGED:
            verdict = "D/G"
        elif quantity not in claimed:
            verdict += ", not claimed"
        simulated = f"{fit.value:.6f} ± {fit.stderr:.0e}"
        rows.append([quantity, f"{result.predicted:g}", simulated, f"{result.exact:.3f}", *slopes, verdict])
    fit = judgement.quantities["D"].simulated
    return table(
        f"Exponents in A_k; at this size over layers {layers[0]}–{layers[-1]}",
        ("", "predicted", "simulated, A → ∞", "exact", "trained", "untrained", "verdict"),
        rows,
        f"simulated: exact operator, {fit.points} A in {fit.first:.0f} … {fit.last:.0f}, next term fitted; "
        f"equal to the predicted within {exponent_tolerance(comparison.task.dim):g}\n"
        "exact, trained, untrained: slopes at this size [90 % interval over seeds]; R is no measurement of its own",
    )


def _claims(judgement: Judgement) -> Table:
    rows: list[list[str]] = []
    for quantity, result in judgement.quantities.items():
        if result.claims is None:
            continue
        margins = f"±{LEVEL_MARGIN:.3f}, ±{SLOPE_MARGIN * abs(result.predicted):.3f}"
        for curve, test in (
            ("homogeneous filters", result.claims.homogeneous),
            ("their own mean filters", result.claims.own_filters),
        ):
            rows.append([quantity, curve, test.verdict, _interval(test.worst), _interval(test.slope), margins])
        rows += [[quantity, "", f"→ {result.claims.strongest}", "", "", ""], []]
    return table(
        "Which curve: ln(trained/curve), mean [90 % interval over seeds]",
        ("", "on the curve of", "verdict", "furthest layer", "slope less the curve's", "margins"),
        rows,
        "holds: the intervals of all layers and of the slope lie within the margins (one-sided tests at 5 % each);\n"
        "fails: any of them lies outside (5 % for all together); margins: a level 6 %, an exponent 7.5 % off;\n"
        f"{judgement.seeds - judgement.lost} of {judgement.seeds} networks counted; nothing is decided where more than "
        f"{MOST_LOST:.0%} are lost",
        left=3,
    )


def _interval(estimate: Estimate) -> str:
    return interval(estimate.value, estimate.low, estimate.high)


def _layers(comparison: Comparison) -> Table:
    networks, infinite = comparison.networks, comparison.infinite
    headings = ["k", "A_k", *(f"{q} exact" for q in QUANTITIES)]
    if networks is not None:
        headings += [*(f"{q} trained" for q in QUANTITIES), "D untrained", "G untrained", "homogeneity"]
    if infinite is not None:
        headings += ["D_∞", "G_∞"]
    rows = []
    for n in range(comparison.architecture.depth):
        row = [*_place(comparison, n), *(number(getattr(comparison.exact, q)[n]) for q in QUANTITIES)]
        if networks is not None:
            row += [spread(getattr(networks.trained, q)[networks.learned, n]) for q in QUANTITIES]
            row += [spread(getattr(networks.untrained, q)[:, n]) for q in JUDGED]
            row.append(spread(networks.homogeneity[networks.learned, n]))
        if infinite is not None:
            row += [number(getattr(infinite, q)[n]) for q in JUDGED]
        rows.append(row)
    caption = "* not judged; undefined: one representation for all images"
    if infinite is not None:
        caption += "; ∞: untrained, infinite width"
    if networks is not None:
        caption += "; ± standard deviation over seeds (trained: those that learned)"
    return table("Layers", headings, rows, caption, left=0)


def _place(comparison: Comparison, n: int) -> list[str]:
    """k, with a star where the layer is not judged, and A_k."""
    exact = comparison.exact
    return [f"{exact.layer[n]}{'' if comparison.window[n] else ' *'}", f"{exact.receptive_field[n]:.3g}"]


def _attribution(judgement: Judgement) -> Table:
    steps = ("total", "channels", "biases", "shape")
    columns = [(q, step, getattr(judgement.attribution[q], step)) for q in JUDGED for step in steps]
    return table(
        "Where the idealisation ends, and why: mean ln(trained/exact), split",
        ("k", "A_k", *(f"{q}: {step}" for q, step, _ in columns)),
        [
            [*_place(judgement.comparison, n), *(_signed(values[n]) for _, _, values in columns)]
            for n in range(judgement.comparison.architecture.depth)
        ],
        "channels: spread between channels (gone when all filters of a layer are replaced by their mean);\n"
        "biases: gone in one channel with the mean filters; shape: the mean filters are not homogeneous; * not judged",
        left=0,
    )


def _signed(value: float) -> str:
    return f"{value:+.3f}" if abs(value) < float("inf") else "undefined"


def seeds(networks: Networks) -> Table:
    """The result of every seed, and the remedy where a seed was lost."""
    rows = []
    for seed, imbalance in zip(networks.seed_results, networks.imbalance, strict=True):
        first = "never" if seed.interpolated is None else f"epoch {seed.interpolated}"
        status = seed.status if seed.learned else f"{seed.status}, left out"
        errors = [f"{error:.4f}" for error in (seed.train_error, seed.validation_error, seed.test_error)]
        middle = f"{np.nanmedian(imbalance):.1e}" if np.isfinite(imbalance).any() else "—"
        rows.append([str(seed.seed), status, first, str(seed.epochs), f"{seed.loss:.1e}", *errors, middle])
    lost = [f"seed {seed.seed} {HINTS[seed.status]}" for seed in networks.seed_results if seed.status in HINTS]
    headings = ("seed", "result", "first interpolated", "epochs", "hinge loss", "training", "validation", "test error",
                "imbalance")  # fmt: skip
    caption = (
        "imbalance of the power into and out of channels, median over layers: 1 before training, 0 at its end state"
    )
    return table("Seeds", headings, rows, "\n".join([caption, *lost]), left=2)


def _rivals(judgement: Judgement) -> Table:
    return table(
        "Rivals that the same judgements must refuse",
        ("rival", "judged by", "quantity", "how far off", "outcome"),
        [[rival.name, rival.witness, rival.quantity, rival.off, rival.outcome] for rival in judgement.rivals],
        "simulation: its exponent at A → ∞; networks: layers and slope, against their own mean curve times the fault;\n"
        "not distinguishable: within the margins of the true curve at this size, so that nothing follows",
        left=5,
    )
