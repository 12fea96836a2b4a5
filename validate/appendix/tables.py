"""What `validate.appendix` prints."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from validate.appendix.conditions import Range
from validate.appendix.corrections import LAYERS
from validate.appendix.judgement import FilterJudgement, Judgement
from validate.appendix.settings import AppendixSettings
from validate.appendix.untrained import Initialization
from validate.exponents import Exponent
from validate.presentation import table

AGREE = {True: "agree", False: "DISAGREE"}
REFUSED = {True: "ACCEPTED", False: "refused"}
LAWS = {"kernel": "Gaussian, Eqs. 11, 12", "D": "D_k = 1/(2A²), Eq. 5", "G": "G_k = 2A/√π, Eq. 7"}
COEFFICIENTS = {1: "drift v (pixels/layer)", 2: "diffusion D (pixels²/layer)", 4: "next, of ∂⁴/∂a⁴"}
NETWORKS = {"one": "F = 3, s = 1", "filter": "F = s = 2"}
# filters beside each other in the table of slopes
COLUMNS = 4

Rows = Iterable[Sequence[str]]


def settings_sentence(settings: AppendixSettings) -> Text:
    """What is judged, printed before the results."""
    sizes, dims = (", ".join(map(str, numbers)) for numbers in (settings.filter_sizes, settings.dims))
    return Text(
        f"Appendix A, Proposition A.1, for F = {sizes}; its conditions for K = {settings.depth} layers on L = "
        f"{settings.width} pixels; the laws in d = {dims}"
    )


def tables(judgement: Judgement) -> Group:
    """Everything that is printed after the run."""
    filters, start = judgement.filters, judgement.initialization
    parts = [_steps(filters), *map(_coefficients, filters), _conditions(judgement), _network(judgement)]
    parts += [_slopes(filters[n : n + COLUMNS]) for n in range(0, len(filters), COLUMNS)]
    parts += [_depths(filters), _dimensions(judgement), _initialization(start), _convergence(start)]
    statements = [(name, "holds" if holds else "FAILS") for name, holds in judgement.statements.items()]
    return Group(*parts, table("Verdict", ("statement", ""), statements, left=2))


def network_sentences(judgement: Judgement) -> str:
    """For each F, a sentence: does the network satisfy the proposition's conditions?"""
    depth, width = judgement.settings.depth, judgement.settings.width
    sentences = []
    for judged in judgement.filters:
        kernel, d, g = judged.conditions
        holds = "holds" if kernel.first <= depth <= kernel.last else "does not hold"
        sentences.append(
            f"F = {judged.filter_size}, L = {width}, K = {depth}: the Gaussian {holds} to 1 % (error "
            f"{_percent(kernel.at_depth)}; it does for {_span(kernel)}); "
            f"Eq. 5 is off by {_percent(d.at_depth)}, Eq. 7 by {_percent(g.at_depth)}"
        )
    return "\n".join(sentences)


def _steps(filters: Sequence[FilterJudgement]) -> Table:
    rows: list[Sequence[str]] = []
    for steps in zip(*(judged.steps for judged in filters), strict=True):
        for n, (judged, step) in enumerate(zip(filters, steps, strict=True)):
            verdict = f"{'holds' if step.holds else 'FAILS'}, {'rival refused' if step.refused else 'RIVAL ACCEPTED'}"
            head = ("", "") if n else (step.name, step.equation)
            rows.append((*head, str(judged.filter_size), step.evidence, step.rival, verdict))
        rows.append(())
    headings = ("step", "equation", "F", "evidence", "rival", "judgement")
    return table("The proof, step by step", headings, rows, left=6)


def _coefficients(judged: FilterJudgement) -> Table:
    terms = [(t.name, "—", f"{t.predicted:.6f}", f"{t.measured:.6f}", AGREE[t.holds]) for t in judged.terms]
    layers = judged.rates[0].layers
    return table(
        f"F = {judged.filter_size}: printed, exact, measured",
        ("", "printed", "exact", "measured", "verdict"),
        [*_kramers_moyal(judged), (), *_rates(judged), (), *terms],
        f"rates: {len(layers)} even layers k = {layers[0]} … {layers[-1]}, next order fitted; ± of the fit\n"
        f"terms of D_k, G_k: {len(LAYERS)} layers {LAYERS[0]} … {LAYERS[-1]}, intercept of the remainder",
    )


