"""Where and how a command has its runs made."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from sweep.local import Local
from sweep.slurm import Slurm
from sweep.store import Store
from sweep.work import Options
from tests.sweep.tiny import Above, Tiny
from validate.command import OnlyPlanned
from validate.experiment import Experiment
from validate.runs.settings import RunSettings, add_arguments, results_of, run_settings


def settings(tmp_path: Path, *words: str) -> RunSettings:
    p = argparse.ArgumentParser()
    add_arguments(p)
    return run_settings(p.parse_args(["--store", str(tmp_path / "runs"), *words]))


def test_arguments_become_values(tmp_path: Path) -> None:
    local = settings(tmp_path, "--workers", "3", "--device", "cpu", "--no-resume", "--save-every", "7")
    assert (local.executor, local.options) == (Local(3), Options("cpu", 7, resume=False))
    words = ["--executor", "slurm", "--slurm-partition", "gpu", "--slurm-gpus", "2", "--slurm-time", "60"]
    assert settings(tmp_path, *words).executor == Slurm("gpu", 60, 2, name="spatial-pooling")


def test_dry_run_makes_nothing_and_says_what_it_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = [Tiny(n, str(tmp_path / "diary")) for n in range(4)]
    console = Console(width=170)
    with pytest.raises(OnlyPlanned):
        results_of(few, settings(tmp_path, "--dry-run"), console)
    assert list(tmp_path.iterdir()) == []
    assert "4 without an estimate" in capsys.readouterr().out
    assert results_of(few[:1], settings(tmp_path), console) == [{"square": 0, "count": 1}]
    with pytest.raises(OnlyPlanned):
        results_of([Above(few[0]), *few[1:]], settings(tmp_path, "--dry-run", "--workers", "2"), console)
    printed = " ".join(capsys.readouterr().out.split())
    assert "1 of 5 done" in printed
    assert "with 2 at a time; 1 without an estimate" in printed


@pytest.mark.parametrize("store", ["file", "file/runs", "link"])
def test_dry_run_refuses_a_store_that_cannot_be_written(store: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    making = replace(settings(tmp_path, "--dry-run"), store=Store(tmp_path / store))
    with pytest.raises(ValueError, match=r"cannot be (read|written)"):
        results_of([Tiny(1, "/dev/null")], making, Console())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_dry_run_of_a_thousand_runs_takes_less_than_two_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = replace(Experiment.quick(task=2).with_seeds(1000), seeds_per_run=1).runs
    started = time.process_time()
    with pytest.raises(OnlyPlanned):
        results_of(runs, settings(tmp_path, "--dry-run"), Console(width=170))
    assert time.process_time() - started < 2
    printed = capsys.readouterr().out
    assert "… and 1900 more" in printed
    assert "0 of 2000 done" in printed
    assert list(tmp_path.iterdir()) == []
