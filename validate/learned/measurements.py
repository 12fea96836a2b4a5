"""What the runs of one network measured, as arrays by seed and layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
    kind           "simple" CNNs, the "control" whose task cannot be solved by pooling, or "deep"
    carrier        the mode of ΔW that is said to carry the fall of D: 0 the constant one, 1 the gradients
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
    kind: Literal["simple", "control", "deep"] = "deep"
    carrier: int = 0

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
    measured = [result for result in results if "trained" in result]
    counted = [learned(outcome) for result in measured for outcome in result["seeds"]]
    splits = [layers for result in measured for layers in result["splits"]]

    def numbers(parts: Sequence[Any]) -> np.ndarray:
        return np.array(np.concatenate([np.array(part, dtype=float) for part in parts])[counted])

    def values(parts: Sequence[Any]) -> dict[str, np.ndarray]:
        return {q: numbers([part[q] for part in parts]) for q in QUANTITIES}

    return Measurements(
        name=name,
        moment=moment,
        seeds=tuple(int(outcome["seed"]) for outcome in outcomes if learned(outcome)),
        excluded=tuple(
            f"{name}, {moment}: seed {outcome['seed']} is {outcome['status']}, left out"
            for outcome in outcomes
            if not learned(outcome)
        ),
        layers=tuple(measured[0]["layers"]) if measured else (),
        eigenvalues=np.array(measured[0]["eigenvalues"] if measured else []),
        splits={
            number: numbers([[[layer[number] for layer in layers] for layers in splits]])
            for number in (splits[0][0] if splits else ())
        },
        trained=values([result["trained"] for result in measured]) if measured else {},
        changed={
            change: values([result["changed"][change] for result in measured])
            for change in (measured[0]["changed"] if measured else ())
        },
        predicted_sigma=predicted_sigma,
    )


def learned(outcome: Mapping[str, Any]) -> bool:
    """Of a simple CNN that interpolated, or a deep network that did not diverge."""
    return outcome["status"] in ("interpolated", "trained")
