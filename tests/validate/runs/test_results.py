"""All results of a sweep as a table, and a training that is killed in the store."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nets.simple.training import Training
from sweep.store import Store
from sweep.work import Options, make
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection
from validate.runs import results
from validate.runs.networks import WEIGHTS
from validate.runs.simple import MeasurementRun, measured_of, seed_results_of
from validate.runs.simple_training import TrainingRun

TRAINING = TrainingRun(
    ScaleDetection(2, 16, 4), Architecture(2, 2, 3), Training(4, (0, 1), 16, epochs=2, patience=None)
)


def measured(widths: tuple[int, ...], store: Store) -> list[MeasurementRun]:
    trainings = [replace(TRAINING, training=replace(TRAINING.training, channels=width)) for width in widths]
    runs = [MeasurementRun(training, Conventions()) for training in trainings]
    assert [make(run, store, Options()) for run in runs] == ["done"] * len(runs)
    return runs


@pytest.mark.parametrize("pandas", [False, True])
def test_a_sweep_is_a_table(pandas: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if pandas and importlib.util.find_spec("pandas") is None:
        pytest.skip("pandas is not installed")
    if not pandas:
        monkeypatch.setattr(results, "find_spec", lambda name: None)
    store = Store(tmp_path)
    runs = measured((4, 8), store)
    table = results.table(tmp_path)
    assert len(table) == 2 * 2 * 3  # runs, seeds, layers
    assert sorted(set(table["of.training.channels"])) == [4, 8]
    row = table[(table["of.training.channels"] == 8) & (table["seed"] == 1) & (table["k"] == 2)]
    exact = measured_of([store.result(runs[1]) or {}], "after")
    assert float(np.asarray(row["after.D"])[0]) == exact.D[1, 1]
    result = store.result(runs[1]) or {}
    for when, offset in (("after", 0), ("before", 1)):
        assert float(np.asarray(row[f"{when}.filters.{offset}"])[0]) == result[when]["filters"][1][1][offset]
    assert len(results.table(tmp_path, channels=8)) == 6
    with pytest.raises(ValueError, match="no finished measurement of channels = 5"):
        results.table(tmp_path, channels=5)


def test_what_a_run_says_is_read_back_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (run,) = measured((4,), store)
    result = store.result(run) or {}
    seed_results = seed_results_of([result])
    assert [seed_result.seed for seed_result in seed_results] == [0, 1]
    assert all(seed_result.epochs == 2 for seed_result in seed_results)
    again = Store(tmp_path / "again")
    assert make(run, again, Options()) == "done"
    assert again.result(run) == result  # to the last bit


def test_a_damaged_checkpoint_is_kept_beside_and_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    whole = Store(tmp_path / "whole")
    assert make(TRAINING, whole, Options()) == "done"
    folder = store.path(TRAINING)
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes((whole.path(TRAINING) / WEIGHTS).read_bytes()[:1000])
    assert make(TRAINING, store, Options()) == "done"
    assert "from the start, the old file is kept as weights.refused" in (folder / "log.txt").read_text()
    assert (folder / "weights.refused").stat().st_size == 1000
    assert (store.result(TRAINING) or {})["seeds"] == (whole.result(TRAINING) or {})["seeds"]


def test_no_room_for_the_weights_fails_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store = Store(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("nets.checkpoint.write", full)
        assert make(TRAINING, store, Options()) == "failed"
    failure = (store.path(TRAINING) / "failure.txt").read_text()
    assert f"{WEIGHTS} could not be written (No space left on device)" in failure
    assert "no checkpoint at epoch 2 (No space left on device)" in (store.path(TRAINING) / "log.txt").read_text()
    assert make(TRAINING, store, Options()) == "done"
