"""What `validate.learned` prints."""

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from nets.models.learned import CERTAIN
from validate.learned.judgement import Judgement
from validate.learned.measurements import QUANTITIES, Measurements
from validate.learned.partial import PartialCurves
from validate.presentation import spread, table


def tables(judgement: Judgement, frozen: Sequence[str] = ()) -> list[Table]:
    """Splits, interventions, and the statements about them; `frozen` convolutions of a user's model."""
    return [
        _splits(judgement.measurements, frozen),
        *(_interventions(measured) for measured in judgement.measurements if measured.seeds),
        *([_partial(judgement.partial)] if judgement.partial else []),
        *([_statements(judgement)] if judgement.statements else []),
    ]


def _splits(measurements: Sequence[Measurements], frozen: Sequence[str]) -> Table:
    """σ and the order parameters, from the second convolution on."""
    rows, remarks = [], [sentence for measured in measurements for sentence in measured.excluded]
    for measured in measurements:
        if not measured.seeds:
            continue
        behind = slice(1 if measured.splits["sigma"].shape[1] > 1 else 0, None)
        numbers = {name: values[:, behind] for name, values in measured.splits.items()}
        noise = int((np.abs(measured.splits["sigma"]) <= CERTAIN * measured.splits["sigma_error"]).any(0).sum())
        if noise:
            remarks.append(
                f"{measured.name}, {measured.moment}: start and end of {noise} convolutions are uncorrelated, so that "
                "σ is noise there and ΔW is W"
            )
        rows.append([
            measured.name, measured.moment, str(len(measured.seeds)),
            spread(numbers["sigma"].mean(1)),
            "—" if np.isnan(measured.predicted_sigma) else f"{measured.predicted_sigma:.3f}",
            spread(numbers["learned_share"].mean(1)), spread(numbers["shares"][..., 0].mean(1)),
            spread(numbers["end_shares"][..., 0].mean(1)), spread(_implied(numbers).mean(1)),
        ])  # fmt: skip
    caption = "\n".join([
        "means over convolutions from the second on ± standard deviations over seeds; q: share of ΔW in W's power;",
        "γ, ρ: share of the constant mode in ΔW, in W; (1 − q)/N + qγ is ρ where ΔW does not know W(0);",
        *remarks,
        *([f"frozen, and left as they are: {', '.join(frozen)}"] if frozen else []),
    ])  # fmt: skip
    headings = ("network", "moment", "seeds", "σ", "σ, decay alone", "q", "γ", "ρ", "(1 − q)/N + qγ")
    return table("W = σ W(0) + ΔW", headings, rows, caption, left=2)


def _implied(numbers: dict[str, np.ndarray]) -> np.ndarray:
    """(S, L) ρ from q and γ; 1/N is the constant mode's share of random filters of N pixels."""
    q, share = numbers["learned_share"], numbers["shares"][..., 0]
    return np.asarray((1 - q) / numbers["pixels"] + q * share)


def _interventions(measured: Measurements) -> Table:
    """ln(changed/trained) of D and G after each intervention."""
    rows = [
        [
            _name(change, measured.eigenvalues),
            *(spread(measured.mean_change(change, q)) for q in QUANTITIES),
            *(spread(measured.mean_change(change, q, size=True)) for q in QUANTITIES),
        ]
        for change in measured.changed
    ]
    counts = measured.judged.sum(1)
    caption = (
        "means over layers ± standard deviations over seeds; layers from the second on in which\n"
        f"every changed network tells images apart: {counts.min()} to {counts.max()} of {len(measured.layers)}"
    )
    headings = ("what is changed in every layer", "ln D", "ln G", "|ln D|", "|ln G|")
    title = f"{measured.name}, {measured.moment}: ln(changed/trained)"
    return table(title, headings, rows, caption)


def _name(change: str, eigenvalues: np.ndarray) -> str:
    """An intervention's name with the mode in words."""
    words, _, last = change.rpartition(" ")
    if not last.isdigit():
        return change
    mode = "constant" if last == "0" else "gradients" if last == "1" else f"λ = {eigenvalues[int(last)]:.3g}"
    return f"{words} {last} ({mode})"


def _partial(partial: Sequence[PartialCurves]) -> Table:
    """ln(partly learned at infinite width/trained)."""
    rows = [
        [
            curves.name, curves.moment, f"{curves.sigma:.3f}", kept,
            *(spread(curves.median(kept, q)) for q in QUANTITIES),
            *(spread(curves.largest(kept, q)) for q in QUANTITIES),
        ]
        for curves in partial
        if curves.seeds
        for kept in curves.predicted
    ]  # fmt: skip
    caption = (
        "|ln(infinite width/trained)| of single networks, means ± standard deviations over seeds; the amplitudes are\n"
        "measured: this explains and does not predict"
    )
    headings = ("network", "moment", "σ", "kept", "median, D", "median, G", "largest, D", "largest, G")
    return table("Partly learned networks of infinite width beside the trained ones", headings, rows, caption, left=4)


def _statements(judgement: Judgement) -> Table:
    rows = [
        [
            s.network, s.text, f"{'>' if s.above else '<'} {s.bound:g}",
            f"{s.value.value:+.3f} [{s.value.low:+.3f}, {s.value.high:+.3f}]", s.verdict,
            ("" if s.as_expected else "not ") + "as expected",
        ]
        for s in judgement.statements
    ]  # fmt: skip
    caption = (
        "means over seeds with 90 % intervals; holds: the interval lies on the bound's side, fails: on the other;\n"
        "statements are expected to hold, controls and the parity task not to"
    )
    headings = ("network", "statement, at the end of training", "bound", "value", "verdict", "")
    return table("What carries the change", headings, rows, caption, left=2)
