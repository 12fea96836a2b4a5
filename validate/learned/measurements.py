"""What the runs of one network measured, as arrays by seed and layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

QUANTITIES = ("D", "G")


@dataclass(frozen=True)
class Measurements:
    """S networks of K layers, of one kind, at one moment of training, before and after each intervention.

    seeds          S that learned                       excluded     a sentence for each seed that is left out
    layers         (K,) names                           eigenvalues  (E,) λ of the spatial modes
    splits         {number of a split: (S, L) of L convolutions}; "shares", "end_shares": (S, L, E)
    trained        {"D", "G": (S, K)}                   changed      {intervention: the same}
    predicted_sigma    what decay alone leaves of the start; NaN where it is not known
    """

    name: str
    moment: str
    seeds: tuple[int, ...]
    excluded: tuple[str, ...]
    layers: tuple[str, ...]
    eigenvalues: np.ndarray
    splits: Mapping[str, np.ndarray]
    trained: Mapping[str, np.ndarray]
    changed: Mapping[str, Mapping[str, np.ndarray]]
    predicted_sigma: float

    @property
    def modes(self) -> int:
        """E, the number of eigenspaces."""
        return len(self.eigenvalues)

    @property
    def judged(self) -> np.ndarray:
        """(S, K) layers from the second on in which every changed network tells images apart."""
        all_values = [values[q] for values in (self.trained, *self.changed.values()) for q in QUANTITIES]
        with np.errstate(invalid="ignore", divide="ignore"):
            finite = np.isfinite(np.log(np.array(all_values))).all(0)
        return np.asarray(finite & (np.arange(finite.shape[1]) > 0))

    def log_change(self, intervention: str, quantity: str) -> np.ndarray:
        """(S, K) ln(changed/trained)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(self.changed[intervention][quantity] / self.trained[quantity]))

    def mean_change(self, intervention: str, quantity: str, size: bool = False) -> np.ndarray:
        """(S,) mean of ln(changed/trained), or of its size, over the judged layers; NaN where there are none."""
        change = self.log_change(intervention, quantity)
        counted = np.where(self.judged, np.abs(change) if size else change, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(counted.sum(1) / self.judged.sum(1))


def joined(
    name: str, moment: str, results: Sequence[Mapping[str, Any]], predicted_sigma: float = np.nan
) -> Measurements:
    """All seeds of several runs that learned."""
    outcomes = [outcome for result in results for outcome in result["seeds"]]
    learned = np.array([outcome["status"] in ("interpolated", "trained") for outcome in outcomes])

    def numbers(parts: Sequence[Any]) -> np.ndarray:
        return np.array(np.concatenate([np.array(part, dtype=float) for part in parts])[learned])

    first = results[0]
    splits = [layers for result in results for layers in result["splits"]]
    return Measurements(
        name=name,
        moment=moment,
        seeds=tuple(int(outcome["seed"]) for outcome in np.array(outcomes)[learned]),
        excluded=tuple(
            f"{name}, {moment}: seed {outcome['seed']} is {outcome['status']}, left out"
            for outcome, kept in zip(outcomes, learned, strict=True)
            if not kept
        ),
        layers=tuple(first["layers"]),
        eigenvalues=np.array(first["eigenvalues"]),
        splits={
            n: np.array([[layer[n] for layer in layers] for layers in splits], dtype=float)[learned]
            for n in splits[0][0]
        },
        trained={q: numbers([result["trained"][q] for result in results]) for q in QUANTITIES},
        changed={
            change: {q: numbers([result["changed"][change][q] for result in results]) for q in QUANTITIES}
            for change in first["changed"]
        },
        predicted_sigma=predicted_sigma,
    )
