"""A sweep on a real SLURM, of one node: its bits are those of the local executor, whatever happened to its jobs."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sweep import slurm
from sweep.folder import read_result
from sweep.local import Local
from sweep.lock import owner
from sweep.run import key
from sweep.slurm import Job, Slurm
from sweep.store import Store
from sweep.work import Options
from tests.nets.resumable import ARCHITECTURE, TASK, TRAINING
from tests.sweep.test_local import wait_for
from tests.sweep.tiny import Tiny
from tests.validate.usage import take_interrupts
from validate.runs.networks import WEIGHTS
from validate.runs.simple_training import TrainingRun

SCRIPT = Path(__file__).parent / "one_node.sh"
PROGRAMS = ("slurmctld", "slurmd", "munged", "srun")
missing = [name for name in PROGRAMS if shutil.which(name) is None]
needs_slurm = pytest.mark.skipif(
    bool(missing) or os.geteuid() != 0 or find_spec("submitit") is None,
    reason=f"needs root, submitit and Debian's slurmctld, slurmd, munge, slurm-client; missing: {missing or 'none'}",
)
# ten seconds each, so that there is time to interrupt; all at once, see one_node.sh
RUNS = [
    TrainingRun(TASK, ARCHITECTURE, replace(TRAINING, seeds=(seed,), epochs=1000, patience=None)) for seed in range(6)
]
OPTIONS = Options("cpu", save_every=0)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([SCRIPT, "start", folder], check=True, timeout=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        yield
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=60)


def sweep(store: Store, failures: Any) -> None:
    failures.put(Slurm(time=60, memory=1).make(RUNS, store, OPTIONS))


def weights(store: Store, run: TrainingRun) -> dict[str, torch.Tensor]:
    return load_file(store.path(run) / WEIGHTS)


@needs_slurm
@pytest.mark.usefixtures("cluster")
def test_jobs_that_are_preempted_and_killed_go_on_and_end_with_the_same_bits(tmp_path: Path) -> None:
    submitit = pytest.importorskip("submitit")
    store, local = Store(tmp_path / "cluster"), Store(tmp_path / "local")
    context = multiprocessing.get_context("fork")
    failures: Any = context.SimpleQueue()
    waiting = context.Process(target=sweep, args=(store, failures))
    waiting.start()
    preempted, killed = two_under_way(store)
    # submitit's own simulation: SIGTERM, then its signal, through scancel to every step of the job
    submitit.SlurmJob(store.folder / slurm.JOBS, job_of(store, preempted))._interrupt()
    os.kill(process_of(store, killed), signal.SIGKILL)
    waiting.join(400)
    assert waiting.exitcode == 0
    assert failures.get() == {}
    assert not Local().make(RUNS, local, OPTIONS)
    for run in RUNS:
        on_cluster, locally = weights(store, run), weights(local, run)
        assert on_cluster.keys() == locally.keys()
        assert all(torch.equal(tensor, locally[name]) for name, tensor in on_cluster.items())
        assert (store.result(run) or {})["seeds"] == (local.result(run) or {})["seeds"]
    assert [run for run in RUNS if (store.result(run) or {})["resumed_from_epoch"]] == [preempted, killed]
    logs = "".join(path.read_text() for path in (store.folder / slurm.JOBS).glob("*_log.*"))
    assert "this job is preempted" in logs  # at times twice: requeueing signals the job once more
    assert logs.count("Requeued job") == 1


def interruptible(run: Tiny, store: Store) -> None:
    take_interrupts()
    Slurm().make([run], store, OPTIONS)


def two_under_way(store: Store) -> list[TrainingRun]:
    """Two runs that have a checkpoint and are being made."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        begun = [run for run in RUNS if (store.path(run) / WEIGHTS).exists() and store.result(run) is None]
        under_way = [run for run in begun if (current := owner(store.path(run))) is not None and current.job]
        if len(under_way) >= 2:
            return under_way[:2]
        time.sleep(0.05)
    raise AssertionError("no two jobs were under way within two minutes")


def job_of(store: Store, run: TrainingRun) -> str:
    return (store.path(run) / slurm.JOB).read_text()


def process_of(store: Store, run: TrainingRun) -> int:
    current = owner(store.path(run))
    assert current is not None
    return current.process


@needs_slurm
@pytest.mark.usefixtures("cluster")
def test_ctrl_c_leaves_the_jobs_and_the_next_call_comes_back_to_them(tmp_path: Path) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(3, str(tmp_path / "diary"), steps=60, pause=0.1)
    context = multiprocessing.get_context("fork")
    waiting = context.Process(target=interruptible, args=(run, store))
    waiting.start()
    while not (store.path(run) / "count.txt").exists():
        assert waiting.is_alive()
        time.sleep(0.05)
    os.kill(waiting.pid or 0, signal.SIGINT)
    waiting.join()
    assert waiting.exitcode != 0
    job = (store.path(run) / slurm.JOB).read_text()
    assert Slurm().make([run], store, OPTIONS) == {}
    assert (store.path(run) / slurm.JOB).read_text() == job  # it was not submitted again
    assert Path(run.diary).read_text() == "begins 3\nends 3\n"


@needs_slurm
@pytest.mark.usefixtures("cluster")
def test_a_run_that_raises_is_listed(tmp_path: Path) -> None:
    store, runs = Store(tmp_path / "runs"), [Tiny(n, str(tmp_path / "diary"), fault="raise" * n) for n in (0, 1)]
    failed = Slurm().make(runs, store, OPTIONS)
    assert failed == {key(runs[1]): "ArithmeticError: number 1 does not work"}
    assert read_result(store.path(runs[0])) is not None


def test_without_slurm_it_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="there is no SLURM here"):
        Slurm().make([Tiny(1, str(tmp_path / "diary"))], Store(tmp_path), OPTIONS)


@pytest.mark.parametrize(("minutes", "case"), [(60, "preempted"), (1, "timed-out")])
def test_a_job_that_submitit_preempts_or_times_out_goes_on(
    minutes: int, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cluster: submitit's local jobs, and the signals of its own simulation, SIGTERM and then SIGUSR2."""
    submitit = pytest.importorskip("submitit")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    store, run = Store(tmp_path / "runs"), Tiny(3, str(tmp_path / "diary"), steps=40, pause=0.1)
    executor = submitit.LocalExecutor(tmp_path / "jobs", max_num_timeout=2)
    executor.update_parameters(timeout_min=minutes, signal_delay_s=1)
    job = executor.submit(Job(run, store, OPTIONS))
    wait_for(lambda: (store.path(run) / "count.txt").exists())
    process = owner(store.path(run))
    assert process is not None
    for number in (signal.SIGTERM, signal.SIGUSR2):
        os.kill(process.process, number)
    assert job.result() == "done"
    assert f"this job is {case}" in job.stderr()
    assert store.result(run) == {"square": 9, "count": 40}
    assert Path(run.diary).read_text() == "begins 3\nbegins 3\nends 3\n"
    log = (store.path(run) / "log.txt").read_text()
    assert log.count("going on from count.txt") == 1


def test_a_requeued_job_is_the_same_and_resumes(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    job = Job(Tiny(1, str(tmp_path / "diary")), Store(tmp_path / "runs"), replace(OPTIONS, resume=False))
    again = job.checkpoint().function
    assert again.run == job.run
    assert again.options.resume
    assert again() == "done"
