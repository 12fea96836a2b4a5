"""Section 4, Fig. 7 and App. B.2: theory, exact simulation and the simple CNNs of both tasks."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from simulate.sensitivity import one_pixel_sensitivities
from sweep.run import Run
from validate.claims.claim import Finding, Verdict, corrected, of_fact, of_test
from validate.claims.evidence import Evidence
from validate.experiment import Experiment
from validate.exponents import power_law
from validate.options import experiment_of
from validate.record import from_json
from validate.scaling import __main__ as command
from validate.scaling.comparison import Comparison, learned_values, theory_and_simulation, with_networks
from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN, CurveTest, judge_curve
from validate.scaling.figure import sensitivities_figure
from validate.scaling.judgement import Judgement, judge
from validate.scaling.rivals import Rival
from validate.statistics import Estimate, estimate

MODULES = ("validate.scaling.comparison", "validate.experiment")
# of a slope fitted to exact numbers
ROUNDING = 1e-9


def experiment(words: str) -> Experiment:
    """What `python -m validate.scaling` compares for these words."""
    arguments = command.parser().parse_args(words.split())
    return experiment_of(arguments, arguments.task)


def evidence(name: str, words: str, minutes: float, quick: bool = False) -> Evidence:
    """The comparison of these words, with its networks."""

    def runs() -> Sequence[Run]:
        return experiment(words).runs

    def produce(results: Sequence[dict[str, Any]]) -> Comparison:
        of = experiment(words)
        return with_networks(theory_and_simulation(of.task, of.architecture, of.conventions), results)

    return Evidence(
        name, f"python -m validate.scaling {words}", minutes, MODULES, produce, runs,
        read=lambda values: Judged(from_json(Comparison, values)),
        figures={"sensitivities": lambda judged: sensitivities_figure([judged.comparison])}, quick=quick,
    )  # fmt: skip


class Judged:
    """A comparison and the judgement on it, made once."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.judgement: Judgement = judge(comparison)


TASK1 = evidence("task1", "--task 1", 2, quick=True)
TASK2 = evidence("task2", "--task 2", 2, quick=True)
PAPER1 = evidence("paper1", "--task 1 --preset paper --seeds-per-run 1", 30)
PAPER2 = evidence("paper2", "--task 2 --preset paper --seeds-per-run 1", 300)
PLANE1 = evidence("plane1", "--task 1 --dim 2", 10)
PLANE2 = evidence("plane2", "--task 2 --dim 2", 10)
FIVE = evidence("five", "--task 1 --filter-size 5", 5)


def asymptotic(judged: Judged, quantity: str) -> Finding:
    """The exponent of the exact operator at A → ∞ beside that of the paper's equation; rivals must be refused."""
    result = judged.judgement.quantities[quantity]
    rivals = [r for r in judged.judgement.rivals if r.witness == "simulation" and r.quantity == quantity]
    fit = result.simulated
    measured = f"exponent {fit.value:.6f} ± {fit.stderr:.0e} for A_k of {fit.first:.0f} to {fit.last:.0f} pixels"
    return of_fact(result.exponent_agrees and not _accepted(rivals), measured, f"theory: {result.predicted:g}")


def _accepted(rivals: Sequence[Rival]) -> bool:
    return any(rival.accepted for rival in rivals)


def _ends(value: Estimate) -> tuple[float, float]:
    return value.low, value.high


def networks(judged: Judged, quantity: str) -> Finding:
    """Which exact curve the trained networks lie on: of homogeneous filters, as printed; of their own; or neither."""
    result = judged.judgement.quantities[quantity]
    rivals = [r for r in judged.judgement.rivals if r.witness == "networks" and r.quantity == quantity]
    assert result.claims is not None
    assert result.trained is not None
    test, strongest = result.claims.homogeneous, result.claims.strongest
    measured = (
        f"slope {result.trained.value:+.3f} (exact at this size {result.exact:+.3f}, law {result.predicted:+g}); "
        f"furthest layer ln(trained/homogeneous) = {test.worst.value:+.3f}"
    )
    ends = _ends(test.worst)
    if _accepted(rivals):
        names = ", ".join(rival.name for rival in rivals if rival.accepted)
        return Finding(
            Verdict.UNDECIDED, measured, ends, f"the judgement accepts rivals ({names}): more networks decide"
        )
    if strongest == "own mean filters":
        own = result.claims.own_filters.worst
        remark = (
            f"on the exact curve of the networks' own mean filters, which are not homogeneous (ln = {own.value:+.3f})"
        )
        return Finding(Verdict.HOLDS_CORRECTED, measured, ends, remark)
    verdict = {"homogeneous": "holds", "neither": "fails"}.get(strongest, "undecided")
    return of_test(
        verdict,
        measured,
        ends,
        {"fails": "no curve of one channel describes them", "undecided": "more networks (--seeds)"},
    )


