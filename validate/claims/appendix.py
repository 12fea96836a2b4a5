"""Appendix A and what Section 4.1 takes from it: coefficients, the Gaussian, its conditions, dimensions, the start."""

import math
from collections.abc import Iterator

from simulate.exact import circulant
from validate.appendix import figures
from validate.appendix.chain import Step
from validate.appendix.coefficients import Coefficient
from validate.appendix.conditions import Range
from validate.appendix.convergence import Rate, converges
from validate.appendix.corrections import Term, same
from validate.appendix.dimensions import Law
from validate.appendix.judgement import FilterJudgement, Judgement, judge
from validate.appendix.settings import AppendixSettings
from validate.appendix.untrained import WIDEST
from validate.asymptotics import TORUS_TOLERANCE
from validate.claims.claim import Finding, Verdict, corrected, of_fact
from validate.claims.evidence import Evidence
from validate.record import from_json
from validate.scaling.curve import LEVEL_MARGIN
from validate.verdict import same_exponent

EVIDENCE = Evidence(
    "appendix",
    "python -m validate.appendix",
    0.5,
    ("validate.appendix.judgement", "validate.appendix.settings"),
    lambda results: judge(AppendixSettings()),
    read=lambda values: from_json(Judgement, values),
    figures={
        picture.__name__: picture
        for picture in (figures.kernel, figures.rates, figures.ring, figures.corrections, figures.dimension,
                        figures.initialization)
    },
    quick=True,
)  # fmt: skip


def filters(judgement: Judgement, parity: str = "all") -> list[FilterJudgement]:
    """Those of odd or even F."""
    kept = {"odd": (1,), "even": (0,), "all": (0, 1)}[parity]
    return [judged for judged in judgement.filters if judged.filter_size % 2 in kept]


def step(judgement: Judgement, name: str, parity: str = "all") -> Finding:
    """A step of the proof, of these F: it must hold, and its rival must be refused."""
    steps = [(f.filter_size, s) for f in filters(judgement, parity) for s in f.steps if s.name == name]
    sizes = ", ".join(str(size) for size, _ in steps)
    holds = bool(steps) and all(s.holds and s.refused for _, s in steps)
    return of_fact(holds, f"F = {sizes}: {steps[0][1].evidence}", f"fails for {_failing(steps)}")


def _failing(steps: list[tuple[int, Step]]) -> str:
    return ", ".join(f"F = {size}" for size, s in steps if not (s.holds and s.refused))


def row_of_eq10(judgement: Judgement) -> Finding:
    """The rows of M as printed (`simulate.exact.circulant`): mass is kept only if they sum to 1."""
    sums = {f.filter_size: int(circulant(f.filter_size, judgement.settings.width)[0].sum()) for f in judgement.filters}
    holds = all(s.holds for f in judgement.filters for s in f.steps if s.name in ("master equation", "conservation"))
    measured = "rows as printed sum to " + ", ".join(map(str, sums.values())) + "; with 1/F mass is kept, M^k δ exact"
    return corrected(set(sums.values()) == {1}, holds, measured, "each row of M carries the factor 1/F")


def _pairs(judgement: Judgement, parity: str, order: int) -> Iterator[tuple[int, Coefficient]]:
    return ((f.filter_size, f.kramers_moyal[order - 1]) for f in filters(judgement, parity))


def coefficients(judgement: Judgement, parity: str, orders: tuple[int, ...] = (1, 2)) -> Finding:
    """Drift and diffusion of Eqs. 11, 12: printed, exact, and measured on integer kernels."""
    pairs = [pair for order in orders for pair in _pairs(judgement, parity, order)]
    names = {1: "v", 2: "D"}
    texts = [f"F = {size}: {names[c.order]} = {c.measured} (printed {c.printed})" for size, c in pairs]
    printed = all(c.printed == c.measured for _, c in pairs)
    exact = all(c.exact == c.measured for _, c in pairs)
    return corrected(printed, exact, "; ".join(texts), "D = (F²−1)/24 for every F; |v| = 1/2 for even F, 0 for odd F")


def integral_of_eq16(judgement: Judgement) -> Finding:
    """D = ∫W x² against half of the variance of the steps."""
    ratios = [float(c.printed / c.measured) for _, c in _pairs(judgement, "all", 2) if c.printed is not None]
    exact = all(c.exact == c.measured for _, c in _pairs(judgement, "all", 2))
    measured = "D by Eq. 16 over D measured: " + ", ".join(f"{ratio:.3f}" for ratio in ratios)
    correction = "D = ½ Var(o): with the ½, the second moment centred, and a sum over pixels for the integral"
    return corrected(all(ratio == 1 for ratio in ratios), exact, measured, correction)


