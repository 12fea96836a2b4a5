"""What `validate.appendix` prints."""

import math

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from theory import printed, random_walk
from theory.ring import largest_field
from validate.appendix import conditions, corrections, untrained
from validate.appendix.chain import lattice_coefficients
from validate.appendix.convergence import LAYERS, Rate
from validate.appendix.proof import Filter, Proof, Question

SIGNS = {True: "agree", False: "DISAGREE"}


def settings(question: Question) -> Text:
    """What is asked, printed before the answer."""
    sizes = ", ".join(map(str, question.filter_sizes))
    dims = ", ".join(map(str, question.dims))
    return Text(
        f"Appendix A, Proposition A.1, for F = {sizes}; its conditions for K = {question.depth} layers on L = "
        f"{question.width} pixels; the laws in d = {dims}"
    )


def tables(proof: Proof) -> Group:
    """Everything that is printed after the run."""
    parts = [_steps(proof)]
    parts += [_coefficients(one) for one in proof.filters]
    parts += [_conditions(proof), _network(proof)]
    parts += [_slopes(proof.filters[n : n + 4]) for n in range(0, len(proof.filters), 4)]
    parts += [_depths(proof), _dimensions(proof)]
    parts += [_initialization(proof), _convergence(proof), _verdicts(proof)]
    return Group(*parts)


def conditions_of(proof: Proof) -> str:
    """One sentence on each F: does the network asked about satisfy the proposition's conditions?"""
    lines = []
    question = proof.question
    for one in proof.filters:
        kernel, d, g = one.ranges
        met = kernel.first <= question.depth <= kernel.last
        lines.append(
            f"F = {one.size}, L = {question.width}, K = {question.depth}: "
            f"the Gaussian {'holds' if met else 'does not hold'} to 1 % "
            f"(error {_percent(kernel.at_depth)}; it does for {_span(kernel)}); "
            f"Eq. 5 is off by {_percent(d.at_depth)}, Eq. 7 by {_percent(g.at_depth)}"
        )
    return "\n".join(lines)


def _table(title: str, *headings: str, left: int = 1) -> Table:
    table = Table(title=title)
    for n, heading in enumerate(headings):
        table.add_column(heading, justify="left" if n < left else "right")
    return table


def _steps(proof: Proof) -> Table:
    table = _table("The proof, step by step", "step", "equation", "F", "seen", "rival", "judgement", left=6)
    for steps in zip(*(one.steps for one in proof.filters), strict=True):
        for n, (one, step) in enumerate(zip(proof.filters, steps, strict=True)):
            judgement = "holds" if step.holds else "FAILS"
            judgement += ", rival refused" if step.refused else ", RIVAL ACCEPTED"
            head = (step.name, step.equation) if n == 0 else ("", "")
            table.add_row(*head, str(one.size), step.seen, step.rival, judgement)
        table.add_section()
    return table


def _coefficients(one: Filter) -> Table:
    kind = random_walk.parity_of(one.size)
    table = _table(f"F = {one.size}: printed, exact, measured", "", "printed", "exact", "measured", "verdict")
    measured = lattice_coefficients(one.size)
    said = {1: printed.drift(kind), 2: printed.diffusion(kind)}
    for n, name in ((1, "drift v (pixels/layer)"), (2, "diffusion D (pixels²/layer)"), (4, "next, of ∂⁴/∂a⁴")):
        exact = random_walk.kramers_moyal(n, kind).subs(random_walk.F, one.size)
        as_printed = said[n].subs(random_walk.F, one.size) if n in said else None
        verdict = SIGNS[exact == measured[n - 1]]
        if as_printed is not None:
            verdict += ", printed right" if as_printed == measured[n - 1] else ", printed refused"
        table.add_row(name, "—" if as_printed is None else str(as_printed), str(exact), str(measured[n - 1]), verdict)
    table.add_section()
    rival = one.rivals[0]
    for rate in one.rates:
        table.add_row(
            f"sup|h_k − p_k| ~ k^x, {rate.name}",
            _power(rival.absolute) if rate is one.rates[0] else "—",
            f"{rate.predicted - 0.5:g}",
            _power(rate.absolute),
            SIGNS[rate.holds] + (_refused(rival) if rate is one.rates[0] else ""),
        )
        table.add_row(
            f"  over the peak: × k^{-rate.predicted:g}, k → ∞",
            f"stays {rival.error[-1]:.3f}" if rate is one.rates[0] else "—",
            f"{rate.predicted_constant:.6f}",
            f"{rate.constant:.6f}",
            "",
        )
    for other in one.rivals[1:]:
        refused = "ACCEPTED" if other.holds else "refused"
        table.add_row(f"rival: {other.name}", _power(other.absolute), "", f"stays {other.error[-1]:.3f}", refused)
    table.add_section()
    for term in one.coefficients:
        table.add_row(term.name, "—", f"{term.predicted:.6f}", f"{term.measured:.6f}", SIGNS[term.holds])
    table.caption = (
        f"rates: {len(LAYERS)} even layers k = {LAYERS[0]} … {LAYERS[-1]}, next order fitted; ± of the fit\n"
        f"terms of D_k, G_k: {len(corrections.LAYERS)} layers {corrections.LAYERS[0]} … {corrections.LAYERS[-1]}, "
        "intercept of the rest"
    )
    return table


