"""Runs of deep networks: killed, damaged, without room, and as a table."""

import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nets.deep.image_sets import Noise
from nets.deep.image_task import ImageTask
from nets.deep.plane import PlaneTask
from nets.deep.training import DeepTraining
from nets.images.registry import Source
from sweep.local import TRIES, Local
from sweep.lock import owner
from sweep.run import identity, key
from sweep.store import Store, status
from sweep.work import Options, make
from theory.definitions.task import plane_task
from validate.runs.deep import DeepMeasurementRun, Probing
from validate.runs.deep_training import DeepTrainingRun
from validate.runs.networks import WEIGHTS
from validate.runs.results import deep_table, table

TASK = PlaneTask(replace(plane_task(), width=16, scale=6, gap=2))
RUN = DeepTrainingRun(TASK, DeepTraining("lenet", width=0.5, images=64, validation=32, test=50, epochs=3, batch=16))


def kill_maker(folder: Path, kills: list[int]) -> None:
    """SIGKILL the process that makes the run, as often as it may be begun again, after its first checkpoint."""
    moments = random.Random(0)
    while status(folder) != "done" and len(kills) < TRIES - 1:
        time.sleep(moments.uniform(0.1, 0.3))
        current = owner(folder)
        if current is not None and current.process != os.getpid() and (folder / WEIGHTS).exists():
            os.kill(current.process, signal.SIGKILL)
            kills.append(current.process)


def test_a_training_whose_process_is_killed_ends_with_the_same_result(tmp_path: Path) -> None:
    runs = [DeepTrainingRun(TASK, replace(RUN.training, seed=seed, epochs=80)) for seed in (0, 1)]
    killed, whole = Store(tmp_path / "killed"), Store(tmp_path / "whole")
    kills: list[int] = []
    killer = threading.Thread(target=kill_maker, args=(killed.path(runs[0]), kills))
    killer.start()
    assert Local(2).make(runs, killed, Options(save_every=0)) == {}
    killer.join()
    assert len(set(kills)) == TRIES - 1
    assert Local(2).make(runs, whole, Options()) == {}
    for run in runs:
        assert (killed.result(run) or {})["outcome"] == (whole.result(run) or {})["outcome"]
    assert (killed.result(runs[0]) or {})["resumed_from_epoch"]


def test_a_damaged_checkpoint_is_kept_beside_and_no_room_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    folder = store.path(RUN)
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"half")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("nets.checkpoint.write", full)
        assert make(RUN, store, Options()) == "failed"
    assert f"{WEIGHTS} could not be written" in (folder / "failure.txt").read_text()
    assert (folder / "weights.refused").read_bytes() == b"half"
    assert make(RUN, store, Options()) == "done"


def test_a_network_that_diverged_is_measured_before_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = DeepMeasurementRun(replace(RUN, training=replace(RUN.training, learning_rate=1e30)), Probing(20, 2))
    assert make(run, store, Options()) == "done"
    result = store.result(run) or {}
    assert result["outcome"]["status"] == "diverged"
    assert result["after"] is None
    assert result["why_not_shuffled"] == "its loss diverged"
    assert len(result["before"]["D"]) == 5


def test_the_code_of_the_task_is_part_of_the_name_and_the_place_of_its_files_is_not() -> None:
    task = ImageTask("idx", "0123456789abcdef", 1, 28, 10)
    images, plane = DeepTrainingRun(task, RUN.training), RUN
    assert {"nets.deep.image_sets", "nets.images.idx"} <= identity(images)["code"].keys()
    assert not [name for name in identity(plane)["code"] if name.startswith(("nets.images", "nets.deep.image_"))]
    assert key(replace(images, task=task.at(Source(Path("elsewhere"))))) == key(images)
    noisy = replace(task, noise=Noise(3.0))
    assert len({key(replace(images, task=each)) for each in (task, noisy, replace(task, digest="0" * 16))}) == 3


def test_all_results_are_a_table(tmp_path: Path) -> None:
    store = Store(tmp_path)
    runs = [DeepMeasurementRun(replace(RUN, training=replace(RUN.training, seed=n)), Probing(20, 2)) for n in (0, 1)]
    assert [make(run, store, Options()) for run in runs] == ["done", "done"]
    rows = deep_table(tmp_path, architecture="lenet")
    assert len(rows) == 2 * 5
    row = rows[(rows["of.training.seed"] == 1) & (rows["k"] == 3)]
    result = store.result(runs[1]) or {}
    assert float(np.asarray(row["after.D"])[0]) == result["after"]["D"][2]
    shuffled = [shuffle["G"][2] for shuffle in result["shuffled"]]
    assert float(np.asarray(row["shuffled.G"])[0]) == pytest.approx(np.mean(shuffled))
    assert str(np.asarray(row["layer"])[0]) == result["before"]["layers"][2]
    with pytest.raises(ValueError, match="no finished measurement"):
        table(tmp_path)  # those of simple CNNs are another table


def test_statistics_of_batch_norm_are_kept_or_calibrated(tmp_path: Path) -> None:
    """The trained network is the same; untrained and shuffled ones differ behind their first batch norm."""
    pytest.importorskip("torchvision", reason="VGG is torchvision's: `make test-images` has it", exc_type=Exception)  # type: ignore[arg-type]
    store, training = Store(tmp_path), replace(RUN.training, architecture="vgg11bn", width=0.1, epochs=1)
    results = []
    for batch_norm in ("kept", "recalibrated"):
        run = DeepMeasurementRun(replace(RUN, training=training), Probing(20, 1, batch_norm=batch_norm))
        assert make(run.of, store, Options()) == "done"
        assert make(run, store, Options()) == "done"
        results.append(store.result(run) or {})
    kept, calibrated = results
    assert kept["after"] == calibrated["after"]
    assert kept["before"]["D"][1] != calibrated["before"]["D"][1]
    assert kept["shuffled"][0]["D"][1] != calibrated["shuffled"][0]["D"][1]
