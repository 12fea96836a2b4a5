"""What was measured of deep networks, gathered by architecture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nets.models.spectra import Spectrum
from validate.runs.deep import DeepMeasurementRun


@dataclass(frozen=True)
class Curves:
    """D, G of S networks in K layers, the output last: (S, K) each; NaN where a layer answers every image alike."""

    D: np.ndarray
    G: np.ndarray

    @property
    def R(self) -> np.ndarray:
        """(S, K) D/G."""
        return np.asarray(self.D / self.G)


@dataclass(frozen=True)
class Filters:
    """Spectra of one convolution's filters, a network each."""

    before: tuple[Spectrum, ...]
    after: tuple[Spectrum, ...]


@dataclass(frozen=True)
class Networks:
    """All networks of one architecture whose output tells images apart.

    errors     (S,) test errors                         layers   (K,) names, the output last
    before, after, shuffled   Curves; shuffled: the mean over shuffles, None where channels cannot be connected anew
    spectra    {convolution: Filters}                   lost     a sentence for each seed that is left out
    """

    architecture: str
    seeds: tuple[int, ...]
    errors: np.ndarray
    layers: tuple[str, ...]
    before: Curves
    after: Curves
    shuffled: Curves | None
    why_not_shuffled: str | None
    spectra: dict[str, Filters]
    lost: tuple[str, ...]

    @property
    def depth(self) -> np.ndarray:
        """(K,) k/K; the output counts as a layer."""
        return np.arange(1, len(self.layers) + 1) / len(self.layers)


def gather(runs: Sequence[DeepMeasurementRun], results: Sequence[dict[str, Any]]) -> list[Networks]:
    """One `Networks` for each architecture, in the order of the runs."""
    names = list(dict.fromkeys(run.of.training.architecture for run in runs))
    pairs = list(zip(runs, results, strict=True))
    return [_gather(name, [pair for pair in pairs if pair[0].of.training.architecture == name]) for name in names]


def _gather(name: str, pairs: list[tuple[DeepMeasurementRun, dict[str, Any]]]) -> Networks:
    lost = [f"{name}, seed {run.of.training.seed}: {why}" for run, result in pairs if (why := _why_lost(result))]
    kept = [(run, result) for run, result in pairs if not _why_lost(result)]
    found = [result for _, result in kept]
    layers = tuple(pairs[0][1]["before"]["layers"])
    shuffled = None
    if found and all(one["shuffled"] for one in found):
        each = [_curves(one["shuffled"]) for one in found]
        shuffled = Curves(*(np.array([getattr(one, q).mean(0) for one in each]) for q in ("D", "G")))
    return Networks(
        architecture=name,
        seeds=tuple(run.of.training.seed for run, _ in kept),
        errors=np.array([one["outcome"]["test_error"] for one in found], dtype=float),
        layers=layers,
        before=_curves([one["before"] for one in found], len(layers)),
        after=_curves([one["after"] for one in found], len(layers)),
        shuffled=shuffled,
        why_not_shuffled=next((one["why_not_shuffled"] for one in found), None),
        spectra=_spectra(found),
        lost=tuple(lost),
    )


def _why_lost(result: dict[str, Any]) -> str | None:
    if result["after"] is None:
        return "its loss is not finite, left out: try a smaller --learning-rate"
    if result["after"]["D"][-1] is None or not np.isfinite(result["after"]["D"][-1]):
        return "it gives one output for every image, left out: try more --epochs or another --learning-rate"
    return None


def _curves(measured: Sequence[dict[str, Any]], layers: int = 0) -> Curves:
    """(S, K) each; K is `layers` where no network is left."""
    empty = np.empty((0, layers))
    return Curves(*(np.array([one[q] for one in measured], dtype=float) if measured else empty for q in ("D", "G")))


def _spectra(found: Sequence[dict[str, Any]]) -> dict[str, Filters]:
    names = found[0]["after"]["spectra"] if found else ()
    return {
        name: Filters(*(tuple(_spectrum(one[when]["spectra"][name]) for one in found) for when in ("before", "after")))
        for name in names
    }


def _spectrum(record: dict[str, Any]) -> Spectrum:
    return Spectrum(**{part: np.array(numbers) for part, numbers in record.items()})
