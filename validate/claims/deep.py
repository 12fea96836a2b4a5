"""Sections 2 and 3: deep networks on scale detection and on real images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sweep.run import Run
from validate import figures
from validate.claims.claim import Finding, Verdict, above
from validate.claims.evidence import Evidence
from validate.deep.correlation import Correlation
from validate.deep.ensemble import Ensemble
from validate.deep.figures import picture
from validate.deep.judgement import Judgement, judged
from validate.deep.noise import NoiseJudgement, judge
from validate.deep.noise_figures import noise_picture
from validate.deep.options import deep_experiments_of
from validate.deep.settings import OF_LEVELS, DeepExperiment
from validate.record import from_json
from validate.statistics import Estimate, estimate

MODULES = ("validate.deep.judgement", "validate.deep.settings", "validate.deep.noise")
# |ln| below which curves are "essentially unaltered", and change that counts as a fall or a rise
ALIKE, CHANGE = 0.1, 0.1
# figure of real images, data set, minutes on two cores
REAL = (
    ("3", "fashion", 6),
    ("11", "fashion", 12),
    ("12", "fashion", 8),
    ("10", "fashion", 40),
    ("1", "fashion", 40),
    ("3", "cifar10", 60),
    ("4", "cifar10", 60),
    ("12", "cifar10", 90),
    ("14", "cifar10", 60),
    ("3", "imagefolder", 60),
    ("4", "imagefolder", 60),
    ("12", "imagefolder", 90),
    ("13", "imagefolder", 120),
)


def evidence(figure: str, minutes: float, data: str = "", folder: Path | None = None) -> Evidence:
    """The networks of a figure of the paper, on scale detection or on a data set, whose files lie in `folder`."""
    named = ["--dataset", data] if data else []

    def experiments() -> list[DeepExperiment]:
        words = [figure, *named, *(["--data-dir", str(folder)] if folder else [])]
        try:
            return deep_experiments_of(figures.parser().parse_args(words), figure)
        except ValueError as error:
            raise ValueError(f"ImageNet: {error}" if data == "imagefolder" else str(error)) from None

    def runs() -> Sequence[Run]:
        return [run for experiment in experiments() for run in experiment.runs]

    def produce(results: Sequence[dict[str, Any]]) -> Judgement | NoiseJudgement:
        if figure in OF_LEVELS:
            return judge(figure, experiments(), results)
        return judged(figure, experiments()[0], results)

    levels = figure in OF_LEVELS
    return Evidence(
        "-".join([f"figure{figure}", *named[1:]]), " ".join(["python -m validate.figures", figure, *named]), minutes,
        MODULES, produce, runs, read=lambda values: from_json(NoiseJudgement if levels else Judgement, values),
        figures={"figure": noise_picture if levels else picture},
    )  # fmt: skip


def of_images(folder: Path | None = None) -> dict[str, Evidence]:
    """{name: evidence} of real images, which lie in `folder`, or where the data sets are looked for."""
    every = (evidence(figure, minutes, data, folder) for figure, data, minutes in REAL)
    return {each.name: each for each in every}


SCALE = tuple(evidence(figure, minutes) for figure, minutes in (("8", 15), ("9", 10), ("4", 5), ("12", 8), ("14", 3)))


def _correlated(rho: Correlation, measured: str) -> Finding:
    verdicts = {"agrees": Verdict.HOLDS, "contradicts": Verdict.DOES_NOT_HOLD, "undecided": Verdict.UNDECIDED}
    remarks = {"contradicts": "the sign is another", "undecided": "more families of architectures would decide"}
    return Finding(verdicts[rho.verdict], measured, rho.family_normal, remarks.get(rho.verdict, ""))


def _sign(rho: Correlation, quantity: str) -> str:
    return f"ρ(ε, {quantity}) = {rho.family_rho:+.2f} of {rho.family_count} families' means, p = {rho.p:.2g}"


def sign(judgement: Judgement, quantity: str, which: str = "correlation") -> Finding:
    """The sign of the correlation of test error and sensitivity, by families of architectures."""
    rho = judgement.correlations[which][quantity]
    return _correlated(rho, _sign(rho, quantity))


def not_before_training(judgement: Judgement) -> Finding:
    """No correlation of the paper's sign before training."""
    rho = judgement.correlations["X before training"]["R"]
    verdicts = {"agrees": Verdict.DOES_NOT_HOLD, "contradicts": Verdict.HOLDS, "undecided": Verdict.UNDECIDED}
    remark = "no sign is decided, which is not yet none: more families" if rho.verdict == "undecided" else ""
    return Finding(verdicts[rho.verdict], _sign(rho, "R before training"), rho.family_normal, remark)


def strongest(judgement: Judgement) -> Finding:
    """|ρ| of R above those of D and G, by their intervals."""
    rho = judgement.correlations["correlation"]
    size = {q: abs(rho[q].family_rho) for q in rho}
    measured = ", ".join(f"|ρ({q})| = {value:.2f}" for q, value in size.items())
    (low, high), *others = (_sizes(rho[q].family_normal) for q in ("R", "D", "G"))
    if all(low > above_all for _, above_all in others):
        return Finding(Verdict.HOLDS, measured, (low, high))
    if any(least > high for least, _ in others):
        return Finding(Verdict.DOES_NOT_HOLD, measured, (low, high), "another correlation is stronger")
    return Finding(Verdict.UNDECIDED, measured, (low, high), "the intervals overlap: more families of architectures")


def _sizes(ends: tuple[float, float]) -> tuple[float, float]:
    """The interval of |ρ|, from 0 where that of ρ contains 0."""
    low, high = sorted(map(abs, ends))
    return (0.0 if ends[0] < 0 < ends[1] else low), high


