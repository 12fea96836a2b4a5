"""The name of a run says what it is, and nothing else."""

import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from nets.deep.training import DeepTraining
from nets.simple.training import Training
from sweep.code import SOURCES
from sweep.run import Run, differences, identity, key
from sweep.store import Store
from sweep.work import Options, make
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, plane_task
from validate.runs.deep import DeepMeasurementRun, Probing
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.simple import MeasurementRun, in_groups
from validate.runs.simple_training import TrainingRun

TRAINING = Training(4, (0, 1), 16, epochs=1, patience=None)
RUN = TrainingRun(ScaleDetection(2, 16, 4), Architecture(2, 2, 3), TRAINING)


def test_equal_settings_have_one_name_however_they_are_written() -> None:
    same = TrainingRun(ScaleDetection(2, 16, 4, gap=0.0), Architecture(2, 2, 3), replace(TRAINING, cooldown=0))
    assert key(RUN) == key(same)
    assert key(RUN).startswith("training-")


@pytest.mark.parametrize(
    ("name", "value"), [("channels", 5), ("seeds", (0, 2)), ("ridge", 0.02), ("batch", None), ("patience", 500)]
)
def test_any_other_setting_is_another_run(name: str, value: object) -> None:
    other = replace(RUN, training=replace(TRAINING, **{name: value}))  # type: ignore[arg-type]
    assert key(other) != key(RUN)
    assert [*differences(identity(RUN), identity(other))] == [f"training.{name}"]


def test_other_conventions_are_another_measurement_of_the_same_training() -> None:
    rectified, gaussian = (MeasurementRun(RUN, Conventions(noise=noise)) for noise in ("rectified", "gaussian"))
    assert key(rectified) != key(gaussian)
    assert key(rectified.needs[0]) == key(gaussian.needs[0]) == key(RUN)


def test_other_code_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the stop rule too: what decides when training ends decides its result."""
    before = identity(RUN)
    for module in ("nets.simple.descent", "nets.simple.seed_result"):
        with monkeypatch.context() as patch:
            patch.setitem(SOURCES, module, replace(SOURCES[module], digest="other"))  # type: ignore[type-var]
            assert [*differences(before, identity(RUN))] == [f"code.{module}"]


TASK = replace(plane_task(), width=16, scale=6, gap=2)
DEEP = DeepTrainingRun(TASK, DeepTraining("lenet", 0.5, images=64, validation=32, test=50, epochs=1, batch=16))


@pytest.mark.parametrize(
    "run",
    [RUN, MeasurementRun(RUN, Conventions()), DEEP, DeepMeasurementRun(DEEP, Probing(20, 1))],
    ids=lambda r: r.kind,
)
def test_the_name_of_a_run_covers_all_code_that_it_executes(run: Run, tmp_path: Path) -> None:
    """Every function of theory and nets that is called, and the run's own module, are in its identity; a training does
    not depend on how it is measured."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        called.add(frame.f_globals.get("__name__", ""))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        assert make(run, Store(tmp_path), Options()) == "done"
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    executed = {name for name in called if name.partition(".")[0] in ("theory", "nets")} | {type(run).__module__}
    code = identity(run)["code"]
    assert len(executed) > 4
    assert executed <= code.keys()
    measured = {"nets.simple.sensitivity", "nets.models.sensitivity", "nets.models.spectra"} & code.keys()
    assert bool(measured) is ("measurement" in run.kind)


def test_seeds_come_in_groups_that_do_not_depend_on_how_many_are_asked() -> None:
    few, many = (in_groups(replace(TRAINING, seeds=tuple(range(n))), 4) for n in (8, 10))
    assert few == many[:2]
    assert many[2].seeds == (8, 9)
