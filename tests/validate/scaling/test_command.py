"""The command, as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nets.simple.training import TrainingProgress
from sweep.store import Store, status
from tests.sweep.test_local import wait_for
from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused, take_interrupts
from validate.presets import preset_training
from validate.runs.pace import Pace
from validate.scaling.__main__ import main

TINY = [
    "--task", "2", "--image-width", "32", "--scale", "8", "--depth", "4", "--training-images", "16", "--channels", "4",
]  # fmt: skip


def test_theory_and_simulation_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = keep_figures(monkeypatch)
    assert main(["--task", "1", "--no-nets", "--out", str(tmp_path)]) == 0
    assert "What is claimed holds." in capsys.readouterr().out
    record = json.loads((tmp_path / "task1.json").read_text())
    assert record["quantities"]["D"]["trained"] is None
    assert record["quantities"]["D"]["claim"] is None
    assert record["holds"] is True
    assert record["seeds"] == []
    for panel, quantity in enumerate(("D", "G", "R")):
        exact = [layer["exact"][quantity] for layer in record["layers"]]
        shown = curve(figures["task1"], panel, "simulation: exact homogeneous network")
        np.testing.assert_allclose(shown, [[layer["A"] for layer in record["layers"]], exact])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["task1.json", "task1.png", "task1.txt"]


def test_the_plane(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, predicted in (("1", [-2, 2, -4]), ("2", [-1, 2, -3])):
        assert main(["--task", kind, "--dim", "2", "--no-nets", "--out", str(tmp_path)]) == 0
        record = json.loads((tmp_path / f"task{kind}.json").read_text())
        assert [result["predicted"] for result in record["quantities"].values()] == predicted
    assert "d = 2: L = 16" in capsys.readouterr().out


@pytest.mark.slow
def test_networks_in_the_plane_lie_on_the_exact_curve(tmp_path: Path) -> None:
    assert main(["--task", "2", "--dim", "2", "--out", str(tmp_path), "--store", str(tmp_path / "runs")]) == 0


def test_what_was_scaled_stands_in_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--preset", "paper", "--max-steps", "5", "--seeds", "2", "--store", str(tmp_path / "runs")]
    main([*TINY, *words, "--out", str(tmp_path)])
    printed = " ".join(capsys.readouterr().out.split())
    assert "not as the preset has it: channels 4, not 1000; seeds [0, 1], not [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" in printed
    record = json.loads((tmp_path / "task2.json").read_text())
    assert record["changed"]["epochs"] == [2, None]  # two steps an epoch
    assert record["experiment"]["training"]["epochs"] == 2
    training, measurement = (record["all_runs"] | run for run in record["runs"])
    assert training["steps_per_second"] > 0
    assert training["resumed_from_epoch"] is None
    assert 0.1 < training["peak_memory_gib"] < 100
    assert measurement["run"].startswith("measurement-")


def test_an_interrupted_training_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*TINY, "--seeds", "2", "--epochs", "6", "--save-every", "0", "--workers", "1"]

    def stop(self: Pace, progress: TrainingProgress) -> None:
        if progress.epoch == 3:
            raise KeyboardInterrupt

    killed, whole = ([*words, "--store", str(tmp_path / name), "--out", str(tmp_path)] for name in ("killed", "whole"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pace, "__call__", stop)
        assert main(killed) == 130
    assert "the same command again goes on from here" in " ".join(capsys.readouterr().out.split())
    assert [path.name for path in tmp_path.iterdir()] == ["killed"]
    main(killed)
    resumed = json.loads((tmp_path / "task2.json").read_text())
    assert [run["resumed_from_epoch"] for run in resumed["runs"] if "resumed_from_epoch" in run] == [2]
    main(whole)
    other = json.loads((tmp_path / "task2.json").read_text())
    assert resumed["layers"] == other["layers"]
    assert resumed["seeds"] == other["seeds"]


def test_networks_that_did_not_learn_disagree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TINY, "--epochs", "1", "--out", str(tmp_path), "--store", str(tmp_path / "runs")]) == 1
    assert "not interpolated, left out" in capsys.readouterr().out
    assert json.loads((tmp_path / "task2.json").read_text())["quantities"]["D"]["claim"] == "undecided"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--task", "3"], "--task: 3 is out of range: use 1 to 2"),
        (["--task", "two"], "two"),
        ([], "--task"),
        (["--task", "1", "--channels", "0"], "--channels: 0 is out of range"),
        (["--task", "1", "--seeds", "1"], "no interval to judge by"),
        (["--task", "1", "--momentum", "1"], "--momentum: 1 is not a number from 0 to 0.999999"),
        (
            ["--task", "1", "--no-nets", "--image-width", "7", "--filter-size", "7", "--scale", "2", "--gap", "0"],
            "0 of the 12 layers can be judged",
        ),
        (
            [
                "--task",
                "2",
                "--filter-size",
                "5",
                "--image-width",
                "125",
                "--scale",
                "5",
                "--depth",
                "3",
                "--training-images",
                "64",
            ],
            "0 of the 3 layers can be judged",
        ),
        (["--task", "1", "--seeds", "0"], "--seeds: 0 is out of range"),
        (["--task", "1", "--epochs", "-4"], "--epochs: -4 is out of range"),
        (["--task", "1", "--filter-size", "33"], "wider than the image"),
        (["--task", "1", "--filter-size", "1"], "use 2 <= F <= 31"),
        (["--task", "1", "--filter-size", "400", "--image-width", "512"], "use 2 <= F <= 31"),
        (["--task", "2", "--filter-size", "17", "--image-width", "289", "--scale", "17", "--depth", "2"], "F <= 13"),
        (["--task", "2", "--depth", "8"], "not divisible by F^depth"),
        (["--task", "1", "--scale", "40"], "xi = 40"),
        (["--task", "1", "--gap", "30"], "neither may be empty"),
        (["--task", "1", "--training-images", "400"], "400 training images"),
        (["--task", "1", "--device", "cuda"], "cuda"),
        (["--task", "1", "--ridge", "-1"], "--ridge: -1 is not a number from 0"),
        (["--task", "1", "--ridge", "nan"], "--ridge: nan is not a number from 0"),
        (["--task", "1", "--image-width", "100000"], "--image-width: 100000 is out of range"),
        (["--task", "2", "--training-images", "31"], "even number"),
        (["--task", "1", "--noise", "linear"], "'linear' is unknown: use paper, rectified or gaussian"),
        (["--task", "1", "--moves", "far"], "'far' is unknown"),
        (["--task", "1", "--out", "/dev/null/results"], "cannot be written"),
        (["--task", "1", "--save-every", "-1"], "--save-every: -1 is not"),
        (["--task", "1", "--seeds-per-run", "0"], "--seeds-per-run: 0 is out of range"),
        (["--task", "1", "--width", "64"], "--width is now called --channels"),
        (["--task", "1", "--together", "2"], "--together is now called --seeds-per-run"),
        (["--task", "1", "--images", "balanced"], "--images is now called --sampling"),
        (["--task", "1", "--workers", "0"], "--workers: 0 is out of range"),
        (["--task", "1", "--slurm-time", "0"], "--slurm-time: 0 is out of range"),
        (["--task", "1", "--executor", "cloud"], "cloud"),
        (["--task", "1", "--dim", "3"], "--dim: 3 is out of range: use 1 to 2"),
        (["--task", "2", "--dim", "2", "--filter-size", "4", "--depth", "2"], "too few layers in dimension 2"),
        (["--task", "2", "--max-steps", "127"], "less than an epoch of 128"),
        (["--task", "2", "--max-steps", "5"], "less than an epoch of 128"),
        (["--task", "1", "--learning-rate", "inf"], "--learning-rate: inf is not"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert_refused(main, words, named, capsys)
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_be_written_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sweep.files.os.replace", full)
    with pytest.raises(SystemExit) as stop:
        main(["--task", "1", "--no-nets", "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_no_file(tmp_path: Path) -> None:
    folder, store = tmp_path / "results", tmp_path / "runs"
    command = [sys.executable, "-m", "validate.scaling", "--task", "2", "--out", str(folder), "--store", str(store)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=take_interrupts
    )
    assert process.stdout is not None
    while "epoch" not in process.stdout.readline().partition(" done; ")[2]:  # until training is under way
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "Traceback" not in process.stdout.read()
    assert not folder.exists()
    wait_for(lambda: all(status(run) == "interrupted" for run in Store(store)))  # killed processes take a moment to end


def test_paper_preset_starts(tmp_path: Path) -> None:
    """Its real width and rules for two steps; the whole training needs a GPU."""
    words = ["--task", "2", "--preset", "paper", "--seeds", "2", "--epochs", "1", "--training-images", "16"]
    assert main([*words, "--out", str(tmp_path), "--store", str(tmp_path / "runs")]) == 1
    record = json.loads((tmp_path / "task2.json").read_text())
    assert record["experiment"]["training"]["channels"] == 1000
    assert record["seeds"][0]["epochs"] == 1
    for task, seeds in ((1, 4), (2, 10)):
        training = preset_training("paper", task)  # type: ignore[arg-type]
        assert (training.channels, len(training.seeds)) == (1000, seeds)
        assert (training.ridge, training.batch, training.patience, training.epochs) == (0.01, 8, 500, None)


@pytest.mark.slow
@pytest.mark.parametrize("task", [1, 2])
def test_quick_preset_agrees_within_its_time(task: int, tmp_path: Path) -> None:
    words = ["--task", str(task), "--out", str(tmp_path), "--store", str(tmp_path / "runs")]
    command = [sys.executable, "-m", "validate.scaling", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    assert subprocess.run(command, env=environment, timeout=600).returncode == 0
    record = json.loads((tmp_path / f"task{task}.json").read_text())
    assert record["quantities"]["D"]["claim"] == ("own mean filters" if task == 1 else "homogeneous")