def _converges(rate: Rate) -> bool:
    ratio = rate.constant / rate.predicted_constant
    return converges(rate.predicted, rate.relative.value, rate.absolute.value, ratio)


def proposition(judgement: Judgement) -> Finding:
    """Proposition A.1: the kernel tends to the Gaussian with the exact coefficients, not to the printed one."""
    printed = [_converges(next(r for r in f.rivals if "printed" in r.name)) for f in judgement.filters]
    exact = [all(map(_converges, f.rates)) and all(s.holds for s in f.steps) for f in judgement.filters]
    first = judgement.filters[0]
    errors = ", ".join(f"{f.rates[0].constant:.5f} k^{f.rates[0].relative.value:.4f}" for f in judgement.filters)
    rival = next(r for r in first.rivals if "printed" in r.name)
    measured = f"sup error over the peak with exact v, D: {errors}; as printed it stays at {rival.error[-1]:.3f}"
    return corrected(all(printed), all(exact), measured, "with D = (F²−1)/24, |v| = 1/2 for even F and 0 for odd F")


def gaussian(judgement: Judgement) -> Finding:
    """f_k(δ_i) tends to a Gaussian at all: its error falls as 1/k."""
    rates = [f.rates[0] for f in judgement.filters]
    slopes = ", ".join(f"k^{rate.relative.value:.4f}" for rate in rates)
    return of_fact(
        all(map(_converges, rates)), f"error over the peak falls as {slopes}", "the error does not fall as 1/k"
    )


def width_of_kernel(judgement: Judgement) -> Finding:
    """A_k = √(2D k): the power 1/2 is exact, the factor is 1 for no F shown."""
    variances = {f.filter_size: float(2 * f.kramers_moyal[1].measured) for f in judgement.filters}
    exact = all(f.kramers_moyal[1].exact == f.kramers_moyal[1].measured for f in judgement.filters)
    text = ", ".join(f"{math.sqrt(v):.4f}√k (F = {size})" for size, v in variances.items())
    return corrected(all(v == 1 for v in variances.values()), exact, text, "A_k = √((F²−1)k/12): the power is √k")


def conditions(judgement: Judgement) -> Finding:
    """K̃ ≫ 1 and L ≫ F√K̃ at F ~ 3, L ~ 32, K̃ ~ 10: the Gaussian to 1 %."""
    depth, width = judgement.settings.depth, judgement.settings.width
    kernel: Range = next(
        r for f in judgement.filters if f.filter_size == 3 for r in f.conditions if r.quantity == "kernel"
    )
    errors = {r.quantity: r.at_depth for f in judgement.filters if f.filter_size == 3 for r in f.conditions}
    measured = (
        f"F = 3, L = {width}: to 1 % at k = {kernel.first} … {kernel.last}; at k = {depth} Eq. 5 is off by "
        f"{abs(errors['D']):.1%}, Eq. 7 by {abs(errors['G']):.0%}"
    )  # fmt: skip
    wide, deep = depth <= kernel.last, depth >= kernel.first
    return of_fact(
        wide and deep, measured, f"{'wide' if wide else 'not wide'} enough, {'' if deep else 'not '}deep enough"
    )


def _terms(judgement: Judgement, words: str) -> list[tuple[int, Term]]:
    return [(f.filter_size, term) for f in judgement.filters for term in f.terms if words in term.name]


def numerator(judgement: Judgement) -> Finding:
    """The numerator of Eq. 6 constant: G_k is then a power without a constant beside it."""
    terms = _terms(judgement, "G_k: constant, rectified in the image")
    agrees = all(same(term.measured, term.predicted) for _, term in terms)
    measured = "G_k = (2/√π)A_k + " + ", ".join(f"{term.measured:.5f} (F = {size})" for size, term in terms)
    correction = "constant but for the fluctuations of φ(η), which add 1 − 1/π to G_k: exponents are approached slowly"
    return corrected(all(abs(term.measured) < 1e-6 for _, term in terms), agrees, measured, correction)


def _constant_over_growth(judgement: Judgement, place: str) -> list[float]:
    growths, constants = (_terms(judgement, f"{name}, rectified in {place}") for name in ("G_k/A_k", "G_k: constant"))
    return [c.measured / g.measured for (_, g), (_, c) in zip(growths, constants, strict=True)]


def rectified_before(judgement: Judgement) -> Finding:
    """Noise rectified by the first layer instead of in the image: same exponent, larger constant over growth."""
    image, layer = (_constant_over_growth(judgement, place) for place in ("the image", "layer 1"))
    measured = "constant over growth of G_k, in the image and in layer 1: "
    measured += ", ".join(f"{a:.2f} and {b:.2f}" for a, b in zip(image, layer, strict=True))
    nearer = all(b > a for a, b in zip(image, layer, strict=True))
    return of_fact(nearer, measured, "noise rectified in the image is no nearer to its power")


