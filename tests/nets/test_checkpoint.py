"""Killed at any moment, training ends as if it never had been."""

import multiprocessing
import os
import pickle
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from nets.checkpoint import settings_of
from nets.simple.network import SimpleCNNs
from nets.simple.state import read_state, write_state
from nets.simple.training import State, Training, begin, train
from tests.nets.resumable import ARCHITECTURE, FULL_BATCH, SETTINGS, TASK, TRAINING, run

KILLS = 25


def same_bits(networks: SimpleCNNs, others: SimpleCNNs) -> bool:
    return all(torch.equal(tensor, others.tensors()[name]) for name, tensor in networks.tensors().items())


def test_killed_at_random_moments_it_ends_with_the_same_bits(tmp_path: Path) -> None:
    """SIGKILL, some of them while a checkpoint is being written: one is written after every epoch."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.nets.resumable"])
    path, moments, kills, epochs = tmp_path / "killed.safetensors", random.Random(0), 0, []
    while kills < KILLS:
        before = path.stat().st_mtime_ns if path.exists() else None
        process = context.Process(target=run, args=(path,))
        process.start()
        while process.is_alive() and (not path.exists() or path.stat().st_mtime_ns == before):
            time.sleep(0.005)  # until it goes on, however slow the machine is
        time.sleep(moments.uniform(0, 0.1))
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
            kills += 1
        process.join()
        if path.exists():
            state = read_state(path, SETTINGS)
            epochs.append(state.epoch)
            if not state.running or state.epoch == TRAINING.epochs:
                path.unlink()  # it came to its end before enough kills: once more from the start
    assert len(set(epochs)) > 3  # it went on between the kills
    process = context.Process(target=run, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 0
    whole = tmp_path / "whole.safetensors"
    process = context.Process(target=run, args=(whole,))
    process.start()
    process.join()
    assert sorted(tmp_path.iterdir()) == [path, whole]  # nothing half-written is left
    killed, never = (read_state(p, SETTINGS) for p in (path, whole))
    assert killed.epoch == never.epoch
    assert killed.seed_results == never.seed_results
    assert same_bits(killed.networks, never.networks)
    assert killed.done.keys() == never.done.keys()
    assert all(same_bits(killed.done[seed], never.done[seed]) for seed in never.done)


@pytest.mark.parametrize(
    "training",
    [
        replace(TRAINING, epochs=12),
        replace(FULL_BATCH, epochs=12),
        replace(FULL_BATCH, epochs=12, momentum=0.9, momentum_from=3),
    ],
)
def test_every_epoch_can_be_gone_on_from(training: Training, tmp_path: Path) -> None:
    settings = settings_of(task=TASK, architecture=ARCHITECTURE, training=training)
    torch.set_num_threads(1)
    whole = train(TASK, ARCHITECTURE, training)
    for stop in (1, 5, 11, 12):
        path = tmp_path / f"{stop}.safetensors"

        def keep(state: State, stop: int = stop, path: Path = path) -> None:
            if state.epoch == stop:
                write_state(path, settings, state)

        train(TASK, ARCHITECTURE, training, keep=keep)
        after, seed_results = train(TASK, ARCHITECTURE, training, state=read_state(path, settings))[1:]
        assert same_bits(after, whole[1])
        assert seed_results == whole[2]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved.safetensors"
    write_state(path, SETTINGS, begin(TASK, ARCHITECTURE, TRAINING))
    return path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (replace(TRAINING, channels=32), "training channels 16, not 32"),
        (replace(TRAINING, seeds=(0, 1)), "training seeds"),
        (replace(TRAINING, ridge=0.03), "training ridge 0.02, not 0.03"),
    ],
)
def test_other_settings_are_refused_by_name(saved: Path, change: Training, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        read_state(saved, settings_of(task=TASK, architecture=ARCHITECTURE, training=change))
    assert "\n" not in str(refusal.value)


class Evil:
    """Executed if it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch executed",)


def edited(path: Path) -> None:
    """One bit of the last tensor."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def renamed(path: Path) -> None:
    """Other metadata, with the same tensors."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, {**metadata, "record": metadata["record"].replace("0", "1", 1)})


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_bytes(b""), "no checkpoint, or is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-900]), "no checkpoint, or is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:9000]), "no checkpoint, or is damaged"),
        (lambda path: path.write_bytes(pickle.dumps(Evil())), "no checkpoint, or is damaged"),
        (lambda path: torch.save({"format": Evil()}, path), "no checkpoint, or is damaged"),
        (lambda path: torch.save({"weights": torch.zeros(3)}, path), "no checkpoint, or is damaged"),
        (lambda path: save_file({"weights": torch.zeros(3)}, path), "no checkpoint, or is damaged"),
        (lambda path: save_file({}, path, {"format": "1"}), "format 1, not 2"),
        (lambda path: save_file({}, path, {"format": "2"}), "changed after it was written"),
        (lambda path: path.write_bytes((2**63).to_bytes(8, "little") + b"{}"), "no checkpoint, or is damaged"),
        (lambda path: path.write_bytes((6000).to_bytes(8, "little") + b"[" * 6000), "no checkpoint, or is damaged"),
        (lambda path: path.unlink() or path.mkdir(), "cannot be read"),
        (edited, "changed after it was written"),
        (renamed, "changed after it was written"),
    ],
)
def test_what_is_no_good_checkpoint_is_refused_and_executes_nothing(
    saved: Path, damage: Any, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    damage(saved)
    with pytest.raises(ValueError, match=named) as refusal:
        read_state(saved, SETTINGS)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "executed").exists()


def test_any_flipped_bit_is_noticed(saved: Path) -> None:
    """Of the length, the header and the tensors."""
    content, bits = saved.read_bytes(), random.Random(0)
    for place in [*range(64), *(bits.randrange(8 * len(content)) for _ in range(1000))]:
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        saved.write_bytes(damaged)
        with pytest.raises(ValueError, match="delete it to start anew"):
            read_state(saved, SETTINGS)


def test_a_training_that_has_ended_has_nothing_left_to_do(tmp_path: Path) -> None:
    path, short = tmp_path / "ended.safetensors", replace(TRAINING, epochs=3)
    trained = run(path, short)
    assert same_bits(run(path, short), trained)