def _power(fit: object) -> str:
    value, stderr = fit.value, fit.stderr  # type: ignore[attr-defined]
    return f"{value:.5f} ± {stderr:.0e}" if math.isfinite(stderr) else f"{value:.5f}"


def _refused(rival: Rate) -> str:
    return ", printed ACCEPTED" if rival.holds else ", printed refused"


def _span(one: conditions.Range) -> str:
    return "no k" if one.empty else f"k = {one.first} … {one.last}"


def _percent(error: float) -> str:
    percent = 100 * abs(error)
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def _conditions(proof: Proof) -> Table:
    width, depth = proof.question.width, proof.question.depth
    table = _table(
        f"Conditions at 1 %, L = {width}",
        "F",
        "law",
        "K ≫ 1: from k",
        "predicted",
        "L ≫ F√K: up to k",
        "predicted",
        "both",
        f"error at K = {depth}",
    )
    laws = {"kernel": "Gaussian, Eqs. 11, 12", "D": "D_k = 1/(2A²), Eq. 5", "G": "G_k = 2A/√π, Eq. 7"}
    for one in proof.filters:
        for found in one.ranges:
            counts = (found.first, found.predicted_first, found.last, found.predicted_last)
            table.add_row(
                str(one.size), laws[found.quantity], *map(str, counts), _span(found), _percent(found.at_depth)
            )
    shares = [1 / largest_field(q, conditions.TOLERANCE) for q in conditions.QUANTITIES]
    spread = "; ".join(f"{name}: {value:.3f}" for name, value in proof.collapse.items())
    table.caption = (
        "Rule: k ≤ 12 (L/c)²/(F² − 1), c = L/A_k = "
        + ", ".join(f"{share:.2f} ({q})" for share, q in zip(shares, conditions.QUANTITIES, strict=True))
        + f"\nlargest distance of {len(proof.crossover)} rings from one curve, as a function of {spread}"
    )
    return table


def _network(proof: Proof) -> Table:
    table = _table(
        f"The network asked about, exactly: L = {proof.question.width}",
        "F",
        "k",
        "A_k",
        "error, Gaussian",
        "error, wrapped Gaussian",
        "D_k",
        "2A² D_k",
        "G_k",
        "G_k √π/(2A)",
        left=0,
    )
    for one in proof.filters:
        for row in one.network:
            field = math.sqrt(conditions.step_variance(one.size) * row.layer)
            errors = (_percent(row.gaussian_error), _percent(row.wrapped_error))
            d = (f"{row.D:.4g}", f"{2 * field**2 * row.D:.4f}")
            g = (f"{row.G:.4g}", f"{math.sqrt(math.pi) / 2 * row.G / field:.4f}")
            table.add_row(str(one.size), str(row.layer), f"{row.field:.4g}", *errors, *d, *g)
        table.add_section()
    table.caption = "A_k: on the ring; in the ratios A = √(2Dk). A flat kernel has D_k = 0 and A_k = L/√12"
    return table


