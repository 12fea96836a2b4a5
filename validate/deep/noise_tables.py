"""What Figs. 1 and 10 print."""

from rich.table import Table

from validate.deep.correlation import SIGNS
from validate.deep.judgement import QUANTITIES
from validate.deep.noise import NoiseJudgement
from validate.deep.tables import interval, tables
from validate.presentation import table


def noise_tables(judgement: NoiseJudgement) -> list[Table]:
    """The outputs of all networks, level after level, and ρ(ε, X) at each."""
    outputs = []
    for level in judgement.levels:
        first = tables(level.judgement)[0]
        first.title = f"Noise ‖η‖ = {level.norm:g}. {first.title}"
        outputs.append(first)
    return [*outputs, _levels(judgement)] if judgement.drawable else outputs


def _levels(judgement: NoiseJudgement) -> Table:
    """ρ of each quantity, its interval and verdict."""
    rows = []
    for level in judgement.levels:
        for quantity in QUANTITIES:
            rho, control = level.correlations[quantity], level.controls[quantity]
            sign = "> 0" if SIGNS[quantity] > 0 else "< 0"
            families = f"{rho.family_rho:+.2f} {interval(rho.family_normal)}"
            norm = f"{level.norm:g}" if quantity == "D" else ""
            before = f"{control.family_rho:+.2f}, p = {control.p:.2g}: {control.verdict}"
            rows.append([norm, f"{quantity}_f", sign, f"{rho.rho:+.2f}", families, f"{rho.p:.2g}", rho.verdict, before])
    headings = ("‖η‖", "X", "the paper", "ρ", "family means", "p", "verdict", "control: X before training")
    caption = (
        "family means: 95 % by normal theory; verdict: by p, over all assignments of families; the control must not "
        f"agree\nunder: {judgement.levels[0].judgement.condition}"
    )
    title = "ρ(ε, X) at each noise level: statements (iii), without noise, and (iv)"
    return table(title, headings, rows, caption, left=3)