def _kramers_moyal(judged: FilterJudgement) -> Rows:
    for c in judged.kramers_moyal:
        if c.order in COEFFICIENTS:
            printed, verdict = "—" if c.printed is None else str(c.printed), AGREE[c.holds]
            if c.printed is not None:
                verdict += ", printed right" if c.printed_holds else ", printed refused"
            yield COEFFICIENTS[c.order], printed, str(c.exact), str(c.measured), verdict


def _rates(judged: FilterJudgement) -> Rows:
    printed, *rivals = judged.rivals
    beside = ((_power(printed.absolute), f"stays {printed.error[-1]:.3f}", f", printed {REFUSED[printed.holds]}"),)
    for rate, (power, stays, verdict) in zip(judged.rates, (*beside, ("—", "—", "")), strict=True):
        exponents = (f"{rate.predicted - 0.5:g}", _power(rate.absolute))
        yield f"sup|h_k − p_k| ~ k^x, {rate.name}", power, *exponents, AGREE[rate.holds] + verdict
        constants = (f"{rate.predicted_constant:.6f}", f"{rate.constant:.6f}")
        yield f"  over the peak: × k^{-rate.predicted:g}, k → ∞", stays, *constants, ""
    for rival in rivals:
        stays = f"stays {rival.error[-1]:.3f}"
        yield f"rival: {rival.name}", _power(rival.absolute), "", stays, REFUSED[rival.holds]


def _power(fit: Exponent) -> str:
    return f"{fit.value:.5f} ± {fit.stderr:.0e}" if math.isfinite(fit.stderr) else f"{fit.value:.5f}"


def _span(layers: Range) -> str:
    return "no k" if layers.empty else f"k = {layers.first} … {layers.last}"


def _percent(error: float) -> str:
    percent = 100 * abs(error)
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"


def _conditions(judgement: Judgement) -> Table:
    ring, rows = judgement.crossover, []
    for judged in judgement.filters:
        for r in judged.conditions:
            counts = map(str, (r.first, r.predicted_first, r.last, r.predicted_last))
            rows.append((str(judged.filter_size), LAWS[r.quantity], *counts, _span(r), _percent(r.at_depth)))
    shares = ", ".join(f"{1 / share:.2f} ({quantity})" for quantity, share in ring.largest_share.items())
    distances = "; ".join(f"{name}: {distance:.3f}" for name, distance in ring.collapse.items())
    headings = ("F", "law", "K ≫ 1: from k", "predicted", "L ≫ F√K: up to k", "predicted", "both")
    caption = (
        f"Rule: k ≤ 12 (L/c)²/(F² − 1), c = L/A_k = {shares}\n"
        f"largest distance of {len(ring.field)} rings from one curve, as a function of {distances}"
    )
    title, error = f"Conditions at 1 %, L = {judgement.settings.width}", f"error at K = {judgement.settings.depth}"
    return table(title, (*headings, error), rows, caption)


def _network(judgement: Judgement) -> Table:
    rows: list[Sequence[str]] = []
    for judged in judgement.filters:
        network, exact = judged.network, judged.network.simulated
        for n, layer in enumerate(exact.layer):
            head = (str(judged.filter_size), str(layer), f"{exact.receptive_field[n]:.4g}")
            errors = (_percent(network.gaussian_error[n]), _percent(network.wrapped_error[n]))
            d = (f"{exact.D[n]:.4g}", f"{network.relative_D[n]:.4f}")
            rows.append((*head, *errors, *d, f"{exact.G[n]:.4g}", f"{network.relative_G[n]:.4f}"))
        rows.append(())
    errors = ("error, Gaussian", "error, wrapped Gaussian")
    caption = "A_k: on the ring; in the ratios A = √(2Dk). A flat kernel has D_k = 0 and A_k = L/√12"
    headings = ("F", "k", "A_k", *errors, "D_k", "2A² D_k", "G_k", "G_k √π/(2A)")
    return table(f"The network, exactly: L = {judgement.settings.width}", headings, rows, caption, left=0)


