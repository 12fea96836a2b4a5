"""Ours: the law for every filter and stride, what moves and what is lost, and what networks learn of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sweep.run import Run
from validate.claims.claim import Finding, Verdict, above, of_fact
from validate.claims.evidence import Evidence
from validate.law import figures, network_figures, split_report
from validate.law.filters import CLOSED_TOLERANCE, LAYER_TOLERANCE, SLOPE_TOLERANCE, FilterJudgement
from validate.law.judgement import Judgement, judge
from validate.law.preference import MIDDLE, NetworkJudgement
from validate.law.settings import LawSettings
from validate.law.split import LAYER_TOLERANCE as SPLIT_LAYERS
from validate.law.split import SLOPE_TOLERANCE as SPLIT_SLOPE
from validate.record import from_json
from validate.statistics import Estimate, estimate

MODULES = ("validate.law.judgement", "validate.law.settings")
ALONE = LawSettings(networks=())
LAW = Evidence(
    "law", "python -m validate.law --no-nets", 0.5, MODULES, lambda results: judge(ALONE),
    read=lambda values: from_json(Judgement, values),
    figures={"map": figures.draw_map, "curves": figures.draw_curves,
             "split": lambda judgement: split_report.draw_splits(judgement.splits)},
    quick=True,
)  # fmt: skip


def _runs() -> Sequence[Run]:
    return LawSettings().runs


def _networks(results: Sequence[dict[str, Any]]) -> tuple[NetworkJudgement, ...]:
    return judge(LawSettings(), results).networks


NETWORKS = Evidence(
    "law-networks", "python -m validate.law", 7, MODULES, _networks, _runs,
    read=lambda values: from_json(tuple[NetworkJudgement, ...], values),
    figures={"filters": network_figures.draw_filters, "networks": network_figures.draw_networks},
)  # fmt: skip


def closed_form(judgement: Judgement) -> Finding:
    """α of the transfer matrix is the closed form's for every F and s."""
    distances = [abs(h.prediction.alpha - h.closed_alpha) for h in judgement.homogeneous]
    measured = f"{len(distances)} pairs of F and s, furthest apart {max(distances):.0e}"
    return of_fact(max(distances) <= CLOSED_TOLERANCE, measured, "matrix and closed form differ")


def divides(judgement: Judgement) -> Finding:
    """Homogeneous filters: α > 0 if and only if s divides F."""
    wrong = [(h.filter_size, h.stride) for h in judgement.homogeneous
             if (h.prediction.alpha > CLOSED_TOLERANCE) != (h.filter_size % h.stride == 0)]  # fmt: skip
    return of_fact(
        not wrong, f"{len(judgement.homogeneous)} pairs of F and s, {len(wrong)} contradict it", f"not for {wrong}"
    )


def paper_strides(judgement: Judgement) -> Finding:
    """The paper's α = 1 at F = s, from the matrix, for every such filter."""
    alphas = [h.prediction.alpha for h in judgement.homogeneous if h.filter_size == h.stride]
    holds = all(abs(alpha - 1) <= CLOSED_TOLERANCE for alpha in alphas)
    return of_fact(holds, f"α = {', '.join(f'{a:.6g}' for a in alphas)} for F = s = 2 … {len(alphas) + 1}", "another α")


def operator_agrees(judgement: Judgement) -> Finding:
    """Theory and operator agree at every layer, and in both exponents."""
    every = (*judgement.shown, *judgement.broken)
    distance = max(f.distance for f in every)
    slopes = [max(abs(f.alpha - f.prediction.alpha), abs(f.beta - f.prediction.beta)) for f in judgement.shown]
    accepted = any(_near(f.alpha, rival.alpha) for f in every for rival in f.rivals)
    measured = f"{len(every)} filters: layers to {distance:.0e}, exponents to {max(slopes):.0e}"
    return of_fact(
        distance <= LAYER_TOLERANCE and max(slopes) <= SLOPE_TOLERANCE and not accepted, measured, "they differ"
    )


def _near(alpha: float, other: float) -> bool:
    return abs(alpha - other) <= SLOPE_TOLERANCE


def _shown(judgement: Judgement, name: str) -> FilterJudgement:
    return next(f for f in judgement.shown if f.name == name)


