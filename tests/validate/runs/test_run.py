"""The name of a run says what it is, and nothing else."""

import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from nets.deep.plane import PlaneTask
from nets.deep.training import DeepTraining
from nets.simple.training import Training
from sweep.run import Run, differences, identity, key, library_version
from sweep.store import Store
from sweep.work import Options, make
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, plane_task
from validate.runs.deep import DeepMeasurementRun, Probing
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.simple import MeasurementRun, in_groups
from validate.runs.simple_training import TrainingRun

ROOT = Path(__file__).parents[3]
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


@pytest.mark.parametrize(
    ("file", "renames"),
    [
        ("nets/simple/progress.py", True),  # the stop rule
        ("nets/simple/descent.py", True),
        ("nets/simple/seed_result.py", True),
        ("nets/checkpoint.py", True),
        ("theory/definitions/task.py", True),
        ("validate/runs/simple_training.py", True),
        ("nets/simple/sensitivity.py", False),  # a training does not depend on how it is measured
        ("nets/deep/training.py", False),
        ("validate/scaling/tables.py", False),
        ("validate/runs/progress_table.py", False),
        ("theory/scaling.py", False),
    ],
)
def test_the_code_that_decides_the_result_names_the_run_and_no_other(
    file: str, renames: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edited file, as the next process would read it."""
    before, edited, read_text = identity(RUN), ROOT / file, Path.read_text
    for addition, changes in (("# a comment\n", False), ("EDITED = 1\n", renames)):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_text", lambda p, **k: read_text(p, **k) + addition * (p == edited))  # noqa: B023
            patch.setattr("sweep.code.SOURCES", {})
            differ = [*differences(before, identity(RUN))]
        assert differ == ([f"code.{file[:-3].replace('/', '.')}"] if changes else [])


def test_another_version_of_a_library_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments that share a store do not take each other's last bits; a patch release is the same."""
    before = identity(RUN)
    assert [*before["versions"]] == ["numpy", "torch"]
    numpy = before["versions"]["numpy"]
    for release, renames in (("9.1.2", True), (f"{before['versions']['torch']}.99+cu", False)):
        installed = {"torch": release, "numpy": f"{numpy}.99"}
        monkeypatch.setattr("sweep.run.library_version", library_version.__wrapped__)
        monkeypatch.setattr("sweep.run.version", installed.__getitem__)
        differ = differences(before, identity(RUN))
        assert differ == ({"versions.torch": (before["versions"]["torch"], "9.1")} if renames else {})


TASK = PlaneTask(replace(plane_task(), width=16, scale=6, gap=2))
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
