"""Sections 2 and 3: deep networks on scale detection and on real images."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sweep.run import Run
from validate import figures
from validate.claims.claim import Finding, Verdict, above
from validate.claims.evidence import Evidence
from validate.deep.correlation import Correlation
from validate.deep.ensemble import Ensemble, ensembles
from validate.deep.figures import picture
from validate.deep.judgement import Judgement
from validate.deep.noise import NoiseJudgement, judge
from validate.deep.noise_figures import noise_picture
from validate.deep.options import deep_experiments_of
from validate.deep.settings import OF_LEVELS, DeepExperiment
from validate.record import from_json
from validate.statistics import Estimate, estimate

MODULES = ("validate.deep.ensemble", "validate.deep.settings", "validate.deep.homogeneous", "validate.deep.noise")
# |ln| below which curves are "essentially unaltered", and change that counts as a fall or a rise
ALIKE, CHANGE = 0.1, 0.1


def experiments(figure: str, words: str) -> list[DeepExperiment]:
    """What `python -m validate.figures` shows; raises ValueError where this machine cannot make it."""
    return deep_experiments_of(figures.parser().parse_args([figure, *words.split()]), figure)


def evidence(name: str, figure: str, minutes: float, words: str = "") -> Evidence:
    """The networks of a figure of the paper."""

    def runs() -> Sequence[Run]:
        return [run for experiment in experiments(figure, words) for run in experiment.runs]

    def produce(results: Sequence[dict[str, Any]]) -> Judgement | NoiseJudgement:
        every = experiments(figure, words)
        if figure in OF_LEVELS:
            return judge(figure, every, results)
        return Judgement(figure, tuple(ensembles(every[0].runs, results)), every[0].trainings[0].test)

    levels = figure in OF_LEVELS
    return Evidence(
        name, f"python -m validate.figures {figure} {words}".strip(), minutes, MODULES, produce, runs,
        read=lambda values: from_json(NoiseJudgement if levels else Judgement, values),
        figures={"figure": noise_picture if levels else picture},
    )  # fmt: skip


FIGURE8, FIGURE9 = evidence("figure8", "8", 15), evidence("figure9", "9", 10)
FIGURE4, FIGURE12, FIGURE14 = evidence("figure4", "4", 5), evidence("figure12", "12", 8), evidence("figure14", "14", 3)
FIGURE3, FIGURE11 = (evidence(f"figure{n}", n, m, "--dataset fashion") for n, m in (("3", 6), ("11", 12)))
FIGURE10, FIGURE1 = (evidence(f"figure{n}", n, 40, "--dataset fashion") for n in ("10", "1"))
CIFAR3, CIFAR4 = (evidence(f"figure{n}-cifar10", n, 60, "--dataset cifar10") for n in ("3", "4"))
CIFAR14 = evidence("figure14-cifar10", "14", 60, "--dataset cifar10")
IMAGENET = Evidence(
    "imagenet", "python -m validate.sensitivity --model vgg11 --pretrained --images FOLDER", 30,
    ("validate.deep.ensemble",), lambda results: None,
    needs="ImageNet's images and torchvision's published weights; spectra of them have no command yet",
)  # fmt: skip


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
    """|ρ| of R above those of D and G."""
    rho = judgement.correlations["correlation"]
    size = {q: abs(rho[q].family_rho) for q in rho}
    measured = ", ".join(f"|ρ({q})| = {value:.2f}" for q, value in size.items())
    (low, high), others = rho["R"].family_normal, [rho[q].family_normal for q in ("D", "G")]
    ends = (min(abs(low), abs(high)), max(abs(low), abs(high)))
    if all(ends[0] > max(map(abs, other)) for other in others):
        return Finding(Verdict.HOLDS, measured, ends)
    return Finding(Verdict.UNDECIDED, measured, ends, "the intervals overlap: more families of architectures")


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


def _every(judgement: Judgement, values: dict[str, Estimate], bound: float, otherwise: str, name: str) -> Finding:
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
    return _every(judgement, values, CHANGE, "it does not in", name)


def not_before(judgement: Judgement, quantity: str = "R") -> Finding:
    """The fall over the layers after training and not before: untrained networks fall by less than a tenth."""
    values = {e.architecture: estimate(CHANGE + _change(e, quantity, "before")) for e in judgement.trained}
    return _every(judgement, values, 0.0, "it falls before training in", f"{CHANGE:g} + ln of the change, untrained")


def _shuffle_distance(ensemble: Ensemble, quantity: str) -> np.ndarray:
    """(S,) median over hidden layers of |ln shuffled/trained|."""
    assert ensemble.shuffled is not None
    ratio = np.log(getattr(ensemble.shuffled, quantity) / getattr(ensemble.after, quantity))[:, :-1]
    return np.asarray(np.median(np.abs(ratio), axis=1))


def shuffled_alike(judgement: Judgement, quantity: str) -> Finding:
    """Curves essentially unaltered where channels are connected anew."""
    values = {e.architecture: estimate(ALIKE - _shuffle_distance(e, quantity)) for e in judgement.trained if e.shuffled}
    return _every(
        judgement, values, 0.0, "shuffling changes", f"{ALIKE:g} − median |ln shuffled/trained| of {quantity}"
    )


def shuffled_differ(judgement: Judgement) -> Finding:
    """Shuffled and original curves of R_k do not overlap: channels pool as well."""
    values = {e.architecture: estimate(_shuffle_distance(e, "R") - ALIKE) for e in judgement.trained if e.shuffled}
    return _every(judgement, values, 0.0, "they overlap in", f"median |ln shuffled/trained| of R − {ALIKE:g}")


def shuffled_fall(judgement: Judgement) -> Finding:
    """Shuffled curves of R_k are not constant: space pools as well."""
    values = {e.architecture: estimate(-_change(e, "R", "shuffled")) for e in judgement.trained if e.shuffled}
    return _every(judgement, values, CHANGE, "they do not fall in", "ln of the fall of R, shuffled")


def twins_overlap(judgement: Judgement) -> Finding:
    """The shuffled curves of VGG11 with and without batch norm overlap."""
    curves = [next(e.shuffled for e in judgement.trained if e.architecture == name) for name in ("vgg11", "vgg11bn")]
    first, second = (np.log(curve.R[:, :-1]) for curve in curves if curve is not None)
    seeds = min(len(first), len(second))
    distance = estimate(ALIKE - np.median(np.abs(first[:seeds] - second[:seeds]), axis=1))
    measured = f"median |ln R, VGG11 over VGG11bn, shuffled| {ALIKE - distance.value:.2f}"
    return above(distance, 0.0, measured, "they differ")
