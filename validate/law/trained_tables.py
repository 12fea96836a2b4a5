"""What `validate.law` prints of trained networks."""

import math

import numpy as np
from rich.table import Table

from validate.exponents import interval
from validate.law.preference import MIDDLE, preference, slopes
from validate.law.trained import WIDTH, Trained


def layers(trained: list[Trained]) -> Table:
    """Layer by layer, means over the seeds that count; one section for each case."""
    table = Table(title="Trained networks, layers judged: mean filters, and D_k, G_k beside exact curves")
    headings = ["F/s, task", "seeds", "k", "A_k", "mean filter, sum 1", "±", "homog.", "defect", "chan."]
    for heading in (*headings, "D_k", "own", "near", "box", "G_k", "own", "near", "box"):
        table.add_column(heading, justify="left" if heading.startswith(("F", "mean")) else "right", no_wrap=True)
    unfit = []
    for one in trained:
        counted, name = one.counted(one.after), f"{one.case.filter_size}/{one.case.stride}, {one.case.kind}"
        name += "" if one.case.channels == WIDTH else f", H {one.case.channels}"
        unfit += [
            f"{name} seed {f.seed} {f.status}" for f, fits in zip(one.seed_results, one.fits, strict=True) if not fits
        ]
        table.add_section()
        for k in np.flatnonzero(one.window) if len(counted) else ():
            first = [name, f"{len(counted)}/{len(one.seed_results)}"] if k == 0 else ["", ""]
            table.add_row(*first, *_layer(one, counted, int(k)))
    table.caption = (
        "±: standard deviation over seeds; homog.: share of the constant mode (Eq. 3); defect: sum-rule defect of the "
        "mean filter; chan.: of all channels;\n"
        "own: the mean filters; near: the sum-rule filters nearest to them; box: homogeneous filters"
    )
    if unfit:
        table.caption += f"\nleft out, since they do not fit their training images: {'; '.join(unfit)}"
    return table


def _layer(one: Trained, counted: np.ndarray, k: int) -> list[str]:
    after, exact = one.after, one.homogeneous
    filters = after.filters[counted, k]
    curves = {
        q: [
            *(getattr(curve, q)[counted, k].mean() for curve in (after.measured, after.own, after.nearest)),
            getattr(exact, q)[k],
        ]
        for q in ("D", "G")
    }
    return [
        str(k + 1),
        f"{exact.receptive_field[k]:.1f}",
        " ".join(f"{weight:.2f}" for weight in filters.mean(0)),
        f"{filters.std(0, ddof=1).max():.3f}" if len(counted) > 1 else "",
        f"{after.homogeneity[counted, k].mean():.2f}",
        f"{after.defect[counted, k].mean():.3f}",
        f"{after.channel_defect[counted, k].mean():.3f}",
        *(f"{value:.3f}" for value in curves["D"]),
        *(f"{value:.2f}" for value in curves["G"]),
    ]


def networks(trained: list[Trained]) -> Table:
    """One line for each case, and where s does not divide F the choice."""
    table = Table(title="What trained networks learn, over the layers above; 95 % intervals over seeds")
    headings = ("networks", "seeds", "slope of D: trained", "own", "nearest", "homogeneous", "defect / homogeneous")
    for heading in (*headings, "nearer to the sum rule's D", "sum rule?", "its D?"):
        table.add_column(heading, justify="left" if heading == "networks" else "right")
    for one in trained:
        witnesses = [("", one.after)]
        if one.homogeneous_defect and one.case.kind != "parity":
            witnesses.append((", untrained", one.before))
        for suffix, witness in witnesses:
            counted = one.counted(witness)
            found_slopes = interval(slopes(one, witness.measured.D[counted])) if len(counted) else (math.nan, math.nan)
            own, near = (
                slopes(one, curve.D[counted]).mean() if len(counted) else math.nan
                for curve in (witness.own, witness.nearest)
            )
            cells = ["", "", "", ""]
            if one.homogeneous_defect:
                found = preference(one, witness)
                cells = [_interval(found.defect), _interval(found.nearer), *map(_yes, (found.sum_rule, found.follows))]
            table.add_row(
                one.case.name + suffix,
                str(len(counted)),
                f"[{found_slopes[0]:.2f}, {found_slopes[1]:.2f}]",
                f"{own:.2f}",
                f"{near:.2f}",
                f"{slopes(one, one.homogeneous.D)[0]:.2f}",
                *cells,
            )
    table.caption = (
        "own: exact curve of the mean filters; nearest: of the sum-rule filters nearest to them; defect / homogeneous: "
        f"0 under the sum rule,\n1 if homogeneous, decided at {MIDDLE:g}; nearer: |ln| distance of D_k from the "
        "homogeneous curve less that from the nearest sum-rule filters'"
    )
    return table


def _interval(values: np.ndarray) -> str:
    low, high = interval(values)
    mean = values.mean() if len(values) else math.nan
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def _yes(so: bool) -> str:
    return "yes" if so else "no"
