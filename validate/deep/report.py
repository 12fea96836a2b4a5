"""What the figures of deep networks print: settings, correlation, layers, filters, seeds that were lost."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from validate.deep.correlation import LEVEL, SIGNS, Correlation, Interval
from validate.deep.networks import Curves, Filters, Networks
from validate.deep.settings import DeepExperiment, architectures

QUANTITIES = ("D", "G", "R")


def settings(asked: DeepExperiment) -> Text:
    """What is trained and measured, printed before the run; what of the preset was changed is named."""
    task, one, probing = asked.task, asked.trainings[0], asked.probing
    counts, seeds = task.counts, len({training.seed for training in asked.trainings})
    border = "periodic" if task.wrap else "with a border"
    lines = [
        f"Task {task.kind} in the plane: L = {task.width}, xi = {task.scale}, gap {task.gap:g}, {border}; "
        f"{counts[1]} + {counts[-1]} images, classes equally often",
        f"{', '.join(architectures(asked))}; width × {one.width:g}, {seeds} seeds, {one.images} training images, "
        f"{one.loss} loss, batch {one.batch}, learning rate {one.learning_rate:g} falling to 0, momentum "
        f"{one.momentum:g}, weight decay {one.weight_decay:g}, {one.epochs} epochs, stopped early on {one.validation} "
        f"images; {one.test} test images",
        f"Eq. 1 on {probing.images} test images with {probing.move} moves and {probing.noise} noise of their norm "
        f"({probing.noise_norm}), and {probing.shuffles} networks with shuffled channels",
    ]
    if asked.scaled:
        changes = "; ".join(f"{name} {here}, not {preset}" for name, (here, preset) in asked.scaled.items())
        lines.append(f"not as the preset has it: {changes}")
    return Text("\n".join(lines))


def architecture_table(networks: Sequence[Networks]) -> Table:
    """Test errors and sensitivities of the output."""
    table = Table(title="Outputs: mean ± standard deviation over seeds")
    for heading in ("architecture", "seeds", "test error", "D_f", "G_f", "R_f", "D_f before", "G_f before"):
        table.add_column(heading, justify="left" if heading == "architecture" else "right")
    for one in networks:
        row = [_spread(getattr(one.after, q)[:, -1]) for q in QUANTITIES]
        row += [_spread(getattr(one.before, q)[:, -1]) for q in ("D", "G")]
        table.add_row(one.architecture, str(len(one.seeds)), _spread(one.errors), *row)
    lost = [sentence for one in networks for sentence in one.lost]
    table.caption = "before: untrained" + "".join(f"\n{sentence}" for sentence in lost)
    return table


def correlation_table(found: dict[str, Correlation], others: dict[str, dict[str, Correlation]]) -> Table:
    """ρ of Fig. 8 and its judgement, and beside it of `others`: {heading: the same}."""
    table = Table(title="ρ(ε, X) = Cov(ln ε, ln X)/√(Var Var) over architectures")
    headings = ("X", "the paper", "ρ (architectures)", "(families)", "family means", "p", "verdict", *others)
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "X" else "right")
    for quantity, one in found.items():
        sign = "> 0" if SIGNS[quantity] > 0 else "< 0"
        beside = [
            f"{other[quantity].rho:+.2f} {interval(other[quantity].families)}, p = {other[quantity].p:.2g}"
            for other in others.values()
        ]
        table.add_row(
            f"{quantity}_f", sign, f"{one.rho:+.2f} {interval(one.architectures)}", interval(one.families),
            f"{one.family_rho:+.2f} {interval(one.family_normal)}", f"{one.p:.2g}", one.verdict, *beside
        )  # fmt: skip
    least = math.factorial(one.family_count)
    table.caption = (
        f"{one.points} architectures of {one.family_count} families, means over seeds; nominal 95 % intervals:\n"
        "bootstrap of architectures, as if all were independent; of families; and of the correlation of family means,\n"
        "normal theory; simulated with the quick preset's families they contain the truth in 65–91, 82–90, 94–96 of\n"
        "100 sets; p: share of all assignments of the families' errors with as large a correlation of their means;\n"
        f"verdict: by p, decided where it is at most {LEVEL}; the least p of so many is 1/{least}"
    )
    return table


def depth_table(networks: Sequence[Networks], theory: dict[str, Curves | None]) -> Table:
    """First and last hidden layer, and how far shuffled and homogeneous networks are."""
    table = Table(title="Hidden layers, from the first to the last: means over seeds")
    for heading in ("architecture", "", "untrained", "trained", "shuffled", "homogeneous", "|ln shuffled/trained|",
                    "|ln homogeneous/trained|"):  # fmt: skip
        table.add_column(heading, justify="left" if heading in ("architecture", "") else "right")
    for one in networks:
        exact = theory.get(one.architecture)
        for quantity in QUANTITIES:
            # without the output, which is no hidden layer; the homogeneous network has none
            before, after = (getattr(curves, quantity)[:, :-1] for curves in (one.before, one.after))
            shuffled = getattr(one.shuffled, quantity)[:, :-1] if one.shuffled else None
            ideal = getattr(exact, quantity) if exact else None
            ends = [_ends(before), _ends(after), *("—" if x is None else _ends(x) for x in (shuffled, ideal))]
            apart = ["—" if x is None else _distance(x, after[:, : x.shape[1]]) for x in (shuffled, ideal)]
            table.add_row(one.architecture if quantity == "D" else "", f"{quantity}_k", *ends, *apart)
    reasons = [
        f"{one.architecture} is not shuffled: {one.why_not_shuffled}" for one in networks if one.why_not_shuffled
    ]
    table.caption = "distances: median over layers and seeds" + "".join(f"\n{reason}" for reason in reasons)
    return table


def filter_table(networks: Sequence[Networks]) -> Table:
    """Share of the constant mode, of single filters and of their mean, and Fig. 12's aggregate of each convolution."""
    table = Table(title="Filters, before → after training: means ± standard deviations over seeds")
    for heading in ("architecture", "k", "convolution", "constant mode", "of the mean filter", "roughness"):
        table.add_column(heading, justify="left" if heading in ("architecture", "convolution") else "right")
    for one in networks:
        for k, (name, filters) in enumerate(one.spectra.items(), start=1):
            cells = [
                " → ".join(
                    _spread(np.array([getattr(spectrum, what) for spectrum in when]))
                    for when in (filters.before, filters.after)
                )
                for what in ("homogeneity", "mean_homogeneity", "roughness")
            ]
            table.add_row(one.architecture if k == 1 else "", str(k), name, *cells)
    table.caption = (
        "constant mode: its share of the filters' power (Eq. 3), 1 for homogeneous filters, 1/F² for random ones;\n"
        "mean filter: over channels; roughness (Fig. 12): 0 for homogeneous filters, 1 for random ones"
    )
    return table


