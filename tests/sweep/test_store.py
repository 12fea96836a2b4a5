"""Runs are found, not repeated, and removed."""

import os
import shutil
from pathlib import Path

import pytest

from sweep.lock import acquire
from sweep.store import Store, remove, status
from sweep.work import Options, make
from tests.sweep.tiny import Above, Tiny, ends


def made(tmp_path: Path, number: int = 3) -> tuple[Store, Tiny]:
    store, run = Store(tmp_path / "runs"), Tiny(number, str(tmp_path / "diary"))
    assert make(run, store, Options()) == "done"
    return store, run


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    assert store.result(run) == {"square": 9, "count": 1}
    assert make(run, store, Options()) == "done"
    assert ends(run.diary) == [3]
    files = {path.name for path in store.path(run).iterdir()}
    assert files == {"settings.json", "result.json", "log.txt", "count.txt"}  # no lock is left
    assert status(store.path(run)) == "done"


def test_what_a_run_needs_is_made_first_and_once(tmp_path: Path) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(5, str(tmp_path / "diary"))
    assert make(Above(run), store, Options()) == "done"
    assert store.result(Above(run)) == {"cube": 125}
    assert make(run, store, Options()) == "done"
    assert ends(run.diary) == [5]


def test_a_file_where_the_folder_of_a_run_should_be_is_replaced(tmp_path: Path) -> None:
    store, run = Store(tmp_path), Tiny(3, "/dev/null")
    for put in (Path.touch, os.mkfifo, lambda path: path.symlink_to("nowhere")):
        put(store.path(run))
        assert make(run, store, Options()) == "done"
        remove(store.path(run))


def test_only_runs_are_removed_and_nothing_through_a_link(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    for name in (".vscode", ".git", "notes", "tiny-0123"):
        (store.folder / name).mkdir()
        (store.folder / name / "settings.json").write_text("{}")
    link = store.folder / "tiny-0123456789abcdef"
    link.symlink_to(store.path(run))
    assert list(store) == sorted([store.path(run), link])
    for name in (".vsc", ".git", ".", "..", "/", "notes", "tiny-0123/"):
        with pytest.raises(ValueError, match="holds no run"):
            store.find(name)
    foreign = store.folder / "tiny-fedcba9876543210"
    shutil.copytree(store.path(run), foreign)  # its settings and result are those of another name
    for folder in (store.folder / "notes", store.folder / ".git", store.folder, link, foreign):
        with pytest.raises(ValueError, match="nothing was deleted"):
            remove(folder)
    assert store.result(run) is not None
    assert (foreign / "result.json").exists()


@pytest.mark.parametrize("name", ["settings.json", "result.json"])
def test_a_run_is_removed_if_its_settings_or_its_result_show_that_it_is_one(name: str, tmp_path: Path) -> None:
    store, run = made(tmp_path)
    (store.path(run) / name).write_text("{}")
    remove(store.path(run))
    assert not store.path(run).exists()


def test_a_run_that_is_being_made_is_not_removed(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    lock = acquire(store.path(run))
    assert lock is not None
    with lock, pytest.raises(ValueError, match="is being made"):
        remove(store.path(run))
    remove(store.path(run))


def test_runs_are_found_by_the_beginning_of_their_names(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    name = store.path(run).name
    assert store.find(name) == store.find(name.removeprefix("tiny-")[:6]) == store.path(run)
    made(tmp_path, 4)
    with pytest.raises(ValueError, match="beginning of 2 runs"):
        store.find("tiny")
    with pytest.raises(ValueError, match="holds no run x"):
        store.find("x")
    with pytest.raises(ValueError, match="an empty name"):
        store.find("")
    remove(store.path(run))
    assert status(store.path(run)) == "missing"
    assert len(list(store)) == 1