def _slopes(filters: Sequence[FilterJudgement]) -> Table:
    columns = [depths for judged in filters for depths in judged.finite_depth]
    rows = [
        (str(k), *(f"{depths.slopes[n]:.3f} ({depths.predicted_slopes[n]:.3f})" for depths in columns))
        for n, k in enumerate(columns[0].layers)
    ]
    headings = [f"{depths.quantity} F = {judged.filter_size}" for judged in filters for depths in judged.finite_depth]
    return table("Local slopes d ln X/d ln A: operator (expansion)", ("k", *headings), rows, left=0)


def _depths(filters: Sequence[FilterJudgement]) -> Table:
    rows = []
    for judged in filters:
        for fit in judged.finite_depth:
            depths = map(str, (fit.depth, fit.local, fit.predicted_local))
            law = f"{fit.quantity} ~ A^{fit.exponent}"
            rows.append((str(judged.filter_size), law, *depths, f"{fit.at_twelve:.3f}"))
    headings = ("F", "", "fit over layers 1 … K: K", "local slope at k: k", "predicted k", "fit over 1 … 12")
    return table("How deep for −2 ± 0.05 and 1 ± 0.05?", headings, rows, left=2)


def _dimensions(judgement: Judgement) -> Table:
    rows = []
    for judged in judgement.dimensions:
        for law in judged.laws:
            unaltered = "holds" if law.unaltered_holds else f"refused (would be {law.unaltered})"
            result = (str(law.predicted), _power(law.fitted), AGREE[law.holds], unaltered)
            rows.append((str(judged.dim), f"{law.quantity}_k, {NETWORKS[judged.stride]}", *result))
    fields = {judged.dim: judged.simulated.receptive_field for judged in judgement.dimensions if judged.stride == "one"}
    return table(
        "Dimension d: “carries unaltered to the two-dimensional case”?",
        ("d", "law", "theory", "simulated", "verdict", "“unaltered”"),
        rows,
        "stride 1 fitted over A_k = " + ", ".join(f"{a[0]:.1f} … {a[-1]:.1f} (d = {d})" for d, a in fields.items()),
        left=2,
    )


def _initialization(start: Initialization) -> Table:
    width, networks = [*start.networks.items()][-1]
    infinite, (down, up) = start.infinite, start.change.values()
    assert infinite.G_error is not None
    curves = (infinite.D, infinite.G, infinite.G_error, start.same_noises["G"])
    exact = [[f"{value:.4f}" for value in curve] for curve in curves]
    measured = [[_spread(seeds) for seeds in networks[quantity].T] for quantity in ("D", "G")]
    columns = zip(infinite.layer, *exact, *measured, strict=True)
    rows = [(str(k), d, net_d, f"{g} ± {error}", drawn_g, net_g) for k, d, g, error, drawn_g, net_d, net_g in columns]
    headings = ("k", "D, H = ∞", f"D, H = {width}", "G, H = ∞", f"G, H = ∞, {start.noisy_images} noises")
    caption = (
        f"H = ∞: covariance recursion, ± of the noises drawn; H = {width}: mean ± standard deviation of "
        f"{len(networks['D'])} seeds\nOver {len(infinite.layer)} layers D_k changes by the factor {down:.2f} and G_k "
        f"by {up:.2f}:\nconstant to {_percent(1 - down)} and {_percent(up - 1)}, no better"
    )
    title = "Initialisation: “D_k and G_k are constant”? Task 1 of App. B.2"
    return table(title, (*headings, f"G, H = {width}, the same"), rows, caption, left=0)


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}"


def _convergence(start: Initialization) -> Table:
    rows = []
    for curve, judged in (("infinite network", start.to_infinite), ("constant X_1", start.to_constant)):
        for compared in judged:
            spreads = (f"{spread:.3f}" for spread in compared.spread)
            verdict = "agree" if compared.holds else "refused"
            rows.append((compared.quantity, curve, *spreads, f"{compared.slope:.2f} ± {compared.stderr:.2f}", verdict))
    headings = ("", "beside", *(f"H = {width}" for width in start.networks), "exponent in H", "1/√H")
    seeds = len(next(iter(start.networks.values()))["D"])
    caption = f"{seeds} seeds each; ± by resampling seeds; agree: −1/2 within two standard errors"
    return table("Spread of ln(X_k/curve) of untrained networks", headings, rows, caption, left=2)