def as_dict(networks: Sequence[Networks], theory: dict[str, Curves | None]) -> list[dict[str, Any]]:
    """All numbers, as JSON has them."""
    answer = []
    for one in networks:
        exact = theory.get(one.architecture)
        answer.append({
            "architecture": one.architecture, "seeds": list(one.seeds), "test_error": one.errors.tolist(),
            "layers": list(one.layers), "depth": one.depth.tolist(), "lost": list(one.lost),
            **{when: _numbers(getattr(one, when)) for when in ("before", "after")},
            "shuffled": _numbers(one.shuffled) if one.shuffled else one.why_not_shuffled,
            "homogeneous": _numbers(exact) if exact else None,
            "spectra": {name: _power(filters) for name, filters in one.spectra.items()},
        })  # fmt: skip
    return answer


def _power(filters: Filters) -> dict[str, Any]:
    first = filters.after[0]
    return {
        "eigenvalues": first.eigenvalues.tolist(),
        "multiplicities": first.multiplicities.tolist(),
        **{
            f"{what}_{when}": [getattr(one, what).tolist() for one in getattr(filters, when)]
            for what in ("power", "mean_power")
            for when in ("before", "after")
        },
    }


def _numbers(curves: Curves) -> dict[str, list[list[float]]]:
    return {quantity: getattr(curves, quantity).tolist() for quantity in QUANTITIES}


def interval(ends: Interval) -> str:
    """An interval as it is printed."""
    return f"[{ends[0]:+.2f}, {ends[1]:+.2f}]"


def _spread(values: np.ndarray) -> str:
    if not len(values):
        return "—"
    return f"{values.mean():.3g}" + (f" ± {values.std(ddof=1):.1g}" if len(values) > 1 else "")


def _ends(values: np.ndarray) -> str:
    """Of (S, K) numbers: the means over seeds in the first and the last layer."""
    means = values.mean(0)
    return f"{means[0]:.3g} → {means[-1]:.3g}"


def _distance(values: np.ndarray, others: np.ndarray) -> str:
    """Median |ln values/others| over seeds and layers."""
    return f"{np.median(np.abs(np.log(values / others))):.3f}"
