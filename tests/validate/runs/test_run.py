"""The name of a run says what it is, and nothing else."""

from dataclasses import replace

import pytest

from nets.training import Training
from theory.architecture import Architecture
from theory.perturbation import Conventions
from theory.task import ScaleDetection
from validate.runs.run import code_of, differences, identity, key
from validate.runs.simple import MeasurementRun, TrainingRun, in_groups

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
    one, other = (MeasurementRun(RUN, Conventions(noise=noise)) for noise in ("rectified", "gaussian"))
    assert key(one) != key(other)
    assert key(one.needs[0]) == key(other.needs[0]) == key(RUN)


def test_other_code_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validate.runs.run.code_digest", lambda module: "same")
    before, name = identity(RUN), key(RUN)
    assert key(RUN) == name
    monkeypatch.setattr("validate.runs.run.code_digest", lambda module: "other" if module == "nets.descent" else "same")
    assert key(RUN) != name
    assert [*differences(before, identity(RUN))] == ["code.nets.descent"]
    # what is no part of it may change
    monkeypatch.setattr("validate.runs.run.code_digest", lambda module: "other" if module == "nets.filters" else "same")
    assert key(RUN) == name


def test_comments_are_not_code() -> None:
    source = 'def f(x):\n    """Doc,\n    long."""\n    return x + 1  # why\n'
    assert code_of(source) == "def f(x):\n    return x + 1"
    assert code_of(source.replace("why", "because").replace("long", "short")) == code_of(source)
    assert code_of(source.replace("1", "2")) != code_of(source)
    assert code_of('x = "# no comment"\n') == 'x = "# no comment"'


def test_seeds_come_in_groups_that_do_not_depend_on_how_many_are_asked() -> None:
    few, many = (in_groups(replace(TRAINING, seeds=tuple(range(n))), 4) for n in (8, 10))
    assert few == many[:2]
    assert many[2].seeds == (8, 9)
