"""What `validate.law` prints."""

import math

from rich.console import Group
from rich.table import Table

from validate.law.exact import Checked, furthest, rivals
from validate.law.idealised import Idealised
from validate.law.theorem import DRAWN
from validate.law.trained_tables import layers, networks
from validate.law.verdict import Answer

LONGEST = 34


def tables(answer: Answer) -> Group:
    """Everything that is printed after the run."""
    parts = [_map(answer), _checked(answer), _theorem(answer), _controls(answer)]
    parts += [_stack(one) for one in answer.stacks]
    if answer.trained:
        parts += [layers(answer.trained), networks(answer.trained)]
    parts.append(_verdicts(answer))
    return Group(*parts)


def _map(answer: Answer) -> Table:
    strides = sorted({point.stride for point in answer.points})
    table = Table(title="α(F, s) of homogeneous filters: D_k ~ A_k^−α")
    table.add_column("F", justify="right")
    for stride in strides:
        table.add_column(f"s = {stride}", justify="right")
    by_place = {(point.filter_size, point.stride): point for point in answer.points}
    for size in sorted({point.filter_size for point in answer.points}):
        cells = []
        for stride in strides:
            point = by_place.get((size, stride))
            cells.append("" if point is None else f"{point.law.exponents[0]:.4f}" if not point.law.saturates else "0")
        table.add_row(str(size), *cells)
    table.caption = "empty: F < s, pixels are skipped; 0: D_k saturates; the paper has F = s, α = 1, and s = 1, α = 2"
    return table


def _checked(answer: Answer) -> Table:
    table = Table(title="Exactly, and simulated")
    headings = ("filter", "class weights", "g", "λ₁", "λ_D", "α", "simulated", "β", "simulated", "c_D", "c_G")
    for heading in (*headings, "verdict"):
        table.add_column(heading, justify="left" if heading in ("filter", "λ₁", "λ_D") else "right")
    for one in (*answer.checked, *answer.own):
        (alpha, beta), (c_d, c_g) = one.law.exponents, one.law.prefactors
        table.add_row(
            one.name,
            ", ".join(f"{weight:.3f}" for weight in one.class_weights),
            str(one.common_divisor),
            _number(str(one.law.norm.root), float(one.law.norm.value)),
            _number(str(one.law.moved.root), float(one.law.moved.value)),
            f"{alpha:.6f}",
            f"{one.alpha:.6f}",
            f"{beta:.6f}",
            f"{one.beta:.6f}",
            f"{c_d:.4g}",
            f"{c_g:.4g}",
            _verdict(one, one in answer.checked),
        )
    worst = max(furthest(one) for one in (*answer.checked, *answer.own))
    table.caption = (
        f"simulated: local slopes of the operator at A of some 10⁵; D_k and G_k of all layers agree to {worst:.0e}\n"
        "g: greatest common divisor of the taps' differences; D_k → c_D s^{−αk}, G_k → c_G s^{βk}"
    )
    return table


def _verdict(one: Checked, by_slope: bool) -> str:
    """A filter of the user's may converge slowly: it is judged layer by layer."""
    return "agree" if (one.holds if by_slope else one.follows) else "DISAGREE"


def _number(exact: str, value: float) -> str:
    return exact if len(exact) <= LONGEST and "Root" not in exact else f"root, {value:.6f}"


def _theorem(answer: Answer) -> Table:
    table = Table(title=f"D_k → 0 if and only if …: {DRAWN} random filters with zeros, stride 2 or 3")
    for heading in ("…", "contradicted by", "judgement"):
        table.add_column(heading, justify="right" if heading == "contradicted by" else "left")
    for statement in answer.statements:
        judgement = "holds" if statement.holds else "REFUSED" if statement.theorem else "refused"
        table.add_row(statement.name, str(statement.violations), judgement)
    return table


def _controls(answer: Answer) -> Table:
    table = Table(title="Negative controls: rivals that the same judgement must refuse")
    for heading in ("rival", "for", "off by", "judgement"):
        table.add_column(heading)
    for one in answer.checked:
        for name, alpha in rivals(one):
            judgement = "ACCEPTED" if one.accepts(alpha) else "refused"
            table.add_row(name, one.name, f"{abs(alpha - one.alpha):.4f}", judgement)
    for broken, whole in answer.broken:
        judgement = "ACCEPTED" if broken.accepts(whole) else "refused: D_k saturates"
        off = f"{abs(broken.alpha - whole):.4f}"
        table.add_row(f"α = {whole:g} of the filter it was made from", broken.name, off, judgement)
    return table


def _stack(one: Idealised) -> Table:
    table = Table(title=f"{one.name}, idealised: homogeneous filters, pooling as averages, d = 2")
    for heading in ("k", "layer", "step", "sum-rule defect", "A_k", "D_k", "G_k", "D_k mended", "times lower"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    s, mended = one.sensitivities, one.mended
    for n, label in enumerate(one.labels):
        ratio = s.D[n] / mended.D[n]
        table.add_row(
            str(n + 1),
            label,
            str(one.steps[n]),
            f"{one.defects[n]:.3f}" if one.defects[n] else "0",
            f"{s.receptive_field[n]:.1f}",
            f"{s.D[n]:.3g}",
            f"{s.G[n]:.3g}",
            f"{mended.D[n]:.3g}" if not math.isclose(ratio, 1) else "",
            f"{ratio:.1f}" if not math.isclose(ratio, 1) else "",
        )
    table.caption = "mended: filters that break the sum rule made longer by the pixels that their stride asks for"
    return table


def _verdicts(answer: Answer) -> Table:
    table = Table(title="Verdict")
    table.add_column("statement")
    table.add_column("")
    for statement, so in answer.verdicts():
        table.add_row(statement, "so" if so else "NOT SO")
    return table
