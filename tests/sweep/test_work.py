"""What a run finds where it is made."""

from pathlib import Path

import pytest

from sweep.lock import acquire
from sweep.store import Store
from sweep.work import Options, Workspace


def workspace(folder: Path, save_every: float, resume: bool = True) -> Workspace:
    lock = acquire(folder)
    assert lock is not None
    return Workspace(folder, Store(folder.parent), Options("cpu", save_every, resume), (lock,))


def write(part: Path) -> None:
    part.write_text("good")


def test_checkpoints_keep_their_distance(tmp_path: Path) -> None:
    """Within ten minutes none, at the end one."""
    late, path = workspace(tmp_path, 600), tmp_path / "weights.safetensors"
    for ended in (False, False, True):
        late.save("weights.safetensors", write, "epoch 1", ended)
        assert path.exists() is ended


def test_a_full_disk_keeps_the_last_good_checkpoint_and_goes_on(tmp_path: Path) -> None:
    full, path = workspace(tmp_path, 0), tmp_path / "weights.safetensors"
    full.save("weights.safetensors", write, "epoch 1", ended=False)

    def half(part: Path) -> None:
        part.write_text("half")
        raise OSError(28, "No space left on device")

    full.save("weights.safetensors", half, "epoch 2", ended=False)
    assert path.read_text() == "good"
    with pytest.raises(
        OSError, match=r"weights.safetensors could not be written \(No space left on device\): make room"
    ):
        full.save("weights.safetensors", half, "epoch 3", ended=True)
    assert path.read_text() == "good"
    assert "no checkpoint at epoch 2 (No space left on device)" in (tmp_path / "log.txt").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lock.1", "log.txt", "weights.safetensors"]


@pytest.mark.parametrize(("resume", "text"), [(True, "good"), (False, None)])
def test_a_run_goes_on_from_its_checkpoint_if_it_may(resume: bool, text: str | None, tmp_path: Path) -> None:
    kept = workspace(tmp_path, 0, resume)
    assert kept.restore("weights.safetensors", Path.read_text) is None
    kept.save("weights.safetensors", write, "epoch 1", ended=False)
    assert kept.restore("weights.safetensors", Path.read_text) == text


def test_a_checkpoint_that_is_refused_is_kept_beside_and_named(tmp_path: Path) -> None:
    refused = workspace(tmp_path, 0)
    refused.save("weights.safetensors", write, "epoch 1", ended=False)

    def read(path: Path) -> str:
        raise ValueError("it is of other settings")

    assert refused.restore("weights.safetensors", read) is None
    assert (tmp_path / "weights.refused").read_text() == "good"
    assert "kept as weights.refused: it is of other settings" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_options_that_cannot_be_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds between checkpoints: use 0 or more"):
        Options(save_every=seconds)
