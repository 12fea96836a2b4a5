"""Partly learned networks of infinite width beside the trained ones whose amplitudes they take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from validate.learned.measurements import QUANTITIES, learned


@dataclass(frozen=True)
class PartialCurves:
    """S networks of K layers at one moment of training.

    sigma       median σ of their layers, as decay alone predicts it
    measured    {"D", "G": (S, K)}                predicted    {what is kept: the same}
    """

    name: str
    moment: str
    sigma: float
    seeds: tuple[int, ...]
    measured: Mapping[str, np.ndarray]
    predicted: Mapping[str, Mapping[str, np.ndarray]]

    def deviation(self, kept: str, quantity: str) -> np.ndarray:
        """(S, K) ln(predicted/measured)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(self.predicted[kept][quantity] / self.measured[quantity]))

    def largest(self, kept: str, quantity: str) -> np.ndarray:
        """(S,) largest |ln(predicted/measured)| of the layers in which both tell images apart; NaN where these are
        fewer than half.
        """
        size = np.abs(self.deviation(kept, quantity))
        defined = np.isfinite(size)
        return np.where(2 * defined.sum(1) >= size.shape[1], np.where(defined, size, 0).max(1), np.nan)

    def median(self, kept: str, quantity: str) -> np.ndarray:
        """(S,) the median of the same."""
        size = np.abs(self.deviation(kept, quantity))
        return np.array([np.median(seed[np.isfinite(seed)]) if np.isfinite(seed).any() else np.nan for seed in size])


def joined_curves(name: str, moment: str, sigma: float, results: Sequence[Mapping[str, Any]]) -> PartialCurves:
    """All seeds of several runs that learned."""
    outcomes = [outcome for result in results for outcome in result["seeds"]]
    kept_seeds = [learned(outcome) for outcome in outcomes]

    def values(parts: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
        return {q: np.concatenate([np.array(part[q], dtype=float) for part in parts])[kept_seeds] for q in QUANTITIES}

    return PartialCurves(
        name,
        moment,
        sigma,
        tuple(outcome["seed"] for outcome in outcomes if learned(outcome)),
        values([result["measured"] for result in results]),
        {kept: values([result["predicted"][kept] for result in results]) for kept in results[0]["predicted"]},
    )