def noisy_sign(judgement: NoiseJudgement, quantity: str) -> Finding:
    """The same at every level of noise in training."""
    levels = [level.correlations[quantity] for level in judgement.levels]
    measured = ", ".join(
        f"‖η‖ = {level.norm:g}: {level.correlations[quantity].family_rho:+.2f}" for level in judgement.levels
    )
    verdicts = {rho.verdict for rho in levels}
    ends = (min(r.family_normal[0] for r in levels), max(r.family_normal[1] for r in levels))
    if verdicts == {"agrees"}:
        return Finding(Verdict.HOLDS, measured, ends)
    if "contradicts" in verdicts:
        return Finding(Verdict.DOES_NOT_HOLD, measured, ends, "another sign at some level")
    return Finding(Verdict.UNDECIDED, measured, ends, "more families of architectures would decide")


def _change(ensemble: Ensemble, quantity: str, stage: str = "after") -> np.ndarray:
    """(S,) ln of the last hidden layer over the first."""
    values = getattr(getattr(ensemble, stage), quantity)[:, :-1]
    return np.asarray(np.log(values[:, -1] / values[:, 0]))


def _every(values: dict[str, Estimate], bound: float, otherwise: str, name: str) -> Finding:
    """Each architecture's mean above the bound, by its interval over seeds."""
    text = "; ".join(f"{a} {v.value:+.2f} [{v.low:+.2f}, {v.high:+.2f}]" for a, v in values.items())
    worst = min(values.values(), key=lambda v: v.low if np.isfinite(v.low) else -np.inf)
    finding = above(worst, bound, f"{name}: {text}")
    failing = [a for a, v in values.items() if v.high < bound]
    if failing:
        return Finding(Verdict.DOES_NOT_HOLD, finding.measured, finding.interval, f"{otherwise}: {', '.join(failing)}")
    return finding


def changes_with_depth(judgement: Judgement, quantity: str, direction: int) -> Finding:
    """D or R falls (−1), or G rises (+1), from the first to the last hidden layer of every trained architecture."""
    values = {e.architecture: estimate(direction * _change(e, quantity)) for e in judgement.trained}
    name = f"ln of the {'fall' if direction < 0 else 'rise'} of {quantity} over the hidden layers"
    return _every(values, CHANGE, "it does not in", name)


def stated(judgement: Judgement, words: str) -> Finding:
    """The statements on real images whose text begins so, of every architecture and of the families: each interval
    inside its bounds, and no control's.
    """
    chosen = [statement for statement in judgement.statements if statement.claim.text.startswith(words)]
    if not chosen:
        raise LookupError(f"no statement begins with {words!r}")
    values = "; ".join(f"{s.subject} {s.value.value:+.2f} [{s.value.low:+.2f}, {s.value.high:+.2f}]" for s in chosen)
    measured = f"{chosen[0].claim.text}: {values} ({judgement.condition})"
    interval = (min(s.value.low for s in chosen), max(s.value.high for s in chosen))
    contradicted = [s.subject for s in chosen if s.verdict == "contradicts"]
    undecided = [s.subject for s in chosen if not s.holds]
    if contradicted:
        return Finding(Verdict.DOES_NOT_HOLD, measured, interval, f"not in {', '.join(contradicted)}")
    if undecided:
        more = f"more --seeds: the interval or its control does not decide in {', '.join(undecided)}"
        return Finding(Verdict.UNDECIDED, measured, interval, more)
    return Finding(Verdict.HOLDS, measured, interval)


def _shuffle_distance(ensemble: Ensemble, quantity: str) -> np.ndarray:
    """(S,) median over hidden layers of |ln shuffled/trained|."""
    assert ensemble.shuffled is not None
    ratio = np.log(getattr(ensemble.shuffled, quantity) / getattr(ensemble.after, quantity))[:, :-1]
    return np.asarray(np.median(np.abs(ratio), axis=1))


def shuffled_alike(judgement: Judgement, quantity: str) -> Finding:
    """Curves essentially unaltered where channels are connected anew."""
    values = {e.architecture: estimate(ALIKE - _shuffle_distance(e, quantity)) for e in judgement.trained if e.shuffled}
    return _every(values, 0.0, "shuffling changes", f"{ALIKE:g} − median |ln shuffled/trained| of {quantity}")


def shuffled_differ(judgement: Judgement) -> Finding:
    """Shuffled and original curves of R_k do not overlap: channels pool as well."""
    values = {e.architecture: estimate(_shuffle_distance(e, "R") - ALIKE) for e in judgement.trained if e.shuffled}
    return _every(values, 0.0, "they overlap in", f"median |ln shuffled/trained| of R − {ALIKE:g}")


def shuffled_fall(judgement: Judgement) -> Finding:
    """Shuffled curves of R_k are not constant: space pools as well."""
    values = {e.architecture: estimate(-_change(e, "R", "shuffled")) for e in judgement.trained if e.shuffled}
    return _every(values, CHANGE, "they do not fall in", "ln of the fall of R, shuffled")


def twins_overlap(judgement: Judgement) -> Finding:
    """The shuffled curves of VGG11 with and without batch norm overlap."""
    curves = [next(e.shuffled for e in judgement.trained if e.architecture == name) for name in ("vgg11", "vgg11bn")]
    first, second = (np.log(curve.R[:, :-1]) for curve in curves if curve is not None)
    seeds = min(len(first), len(second))
    distance = estimate(ALIKE - np.median(np.abs(first[:seeds] - second[:seeds]), axis=1))
    measured = f"median |ln R, VGG11 over VGG11bn, shuffled| {ALIKE - distance.value:.2f}"
    return above(distance, 0.0, measured, "they differ")