def mean_channel(judged: Judged, quantity: str) -> Finding:
    """All filters of a layer replaced by their mean: the same sensitivities, layer by layer."""
    comparison = judged.comparison
    assert comparison.networks is not None
    trained = learned_values(comparison, quantity)
    mean = getattr(comparison.networks.mean_filter, quantity)[comparison.networks.learned][:, comparison.window]
    field = comparison.exact.receptive_field[comparison.window]
    test: CurveTest = judge_curve(mean, trained, field, comparison.predicted[quantity])
    remarks = {"fails": "averaging the filters changes it: channels silenced by their bias are active again",
               "undecided": "more networks (--seeds)"}  # fmt: skip
    measured = f"furthest layer ln(mean channel/network) = {test.worst.value:+.3f}"
    return of_test(test.verdict, measured, _ends(test.worst), remarks)


def untrained_constant(judged: Judged) -> Finding:
    """Fig. 7, grey: D_k and G_k of untrained networks have slope 0 in ln A_k, within the margin of the law's."""
    slopes, verdicts = [], []
    for quantity in ("D", "G"):
        result = judged.judgement.quantities[quantity]
        assert result.untrained is not None
        slope, margin = result.untrained, SLOPE_MARGIN * abs(result.predicted)
        slopes.append(f"{quantity}: slope {slope.value:+.2f} [{slope.low:+.2f}, {slope.high:+.2f}]")
        flat, steep = -margin <= slope.low <= slope.high <= margin, slope.low > margin or slope.high < -margin
        verdicts.append("holds" if flat else "fails" if steep else "undecided")
    verdict = "fails" if "fails" in verdicts else "undecided" if "undecided" in verdicts else "holds"
    remarks = {"fails": "they change with depth", "undecided": "more, or wider, untrained networks"}
    return of_test(verdict, ", ".join(slopes), None, remarks)


def unrectified_constant(judged: Judged) -> Finding:
    """Without rectification G_k is constant in the exact network."""
    comparison = judged.comparison
    values = comparison.unrectified.G[comparison.window]
    slope = power_law(comparison.exact.receptive_field[comparison.window], values).value
    spread = float(np.log(values.max() / values.min()))
    small = abs(slope) <= SLOPE_MARGIN * abs(comparison.predicted["G"])
    measured = f"slope {slope:+.3f}, largest ratio of two layers {np.exp(spread):.2f}"
    correction = (
        f"nearly: the exact network's G_k has slope {slope:+.3f} at this size, through the denominator of Eq. 1"
    )
    grows = power_law(comparison.exact.receptive_field[comparison.window], comparison.exact.G[comparison.window]).value
    return corrected(small and spread <= LEVEL_MARGIN, abs(slope) < abs(grows) / 2, measured, correction)


def rectification_crucial(judged: Judged) -> Finding:
    """The growth of G_k with rectification beside that without; the networks refuse the curve without it."""
    comparison = judged.comparison
    field = comparison.exact.receptive_field[comparison.window]
    with_it, without = (
        power_law(field, x.G[comparison.window]).value for x in (comparison.exact, comparison.unrectified)
    )
    rivals = [r for r in judged.judgement.rivals if r.name == "noise not rectified"]
    refused = bool(rivals) and all(rival.outcome == "refused" for rival in rivals)
    reaction = "refuse" if refused else "accept"
    measured = f"slope of G_k {with_it:+.3f} with, {without:+.3f} without; networks {reaction} the latter"
    return of_fact(refused and with_it > 2 * abs(without), measured, "G_k grows without rectification as well")


