"""What `validate.law` prints."""

import math

import sympy as sp
from rich.console import Group
from rich.table import Table

from validate.law.filters import FilterJudgement
from validate.law.idealised import IdealisedStack
from validate.law.judgement import Judgement
from validate.law.network_split import network_split_table
from validate.law.network_tables import layer_table, network_table
from validate.law.split_report import split_rivals_table, split_table
from validate.law.theorem import RandomFilters
from validate.presentation import table

LONGEST = 34


def tables(judgement: Judgement) -> Group:
    """Everything that is printed after the run."""
    parts = [_alphas(judgement), _filters(judgement), _theorem(judgement.random_filters), _rivals(judgement)]
    parts += [split_table(judgement.splits), split_rivals_table(judgement.splits)]
    parts += [_stack(stack) for stack in judgement.stacks]
    if judgement.networks:
        parts += [layer_table(judgement.networks), network_table(judgement.networks)]
        parts.append(network_split_table(judgement.network_splits))
    statements = [(statement.name, "holds" if statement.holds else "FAILS") for statement in judgement.statements]
    return Group(*parts, table("Verdict", ("statement", ""), statements, left=2))


def _alphas(judgement: Judgement) -> Table:
    strides = range(2, judgement.settings.largest_stride + 1)
    alphas = {
        (judged.filter_size, judged.stride): "0" if judged.prediction.saturates else f"{judged.prediction.alpha:.4f}"
        for judged in judgement.homogeneous
    }
    return table(
        "α(F, s) of homogeneous filters: D_k ~ A_k^−α",
        ("F", *(f"s = {stride}" for stride in strides)),
        [
            (str(size), *(alphas.get((size, stride), "") for stride in strides))
            for size in range(2, judgement.settings.largest_filter + 1)
        ],
        "empty: F < s, pixels are skipped; 0: D_k saturates; the paper has F = s, α = 1, and s = 1, α = 2",
        left=0,
    )


def _filters(judgement: Judgement) -> Table:
    headings = (
        "filter",
        "λ₁",
        "λ_D",
        "class weights",
        "g",
        "α",
        "simulated",
        "β",
        "simulated",
        "c_D",
        "c_G",
        "verdict",
    )
    # a filter of the user's may converge slowly: it is judged layer by layer
    rows = [_filter(judged, judged.exponents_agree) for judged in judgement.shown]
    rows += [_filter(judged, judged.layers_agree) for judged in judgement.own]
    distance = max(judged.distance for judged in (*judgement.shown, *judgement.own))
    caption = (
        f"simulated: local slopes of the operator at A of some 10⁵; D_k and G_k of all layers agree to {distance:.0e}\n"
        "g: greatest common divisor of the taps' differences; D_k → c_D s^{−αk}, G_k → c_G s^{βk}"
    )
    return table("Exactly, and simulated", headings, rows, caption, left=3)


def _filter(judged: FilterJudgement, agrees: bool) -> list[str]:
    prediction = judged.prediction
    return [
        judged.name,
        _root(prediction.lambda_1),
        _root(prediction.lambda_D),
        ", ".join(f"{weight:.3f}" for weight in judged.class_weights),
        str(judged.common_divisor),
        f"{prediction.alpha:.6f}",
        f"{judged.alpha:.6f}",
        f"{prediction.beta:.6f}",
        f"{judged.beta:.6f}",
        f"{prediction.prefactor_D:.4g}",
        f"{prediction.prefactor_G:.4g}",
        "agree" if agrees else "DISAGREE",
    ]


def _root(eigenvalue: sp.Expr) -> str:
    exact = str(eigenvalue)
    return exact if len(exact) <= LONGEST and "Root" not in exact else f"root, {float(eigenvalue):.6f}"


def _theorem(random_filters: RandomFilters) -> Table:
    judged = [("holds", "REFUSED"), *[("HOLDS", "refused")] * (len(random_filters.contradicted_by) - 1)]
    rows = [
        (condition, words[violations > 0], str(violations))
        for words, (condition, violations) in zip(judged, random_filters.contradicted_by.items(), strict=True)
    ]
    title = f"D_k → 0 if and only if …: {random_filters.number} random filters with zeros, stride 2 or 3"
    return table(title, ("…", "judgement", "contradicted by"), rows, left=2)


def _rivals(judgement: Judgement) -> Table:
    rows = [
        (
            rival.name,
            judged.name,
            "ACCEPTED" if rival.accepted else "refused: D_k saturates" if broken else "refused",
            f"{abs(rival.alpha - judged.alpha):.4f}",
        )
        for filters, broken in ((judgement.shown, False), (judgement.broken, True))
        for judged in filters
        for rival in judged.rivals
    ]
    title = "Negative controls: rivals that the same judgement must refuse"
    return table(title, ("rival", "for", "judgement", "off by"), rows, left=3)


def _stack(stack: IdealisedStack) -> Table:
    headings = ("k", "layer", "step", "sum-rule defect", "A_k", "D_k", "G_k", "D_k lengthened", "times lower")
    sensitivities, rows = stack.sensitivities, []
    for n, label in enumerate(stack.labels):
        defect, d, lengthened = stack.sum_rule_defects[n], sensitivities.D[n], stack.lengthened.D[n]
        rows.append(
            (
                str(n + 1),
                label,
                str(stack.steps[n]),
                f"{defect:.3f}" if defect else "0",
                f"{sensitivities.receptive_field[n]:.1f}",
                f"{d:.3g}",
                f"{sensitivities.G[n]:.3g}",
                *(("", "") if math.isclose(d, lengthened) else (f"{lengthened:.3g}", f"{d / lengthened:.1f}")),
            )
        )
    title = f"{stack.name}, idealised: homogeneous filters, pooling as averages, d = 2"
    caption = "lengthened: filters that break the sum rule, extended to a multiple of their stride"
    return table(title, headings, rows, caption, left=2)
