"""Claims on real images: backed by the statements that `validate.figures` judges; where the images lie is a choice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nets.models.spectra import Spectrum
from tests.validate.claims.conftest import plain
from theory.definitions.sensitivities import Sensitivities
from validate.claims.__main__ import sources
from validate.claims.claim import Verdict
from validate.claims.deep import of_images
from validate.claims.entries import CLAIMS, EVIDENCE
from validate.claims.ledger import chosen
from validate.deep.ensemble import Ensemble, FilterSpectra
from validate.deep.judgement import Judgement
from validate.record import from_json

LAYERS = ("features.0", "features.3", "features.6", "features.8", "output")


def curves(fall: float) -> Sensitivities:
    """Of three networks whose D_k and R_k fall by e^−fall from layer to layer, G_k constant."""
    scatter = 1 + 0.01 * np.random.default_rng(0).standard_normal((3, len(LAYERS)))
    D = 0.8 * np.exp(-fall * np.arange(len(LAYERS))) * scatter
    return Sensitivities(np.array(LAYERS), np.full(len(LAYERS), np.nan), D, np.full_like(D, 0.5), "made up")


def spectra(constant: float) -> tuple[Spectrum, ...]:
    """Of three networks, with this share of the constant mode."""
    values = np.array([0.0, 1, 2, 3, 4, 6])
    powers = [np.array([share, *np.full(5, (1 - share) / 5)]) for share in constant + np.array([-0.01, 0, 0.01])]
    return tuple(Spectrum(values, np.array([1, 2, 1, 2, 2, 1]), power, power) for power in powers)


def judgement(figure: str, after: float, shuffled: float, constant: float) -> Judgement:
    filters = {name: FilterSpectra(spectra(0.2), spectra(constant)) for name in LAYERS[:-1]}
    ensemble = Ensemble(
        "vgg11bn", (0, 1, 2), np.full(3, 0.2), LAYERS, curves(0.0), curves(after), curves(shuffled), spectra=filters
    )
    return Judgement(figure, (ensemble,), 1000, condition="fashion, 28 pixels")


def verdict(name: str, value: Any) -> Verdict:
    (claim,) = (claim for claim in CLAIMS if claim.identifier == name)
    return claim.judge(from_json(Judgement, plain(value))).verdict


@pytest.mark.parametrize(
    ("name", "figure"),
    [("S1-LAYERS", "3"), ("FIG3-FALL", "3"), ("FIG3-BETWEEN", "3"), ("FIG11-FALL", "11"), ("FIG13", "13"),
     ("FIG12-CIFAR10", "12"), ("FIG14-CIFAR10", "14")],
)  # fmt: skip
def test_each_holds_of_trained_networks_and_not_of_untrained_ones(name: str, figure: str) -> None:
    assert verdict(name, judgement(figure, 0.6, 0.3, 0.8)) == Verdict.HOLDS
    assert verdict(name, judgement(figure, -0.6, 0.6, 0.1)) == Verdict.DOES_NOT_HOLD


def test_a_fall_before_training_contradicts_that_there_is_none() -> None:
    trained = judgement("3", 0.6, 0.3, 0.8)
    assert verdict("S1-NOT-BEFORE", trained) == Verdict.HOLDS
    swapped = replace(trained.ensembles[0], before=trained.ensembles[0].after, after=trained.ensembles[0].before)
    assert verdict("S1-NOT-BEFORE", replace(trained, ensembles=(swapped,))) == Verdict.DOES_NOT_HOLD


def test_the_condition_is_said_and_networks_of_another_task_have_no_statement() -> None:
    (claim,) = chosen(CLAIMS, ["FIG3-FALL"])
    trained = judgement("3", 0.6, 0.3, 0.8)
    assert "fashion, 28 pixels" in claim.judge(trained).measured
    with pytest.raises(LookupError, match="no statement"):
        claim.judge(replace(trained, condition=None))


def test_one_seed_decides_nothing() -> None:
    trained = judgement("3", 0.6, 0.3, 0.8)
    (ensemble,) = trained.ensembles
    first: dict[str, Any] = {
        when: replace(of, D=of.D[:1], G=of.G[:1])
        for when in ("before", "after", "shuffled")
        if isinstance(of := getattr(ensemble, when), Sensitivities)
    }
    alone = replace(ensemble, seeds=(0,), **first)
    assert verdict("FIG3-FALL", replace(trained, ensembles=(alone,))) == Verdict.UNDECIDED


def test_real_images_are_read_from_the_folder(tmp_path: Path) -> None:
    evidence = {each.name: each for each in sources(chosen(CLAIMS, ["FIG3-CIFAR10", "FIG13", "EQ8"]), tmp_path)}
    assert list(evidence) == ["task2", "figure3-cifar10", "figure13-imagefolder"]
    assert evidence["task2"] is EVIDENCE["task2"]
    for name, needed in (("figure3-cifar10", "data set cifar10"), ("figure13-imagefolder", "ImageNet")):
        with pytest.raises(ValueError, match=needed) as refused:
            evidence[name].runs()
        assert str(tmp_path) in str(refused.value)
    with pytest.raises(ValueError, match="no folder: name"):
        sources(CLAIMS, tmp_path / "mistyped")
    assert str(tmp_path) not in "".join(each.command for each in of_images(tmp_path).values())