def receptive_field(judged: Judged, power: float) -> Finding:
    """A_k ~ k^½ at stride 1 (power ½), A_k = F^k with stride F (power nan)."""
    comparison = judged.comparison
    field, layer = comparison.exact.receptive_field, comparison.exact.layer
    if comparison.architecture.stride > 1:
        exact = np.allclose(field, float(comparison.architecture.filter_size) ** layer, rtol=1e-9)
        return of_fact(bool(exact), f"A_k = {', '.join(f'{a:.4g}' for a in field)} pixels", "A_k is another")
    judged_layers = comparison.window
    slope = power_law(layer[judged_layers].astype(float), field[judged_layers]).value
    return of_fact(abs(slope - power) <= ROUNDING, f"A_k ~ k^{slope:.4f} over the layers judged", "another power of k")


def generalisation_error(judged: Judged) -> Finding:
    """Test error 0 in every network that learned."""
    assert judged.comparison.networks is not None
    seeds = judged.comparison.networks.seed_results
    errors = [seed.test_error for seed in seeds]
    measured = f"test errors of {len(seeds)} networks: {', '.join(f'{error:.4g}' for error in errors)}"
    finding = of_fact(judged.judgement.lost == 0 and not any(errors), measured, "not in every network")
    trivial = "nearly a triviality: the output depends on the pixels' distance alone, and training shows every distance"
    return finding if finding.verdict != Verdict.HOLDS else Finding(finding.verdict, measured, None, trivial)


def one_channel(judged: Judged) -> Finding:
    """Section 4's assumption: one channel, homogeneous positive filter, no bias; what each part of it leaves out."""
    window = judged.comparison.window
    verdicts = {q: judged.judgement.quantities[q].claims for q in ("D", "G")}
    parts = judged.judgement.attribution["D"]
    shares = {name: float(np.abs(getattr(parts, name)[window]).max()) for name in ("channels", "biases", "shape")}
    measured = "largest part of ln(trained/exact) of D: " + ", ".join(
        f"{name} {value:.3f}" for name, value in shares.items()
    )
    strongest = [claims.strongest for claims in verdicts.values() if claims is not None]
    if all(claim == "homogeneous" for claim in strongest):
        return Finding(Verdict.HOLDS, measured)
    if strongest[0] == "own mean filters":
        return Finding(Verdict.HOLDS_CORRECTED, measured, None, "one channel, but its filters are not homogeneous")
    undecided = "undecided" in strongest
    return Finding(Verdict.UNDECIDED if undecided else Verdict.DOES_NOT_HOLD, measured, None, "; ".join(strongest))


def most_layers_pool(judged: Judged) -> Finding:
    """Networks pool in most layers: the constant mode's share is nearer to 1 than to that of random filters, 1/F."""
    nets = judged.comparison.networks
    assert nets is not None
    shares = [estimate(nets.homogeneity[nets.learned, k]) for k in range(judged.comparison.architecture.depth)]
    bound = (1 + 1 / judged.comparison.architecture.filter_size) / 2
    pooling = [share.low > bound for share in shares]
    measured = f"{sum(pooling)} of {len(pooling)} layers: shares {', '.join(f'{share.value:.2f}' for share in shares)}"
    return of_fact(sum(pooling) > len(pooling) / 2, measured, "in fewer than half of the layers")


def eq1_of_one_pixel(judged: Judged) -> Finding:
    """Eq. 4 beside Eq. 1, both of the exact network: one factor in all layers, which is not 1."""
    comparison = judged.comparison
    pixel = one_pixel_sensitivities(comparison.architecture, comparison.task.width, comparison.exact.layer).D
    ratios = pixel[comparison.window] / comparison.exact.D[comparison.window]
    field = comparison.exact.receptive_field[comparison.window]
    slope = power_law(field, ratios).value
    constant = abs(slope) <= SLOPE_MARGIN * abs(comparison.predicted["D"])
    measured = f"Eq. 4 over Eq. 1 in the layers judged: {', '.join(f'{ratio:.2f}' for ratio in ratios)}"
    correction = (
        "Eq. 1 divides by the distance of two images, which overlap in deep layers: a factor that changes slowly"
    )
    # slower than would take the exponent half of the way to the other stride's
    slow = abs(slope) < abs(comparison.predicted["D"] - comparison.other_stride["D"]) / 2
    return corrected(constant and bool(abs(np.log(ratios)).max() <= LEVEL_MARGIN), slow, measured, correction)


D_OF, G_OF = (partial(networks, quantity=quantity) for quantity in ("D", "G"))
