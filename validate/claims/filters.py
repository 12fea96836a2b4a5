"""Figs. 4, 12 and 14: the spatial frequencies of the filters of deep networks."""

import numpy as np

from validate.claims.claim import Finding, Verdict, above
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import Judgement
from validate.statistics import estimate

# of a share or a roughness, to count as a change
CHANGE = 0.05


def _shares(ensemble: Ensemble, kind: str, stage: str = "after") -> np.ndarray:
    """(S, K) of every convolution: "homogeneity", "mean_homogeneity" or "roughness"."""
    return np.array([[getattr(s, kind) for s in getattr(f, stage)] for f in ensemble.spectra.values()]).T


def _listed(judgement: Judgement, kind: str) -> str:
    return "; ".join(
        f"{e.architecture} {', '.join(f'{share:.2f}' for share in _shares(e, kind).mean(0))}" for e in judgement.trained
    )


def most_power(judgement: Judgement, kind: str = "homogeneity") -> Finding:
    """The constant mode has more than half of the power in every convolution, of single filters or of their mean."""
    least = [estimate(_shares(e, kind).min(axis=1)) for e in judgement.trained]
    worst = min(least, key=lambda share: share.value)
    otherwise = (
        f"down to {worst.value:.2f} of the power (random filters 1/9); it is the mean filter that is homogeneous"
    )
    return above(worst, 0.5, f"share of the constant mode: {_listed(judgement, kind)}", otherwise)


def constant_mode_grows(judgement: Judgement, layers: int) -> Finding:
    """The constant mode gains on all others in the first layers."""
    gains = [
        estimate((_shares(e, "homogeneity") - _shares(e, "homogeneity", "before"))[:, :layers].min(axis=1))
        for e in judgement.trained
    ]
    worst = min(gains, key=lambda gain: gain.low)
    measured = f"least gain of its share in layers 1–{layers}: {', '.join(f'{gain.value:+.3f}' for gain in gains)}"
    return above(worst, 0.0, measured, "in some layer it loses")


def low_frequency(judgement: Judgement, low: tuple[int, ...], others: tuple[int, ...]) -> Finding:
    """Filters of some layers become low-frequency with training (Fig. 12's aggregate falls) and of others do not."""
    becoming, staying = [], []
    for ensemble in judgement.trained:
        fall = _shares(ensemble, "roughness", "before") - _shares(ensemble, "roughness")
        becoming += [estimate(fall[:, k - 1]) for k in low if k <= fall.shape[1]]
        staying += [estimate(fall[:, k - 1]) for k in others if k <= fall.shape[1]]
    measured = "falls of the aggregate: " + ", ".join(f"{value.value:+.2f}" for value in (*becoming, *staying))
    if all(v.low > CHANGE for v in becoming) and all(v.high < CHANGE for v in staying):
        return Finding(Verdict.HOLDS, measured)
    if any(v.high < CHANGE for v in becoming) or any(v.low > CHANGE for v in staying):
        return Finding(Verdict.DOES_NOT_HOLD, measured, None, "other layers")
    return Finding(Verdict.UNDECIDED, measured, None, "more --seeds")


def smoother(judgement: Judgement) -> Finding:
    """Fig. 12: the aggregate over frequencies falls with training, averaged over convolutions."""
    falls = [estimate((_shares(e, "roughness", "before") - _shares(e, "roughness")).mean(1)) for e in judgement.trained]
    worst = min(falls, key=lambda fall: fall.low)
    names = ", ".join(f"{e.architecture} {fall.value:+.2f}" for e, fall in zip(judgement.trained, falls, strict=True))
    return above(worst, CHANGE, f"fall of the aggregate: {names}", "it does not fall in all architectures")
