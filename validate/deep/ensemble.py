"""All networks of one architecture and what was measured of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from nets.models.spectra import Spectrum
from theory.definitions.sensitivities import Sensitivities
from validate.deep.homogeneous import homogeneous
from validate.runs.deep import DeepMeasurementRun

Result = dict[str, Any]


@dataclass(frozen=True)
class FilterSpectra:
    """Spectra of one convolution's filters (Eq. 3), one for each network, before and after training."""

    before: tuple[Spectrum, ...]
    after: tuple[Spectrum, ...]


@dataclass(frozen=True)
class Ensemble:
    """The networks of one architecture whose output distinguishes images.

    seeds              S of them                            test_error   (S,)
    layers             (K,) names, the output last          before, after  (S, K) D, G, R; NaN where a layer is constant
    shuffled           the same, means over shuffles; None where channels cannot be connected anew
    homogeneous        (1, K') of the homogeneous network in its convolutional layers; None where there is none
    spectra            {convolution: FilterSpectra}         excluded     a sentence for each seed that is left out
    """

    architecture: str
    seeds: tuple[int, ...]
    test_error: np.ndarray
    layers: tuple[str, ...]
    before: Sensitivities
    after: Sensitivities
    shuffled: Sensitivities | None = None
    why_not_shuffled: str | None = None
    homogeneous: Sensitivities | None = None
    spectra: Mapping[str, FilterSpectra] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()

    @property
    def depth(self) -> np.ndarray:
        """(K,) k/K; the output counts as a layer."""
        return np.arange(1, len(self.layers) + 1) / len(self.layers)


def ensembles(runs: Sequence[DeepMeasurementRun], results: Sequence[Result]) -> list[Ensemble]:
    """One for each architecture, in the order of the runs."""
    pairs = list(zip(runs, results, strict=True))
    names = dict.fromkeys(run.of.training.architecture for run in runs)
    return [_ensemble(name, [pair for pair in pairs if pair[0].of.training.architecture == name]) for name in names]


def _ensemble(name: str, pairs: Sequence[tuple[DeepMeasurementRun, Result]]) -> Ensemble:
    reasons = [(run.of.training.seed, _why_excluded(result)) for run, result in pairs]
    kept = [result for (_, result), (_, why) in zip(pairs, reasons, strict=True) if why is None]
    layers = tuple(pairs[0][1]["before"]["layers"])
    shuffled = [[_sensitivities(layers, [shuffle]) for shuffle in result["shuffled"]] for result in kept]
    return Ensemble(
        architecture=name,
        seeds=tuple(seed for seed, why in reasons if why is None),
        test_error=np.array([result["outcome"]["test_error"] for result in kept], dtype=float),
        layers=layers,
        before=_sensitivities(layers, [result["before"] for result in kept]),
        after=_sensitivities(layers, [result["after"] for result in kept]),
        shuffled=_over_shuffles(layers, shuffled) if kept and all(shuffled) else None,
        why_not_shuffled=next((result["why_not_shuffled"] for result in kept), None),
        homogeneous=homogeneous(pairs[0][0]),
        spectra=_spectra(kept),
        excluded=tuple(f"{name}, seed {seed}: {why}" for seed, why in reasons if why is not None),
    )


def _why_excluded(result: Result) -> str | None:
    if result["after"] is None:
        return "its loss is not finite, left out: try a smaller --learning-rate"
    if result["after"]["D"][-1] is None or not np.isfinite(result["after"]["D"][-1]):
        return "it gives one output for every image, left out: try more --epochs or another --learning-rate"
    return None


def _sensitivities(layers: Sequence[str], measured: Sequence[Result]) -> Sensitivities:
    """(S, K) each, S = 0 where no network is left."""
    D, G, D_error, G_error = (
        np.array([network[q] for network in measured], dtype=float).reshape(len(measured), len(layers))
        for q in ("D", "G", "D_error", "G_error")
    )
    unknown = np.full(len(layers), np.nan)
    return Sensitivities(np.array(layers), unknown, D, G, "trained networks, Eq. 1", D_error, G_error)


def _over_shuffles(layers: Sequence[str], shuffled: Sequence[Sequence[Sensitivities]]) -> Sensitivities:
    """(S, K): for each network the mean over its shuffles."""
    D, G = (np.array([[getattr(s, q)[0] for s in network] for network in shuffled]).mean(1) for q in ("D", "G"))
    return Sensitivities(np.array(layers), np.full(len(layers), np.nan), D, G, "channels connected anew, Eq. 1")


def _spectra(results: Sequence[Result]) -> dict[str, FilterSpectra]:
    def spectra(name: str, when: str) -> tuple[Spectrum, ...]:
        records = [result[when]["spectra"][name] for result in results]
        return tuple(Spectrum(*(np.array(record[part.name]) for part in fields(Spectrum))) for record in records)

    names = results[0]["after"]["spectra"] if results else ()
    return {name: FilterSpectra(spectra(name, "before"), spectra(name, "after")) for name in names}