def _slopes(filters: list[Filter]) -> Table:
    headings = [f"{name} F = {one.size}" for one in filters for name in ("D", "G")]
    table = _table("Local slopes d ln X/d ln A: operator (expansion)", "k", *headings, left=0)
    for n, k in enumerate(corrections.SHOWN_LAYERS):
        cells = []
        for one in filters:
            s = one.slopes
            cells += [f"{s.D[n]:.3f} ({s.predicted_D[n]:.3f})", f"{s.G[n]:.3f} ({s.predicted_G[n]:.3f})"]
        table.add_row(str(k), *cells)
    return table


def _depths(proof: Proof) -> Table:
    table = _table(
        "How deep for −2 ± 0.05 and 1 ± 0.05?",
        "F",
        "",
        "fit over layers 1 … K: K",
        "local slope at k: k",
        "predicted k",
        "fit over 1 … 12",
        left=2,
    )
    for one in proof.filters:
        for fit in one.naive_fits:
            counts = (fit.depth, fit.local, fit.predicted_local)
            table.add_row(
                str(one.size), f"{fit.quantity} ~ A^{fit.exponent}", *map(str, counts), f"{fit.at_twelve:.3f}"
            )
    return table


def _dimensions(proof: Proof) -> Table:
    table = _table(
        "Dimension d: “carries unaltered to the two-dimensional case”?",
        "d",
        "law",
        "theory",
        "simulated",
        "verdict",
        "“unaltered”",
        left=2,
    )
    for law in proof.laws:
        stride = "F = 3, s = 1" if law.stride == "one" else "F = s = 2"
        unaltered = "so" if law.accepts(law.unaltered) else f"refused (would be {law.unaltered})"
        table.add_row(
            str(law.dim),
            f"{law.quantity}_k, {stride}",
            str(law.predicted),
            _power(law.fitted),
            SIGNS[law.holds],
            unaltered,
        )
    fields = {d: proof.curves[d, "one"].receptive_field for d in proof.question.dims}
    table.caption = "stride 1 fitted over A_k = " + ", ".join(
        f"{a[0]:.1f} … {a[-1]:.1f} (d = {d})" for d, a in fields.items()
    )
    return table


def _initialization(proof: Proof) -> Table:
    start = proof.initialization
    assert start.infinite.G_error is not None
    width = untrained.WIDTHS[-1]
    noises = f"{untrained.NOISY_IMAGES} noises"
    headings = ("k", "D, H = ∞", f"D, H = {width}", "G, H = ∞", f"G, H = ∞, {noises}", f"G, H = {width}, the same")
    table = _table("Initialisation: “D_k and G_k are constant”? Task 1 of App. B.2", *headings, left=0)
    for n, k in enumerate(start.infinite.layer):
        cells = [f"{start.infinite.D[n]:.4f}", _spread(start.networks[width]["D"][:, n])]
        cells += [f"{start.infinite.G[n]:.4f} ± {start.infinite.G_error[n]:.4f}", f"{start.G_same_noises[n]:.4f}"]
        cells.append(_spread(start.networks[width]["G"][:, n]))
        table.add_row(str(k), *cells)
    table.caption = (
        f"H = ∞: covariance recursion, ± of the noises drawn; H = {width}: mean ± standard deviation of "
        f"{untrained.SEEDS} seeds\nOver {len(start.infinite.layer)} layers D_k changes by the factor "
        f"{start.change('D'):.2f} and G_k by {start.change('G'):.2f}:\n"
        f"constant to {_percent(1 - start.change('D'))} and {_percent(start.change('G') - 1)}, no better"
    )
    return table


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"


def _convergence(proof: Proof) -> Table:
    headings = ("", "beside", *(f"H = {width}" for width in untrained.WIDTHS), "exponent in H", "1/√H")
    table = _table("Spread of ln(X_k/curve) of untrained networks", *headings, left=2)
    start = proof.initialization
    for name, found in (("infinite network", start.to_infinite), ("constant X_1", start.to_constant)):
        for one in found:
            judgement = "agree" if one.holds else "refused"
            cells = [f"{value:.3f}" for value in one.spread]
            table.add_row(one.quantity, name, *cells, f"{one.slope:.2f} ± {one.stderr:.2f}", judgement)
    table.caption = f"{untrained.SEEDS} seeds each; ± by resampling seeds; agree: −1/2 within two standard errors"
    return table


def _verdicts(proof: Proof) -> Table:
    table = _table("Verdict", "statement", "", left=2)
    for statement, so in proof.verdicts():
        table.add_row(statement, "so" if so else "NOT SO")
    return table