def alpha_of(judgement: Judgement, name: str, alpha: float) -> Finding:
    """The exponent that the operator shows for one filter."""
    judged = _shown(judgement, name)
    measured = f"operator: α = {judged.alpha:.6f}, D of the last layer {judged.simulated.D[-1]:.4g}"
    return of_fact(_near(judged.alpha, alpha), measured, f"α is not {alpha:g}")


def theorem(judgement: Judgement) -> Finding:
    """α > 0 if and only if sum rule and no common divisor, on random filters; either condition alone is refused."""
    (_, contradictions), *rivals = judgement.random_filters.contradicted_by.items()
    others = ", ".join(f"{name}: {count}" for name, count in rivals)
    measured = f"{judgement.random_filters.number} random filters, contradicted by {contradictions} ({others})"
    refused = all(count > 0 for _, count in rivals)
    obeyed = all(f.obeys_theorem for f in (*judgement.shown, *judgement.broken))
    return of_fact(contradictions == 0 and refused and obeyed, measured, "a filter contradicts it")


def moved(judgement: Judgement) -> Finding:
    """What moves of D_k falls as A_k^−2 for every filter and stride."""
    slopes = {split.name: split.slope_moved for split in judgement.splits}
    return _split(judgement, slopes, dict.fromkeys(slopes, 2.0))


def lost(judgement: Judgement) -> Finding:
    """What is lost to aliasing falls as A_k^−α, which is the paper's −1 at stride F."""
    return _split(
        judgement, {s.name: s.slope_lost for s in judgement.splits}, {s.name: s.alpha for s in judgement.splits}
    )


def _split(judgement: Judgement, slopes: dict[str, float], exponents: dict[str, float]) -> Finding:
    layers = max(split.distance for split in judgement.splits)
    off = max(abs(slopes[name] - exponents[name]) for name in slopes)
    refused = not any(rival.accepted for split in judgement.splits for rival in split.rivals)
    text = ", ".join(f"{round(-slope, 3) + 0.0:.3f}".replace("-", "−") for slope in slopes.values())
    measured = f"{len(slopes)} filters: {text}; every layer to {layers:.0e}"
    return of_fact(off <= SPLIT_SLOPE and layers <= SPLIT_LAYERS and refused, measured, f"an exponent is {off:.3f} off")


def _of(networks: Sequence[NetworkJudgement], kind: Any, size: int, stride: int) -> NetworkJudgement:
    return next(
        n for n in networks if (n.settings.kind, n.settings.filter_size, n.settings.stride) == (kind, size, stride)
    )


def _negative(values: np.ndarray) -> Estimate:
    return estimate(-values)


def sum_rule(networks: Sequence[NetworkJudgement], kind: int) -> Finding:
    """Trained networks obey the sum rule with F = 3, s = 2, where homogeneous filters break it."""
    judged = _of(networks, kind, 3, 2)
    preference = judged.trained.preference
    assert preference is not None
    assert judged.untrained.preference is not None
    untrained = estimate(judged.untrained.preference.defect)
    defect = estimate(preference.defect)
    measured = (
        f"defect over the homogeneous filter's {defect.value:.2f} [{defect.low:.2f}, {defect.high:.2f}], untrained "
        f"{untrained.value:.1f}; slope of D_k {judged.trained.slope.mean():+.2f}, homogeneous "
        f"{judged.homogeneous_slope:+.2f}"
    )
    if not untrained.low > MIDDLE:
        return Finding(Verdict.UNDECIDED, measured, None, "untrained filters are not refused")
    finding = above(_negative(preference.defect), -MIDDLE, measured, "filters stay homogeneous, or random")
    return Finding(finding.verdict, measured, (defect.low, defect.high), finding.remark)


def parity_control(networks: Sequence[NetworkJudgement]) -> Finding:
    """Where the task forbids pooling, filters do not obey the sum rule; the slope of D_k stands beside it."""
    judged = _of(networks, "parity", 3, 2)
    preference = judged.trained.preference
    assert preference is not None
    slope = estimate(judged.trained.slope)
    defect = estimate(preference.defect)
    measured = f"defect {defect.value:.2f}, slope of D_k {slope.value:+.2f}"
    return above(defect, MIDDLE, measured, "the control obeys the sum rule")
