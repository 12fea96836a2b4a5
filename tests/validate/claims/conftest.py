"""Evidence as JSON: that of the documentation, and networks that are made up to lie on the exact curves."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from nets.simple.seed_result import SeedResult
from sweep.store import Store
from theory.definitions.sensitivities import Sensitivities
from validate.claims.checks import checks
from validate.claims.entries import CLAIMS, EVIDENCE
from validate.claims.evidence import FORM, digest, identity, machine, path_of, settings
from validate.claims.ledger import Ledger, Obtained, assess, obtain
from validate.claims.page import page
from validate.claims.presentation import record
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import Judgement
from validate.experiment import Experiment
from validate.record import as_json
from validate.runs.settings import RunSettings
from validate.scaling.comparison import Comparison, Networks, theory_and_simulation

DOCS = Path(__file__).parents[3] / "docs"
SEEDS = 4
# evidence of the page that tests read
NAMES = ("definitions", "task2", "figure8")


def stored(path: str) -> Any:
    """Values of a judgement in the documentation, as evidence keeps them."""
    return json.loads((DOCS / path).read_text())


def homogeneous_networks(comparison: Comparison) -> Networks:
    """Four networks of homogeneous positive filters, off the exact curve by tenths of a percent."""
    rng = np.random.default_rng(0)
    exact, depth, size = comparison.exact, comparison.architecture.depth, comparison.architecture.filter_size

    def scattered(D: np.ndarray, G: np.ndarray) -> Sensitivities:
        factors = np.exp(0.002 * rng.standard_normal((2, SEEDS, depth)))
        return Sensitivities(exact.layer, exact.receptive_field, D * factors[0], G * factors[1], "made up")

    trained = scattered(exact.D, exact.G)
    untrained = scattered(np.full(depth, 0.9), np.full(depth, 0.6))
    filters = 0.005 * (1 + 0.01 * rng.standard_normal((SEEDS, depth, size)))
    return Networks(
        [SeedResult(seed, "interpolated", 10, 100, 0, 0.0, 0.0, 0.0, 0.0) for seed in range(SEEDS)],
        trained, untrained, trained, trained,
        homogeneity=0.99 + 0.001 * rng.standard_normal((SEEDS, depth)), imbalance=np.full((SEEDS, depth), 0.01),
        filters=filters, initial_filters=0.001 * rng.standard_normal((SEEDS, depth, size)),
        own_filters=[Sensitivities(exact.layer, exact.receptive_field, 3 * exact.D, 3 * exact.G, "made up")] * SEEDS,
    )  # fmt: skip


def correlated() -> Judgement:
    """Six families whose test error goes with D and R, and against G."""
    names = ("fc2", "lenet", "alexnet", "vgg11", "resnet18", "efficientnetb0")
    ensembles = []
    for n, name in enumerate(names):
        error = 0.05 * 1.5**n * np.array([0.98, 1.0, 1.02])
        ends = Sensitivities(
            np.array(["conv", "output"]), np.full(2, np.nan), np.stack([error * 4, error * 2], 1),
            np.stack([1 / error, 1 / error], 1), "made up",
        )  # fmt: skip
        ensembles.append(Ensemble(name, (0, 1, 2), error, ("conv", "output"), ends, ends))
    return Judgement("8", tuple(ensembles), 1000)


def plain(value: Any) -> Any:
    """As it is read back from a file."""
    return json.loads(json.dumps(as_json(value)))


@pytest.fixture(scope="session")
def values() -> dict[str, Any]:
    """{name of the evidence: its values as JSON}."""
    experiment = Experiment.quick(2)
    comparison = theory_and_simulation(experiment.task, experiment.architecture, experiment.conventions)
    with_made_up = replace(comparison, networks=homogeneous_networks(comparison))
    return {
        "appendix": stored("appendix/appendix.json"),
        "law": stored("law/law.json"),
        "definitions": plain(checks()),
        "task2": plain(with_made_up),
        "figure8": plain(correlated()),
    }


@pytest.fixture(scope="session")
def ledger(values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All claims; the evidence of most is missing."""
    store = Store(tmp_path_factory.mktemp("runs"))
    obtained = {name: Obtained(evidence, why_missing="a day") for name, evidence in EVIDENCE.items()}
    for name in NAMES:
        runs = EVIDENCE[name].runs() if name == "task2" else []  # those of Fig. 8 need torchvision
        of, made = identity(EVIDENCE[name]), {**machine(1.0), "settings": settings(runs)}
        content = {"form": FORM, "digest": digest(of), "code": of, "made": made, "values": values[name]}
        path_of(EVIDENCE[name], store).parent.mkdir(exist_ok=True)
        path_of(EVIDENCE[name], store).write_text(json.dumps(content))
        obtained[name] = obtain(EVIDENCE[name], True, RunSettings(store), Console(quiet=True))
    return assess(CLAIMS, obtained)


@pytest.fixture(scope="session")
def text(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(ledger, record(ledger, True, 1.0), tmp_path_factory.mktemp("pictures"))
