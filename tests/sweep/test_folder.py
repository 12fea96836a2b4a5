"""A result counts if it is what was written; what is damaged or missing is made again."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.folder import damage, failure, read_identity, read_result
from sweep.store import Store, status
from sweep.work import Options, make
from tests.sweep.test_store import made
from tests.sweep.tiny import Above, Tiny, ends


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("9", "8", 1),
        lambda text: "[1, 2]",
        lambda text: json.dumps({**json.loads(text), "result": {"square": 7}}),
        lambda text: "[" * 3000 + "]" * 3000,
    ],
)
def test_a_damaged_result_is_seen_and_made_again(damage: object, tmp_path: Path) -> None:
    store, run = made(tmp_path)
    path = store.path(run) / "result.json"
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    assert read_result(store.path(run)) is None
    assert status(store.path(run)) == "damaged"
    assert make(run, store, Options()) == "done"
    assert store.result(run) == {"square": 9, "count": 1}
    assert "result.json is damaged: made again" in (store.path(run) / "log.txt").read_text()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def flipped(path: Path) -> None:
    text = bytearray(path.read_bytes())
    text[0] ^= 1
    path.write_bytes(text)


@pytest.mark.parametrize("name", ["count.txt", "result.json", "log.txt", "settings.json"])
@pytest.mark.parametrize(
    "damage_file",
    [
        Path.unlink,
        flipped,
        lambda path: path.write_text(""),
        lambda path: path.unlink() or path.mkdir(),
        pipe,
        lambda path: path.unlink() or path.symlink_to("/dev/zero"),
        lambda path: path.unlink() or path.symlink_to("nowhere"),
    ],
)
def test_a_file_of_a_finished_run_that_is_damaged_or_missing_heals(
    name: str, damage_file: Callable[[Path], object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The result and its parts are made again, which is said; the log and the settings need not be for that."""
    store, run = made(tmp_path)
    folder = store.path(run)
    damage_file(folder / name)
    counts = name in ("count.txt", "result.json")
    assert (damage(folder) is not None) == counts
    with caplog.at_level(logging.WARNING, "sweep"):
        assert make(Above(run), store, Options()) == "done"
    assert damage(folder) is None
    assert status(folder) == "done"
    assert (folder / "count.txt").read_text() == "1"
    if counts:
        assert ends(run.diary) == [3, 3]
    how = "missing" if damage_file is Path.unlink else "damaged"
    what = {"log.txt": "", "settings.json": f"settings.json is {how}, and is written again"}
    assert what.get(name, f"{name} is {how}, so that it is made again") in caplog.text
    assert len(caplog.records) == (name != "log.txt")


def test_a_result_of_another_run_is_refused(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    other = made(tmp_path, 4)[1]
    shutil.copy(store.path(other) / "result.json", store.path(run) / "result.json")
    assert store.result(run) is None
    assert make(run, store, Options()) == "done"
    assert store.result(run) == {"square": 9, "count": 1}


def test_settings_that_were_edited_are_not_those_of_the_run(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    path = store.path(run) / "settings.json"
    path.write_text(path.read_text().replace('"steps": 1', '"steps": 2'))
    assert read_identity(store.path(run)) is None
    assert store.result(run) == {"square": 9, "count": 1}  # the folder's name is what counts


def test_a_failure_is_kept_and_a_later_success_forgets_it(tmp_path: Path) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(1, str(tmp_path / "diary"), fault="raise")
    assert make(run, store, Options()) == "failed"
    assert status(store.path(run)) == "failed"
    assert "ArithmeticError: number 1 does not work" in (store.path(run) / "failure.txt").read_text()
    assert make(Above(run), store, Options()) == "failed"
    assert failure(store.path(Above(run))).endswith(
        "which this run needs, failed: ArithmeticError: number 1 does not work"
    )


def test_the_cause_is_one_line_and_is_said_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(1, str(tmp_path / "diary"))

    def several_lines(*_: object) -> None:
        raise RuntimeError("shapes differ:\n  (1, 2)\n  (2, 1)\n")

    monkeypatch.setattr(Tiny, "perform", several_lines)
    assert make(Above(run), store, Options()) == "failed"
    assert failure(store.path(run)) == "RuntimeError: shapes differ: (1, 2) (2, 1)"
    assert failure(store.path(Above(run))).endswith("failed: RuntimeError: shapes differ: (1, 2) (2, 1)")
    (store.path(run) / "failure.txt").unlink()
    monkeypatch.setattr("sweep.work.write_text_whole", full)
    assert make(run, store, Options()) == "failed"
    assert (
        "failed: RuntimeError: shapes differ: (1, 2) (2, 1); its failure.txt cannot be written (No space" in caplog.text
    )


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_no_room_for_the_result_fails_the_run_and_nothing_half_written_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(2, str(tmp_path / "diary"))
    with monkeypatch.context() as patch:
        patch.setattr("sweep.files.os.fsync", full)
        assert make(run, store, Options()) == "failed"
    assert sorted(path.name for path in store.path(run).iterdir() if path.name.startswith(".")) == []
    assert store.result(run) is None
    assert make(run, store, Options()) == "done"
