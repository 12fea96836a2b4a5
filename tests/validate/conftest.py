"""Small networks, trained once for all tests of what is said of them."""

import pytest

from nets.simple.training import Training
from sweep.store import Store
from sweep.work import Options, make
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection
from validate.runs.simple import MeasurementRun
from validate.runs.simple_training import TrainingRun
from validate.scaling.comparison import Comparison, theory_and_simulation, with_networks

SMALL = Training(
    32, (0, 1, 2), 512, learning_rate=0.02, cooldown=0.8, ridge=0.05, epochs=600, patience=None, evaluate_every=40
)
TASK, ARCHITECTURE = ScaleDetection(2, 64, 16), Architecture(2, 2, 6)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Networks of task 2 that lie on the curve of homogeneous filters."""
    run = MeasurementRun(TrainingRun(TASK, ARCHITECTURE, SMALL), Conventions())
    store = Store(tmp_path_factory.mktemp("runs"))
    assert make(run, store, Options()) == "done"
    return with_networks(theory_and_simulation(TASK, ARCHITECTURE, Conventions()), [store.result(run) or {}])