def approximation_of_eq6(judgement: Judgement) -> Finding:
    """Eq. 6 with φ(η) in the image for the network's f_1(x+η): the same power, other constants."""
    terms = [term for where in ("layer 1", "the image") for term in _terms(judgement, f"G_k/A_k, rectified in {where}")]
    agree = all(same(term.measured, term.predicted) and term.measured > 0 for _, term in terms)
    measured = "G_k/A_k → " + ", ".join(
        f"{t.measured:.4f} ({t.name.rpartition('in ')[2]}, F = {size})" for size, t in terms
    )
    return of_fact(agree, measured, "the two have different powers")


def _law(judgement: Judgement, dim: int, quantity: str, stride: str) -> Law:
    judged = next(d for d in judgement.dimensions if (d.dim, d.stride) == (dim, stride))
    return next(law for law in judged.laws if law.quantity == quantity)


def unaltered(judgement: Judgement, quantity: str) -> Finding:
    """ "Our analysis carries unaltered to the two-dimensional case": the exponents of d = 1, at d = 2."""
    laws = [_law(judgement, 2, quantity, stride) for stride in ("one", "filter")]
    same_law = all(same_exponent(law.unaltered, law.fitted, TORUS_TOLERANCE) for law in laws)
    new_law = all(same_exponent(law.predicted, law.fitted, TORUS_TOLERANCE) for law in laws)
    numbers = ", ".join(f"{law.fitted.value:+.4f}" for law in laws)
    line = ", ".join(f"{law.unaltered:+d}" for law in laws)
    measured = f"d = 2, exponents in A_k at stride 1 and F: {numbers}; in one dimension {line}"
    return corrected(same_law, new_law, measured, f"{quantity}_k ~ A_k^d")


def start_constant(judgement: Judgement, quantity: str) -> Finding:
    """D_k or G_k of the infinite network constant in k before training."""
    start = judgement.initialization
    values = getattr(start.infinite, quantity)
    change = float(values[-1] / values[0])
    constant = bool(max(abs(math.log(v / values[0])) for v in values) <= LEVEL_MARGIN)
    toward = next(c for c in start.to_constant if c.quantity == quantity)
    measured = (
        f"{quantity}_k from {values[0]:.2f} to {values[-1]:.2f} over {len(values)} layers (factor {change:.2f}); "
        f"networks near a constant with width^{toward.slope:+.2f} ± {toward.stderr:.2f}, not width^−½"
    )
    return of_fact(constant, measured, f"it {'falls' if change < 1 else 'rises'} by {abs(change - 1):.0%}")


def infinite_network(judgement: Judgement) -> Finding:
    """Untrained networks tend to the Gaussian random field of infinite width as 1/√H."""
    tests = judgement.initialization.to_infinite
    decided = [abs(c.slope + 0.5) <= 2 * c.stderr and c.stderr <= WIDEST for c in tests]
    measured = ", ".join(f"{c.quantity}: width^{c.slope:+.2f} ± {c.stderr:.2f}" for c in tests)
    return of_fact(all(decided), measured, "they do not tend to it as width^−½")


def corrections(judgement: Judgement) -> Finding:
    """Our next terms of D_k and G_k against the operator."""
    terms = [term for f in judgement.filters for term in f.terms]
    worst = max(abs(term.measured / term.predicted - 1) for term in terms)
    agree = all(same(term.measured, term.predicted) for term in terms)
    return of_fact(agree, f"{len(terms)} terms, the furthest off by {worst:.1e}", "a term is another")


def corrected_proposition(judgement: Judgement) -> Finding:
    """Ours: with the exact coefficients, and the first Edgeworth term, to the predicted rates and constants."""
    rates = [rate for f in judgement.filters for rate in f.rates]
    refused = not any(_converges(rival) for f in judgement.filters for rival in f.rivals)
    measured = ", ".join(f"k^{rate.relative.value:.4f}" for rate in rates)
    return of_fact(all(map(_converges, rates)) and refused, f"errors fall as {measured}", "a rate is another")


def naive_depth(judgement: Judgement) -> Finding:
    """Ours: how deep a network must be for a fit over all its layers to show −2 or 1."""
    needed = [d for f in judgement.filters if f.filter_size == 3 for d in f.finite_depth]
    text = ", ".join(f"{d.exponent:+d} ± 0.05 takes {d.depth} layers" for d in needed)
    twelve = ", ".join(f"{d.at_twelve:+.2f}" for d in needed)
    deeper = all(d.depth > judgement.settings.depth for d in needed)
    verdict = Verdict.HOLDS if deeper else Verdict.DOES_NOT_HOLD
    return Finding(verdict, f"F = 3: {text}; twelve layers give {twelve}", None, "" if deeper else "twelve layers do")
