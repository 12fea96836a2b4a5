"""A result counts if it is what was written."""

import json
from pathlib import Path

import pytest

from tests.validate.runs.tiny import Above, Tiny, ends
from validate.runs.store import Store, read_identity, read_result, remove, status
from validate.runs.work import Options, make


def made(tmp_path: Path, number: int = 3) -> tuple[Store, Tiny]:
    store, run = Store(tmp_path / "runs"), Tiny(number, str(tmp_path / "diary"))
    assert make(run, store, Options()) == "done"
    return store, run


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    assert store.result(run) == {"square": 9, "count": 1}
    assert make(run, store, Options()) == "done"
    assert ends(run.diary) == [3]
    files = {path.name for path in store.place(run).iterdir()}
    assert files == {"settings.json", "result.json", "log.txt", "count.txt"}  # no claim is left
    assert status(store.place(run)) == "done"


def test_what_a_run_needs_is_made_first_and_once(tmp_path: Path) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(5, str(tmp_path / "diary"))
    assert make(Above(run), store, Options()) == "done"
    assert store.result(Above(run)) == {"cube": 125}
    assert make(run, store, Options()) == "done"
    assert ends(run.diary) == [5]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("9", "8", 1),
        lambda text: "[1, 2]",
        lambda text: json.dumps({**json.loads(text), "result": {"square": 7}}),
    ],
)
def test_a_damaged_result_is_seen_and_made_again(damage: object, tmp_path: Path) -> None:
    store, run = made(tmp_path)
    path = store.place(run) / "result.json"
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    assert read_result(store.place(run)) is None
    assert status(store.place(run)) == "damaged"
    assert make(run, store, Options()) == "done"
    assert store.result(run) == {"square": 9, "count": 1}
    assert "the result is damaged: made again" in (store.place(run) / "log.txt").read_text()


def test_settings_that_were_edited_are_not_those_of_the_run(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    path = store.place(run) / "settings.json"
    path.write_text(path.read_text().replace('"steps": 1', '"steps": 2'))
    assert read_identity(store.place(run)) is None
    assert store.result(run) == {"square": 9, "count": 1}  # the folder's name is what counts


def test_runs_are_found_by_the_beginning_of_their_names(tmp_path: Path) -> None:
    store, run = made(tmp_path)
    name = store.place(run).name
    assert store.find(name) == store.find(name.removeprefix("tiny-")[:6]) == store.place(run)
    made(tmp_path, 4)
    with pytest.raises(ValueError, match="beginning of 2 runs"):
        store.find("tiny")
    with pytest.raises(ValueError, match="holds no run x"):
        store.find("x")
    remove(store.place(run))
    assert status(store.place(run)) == "missing"
    assert len(list(store)) == 1


def test_a_failure_is_kept_and_a_later_success_forgets_it(tmp_path: Path) -> None:
    store, run = Store(tmp_path / "runs"), Tiny(1, str(tmp_path / "diary"), fault="raise")
    assert make(run, store, Options()) == "failed"
    assert status(store.place(run)) == "failed"
    assert "ArithmeticError: number 1 does not work" in (store.place(run) / "failure.txt").read_text()
    assert make(Above(run), store, Options()) == "failed"
    assert "which this run needs, failed" in (store.place(Above(run)) / "failure.txt").read_text()


def test_no_room_for_the_result_fails_the_run_and_nothing_half_written_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store, run = Store(tmp_path / "runs"), Tiny(2, str(tmp_path / "diary"))
    with monkeypatch.context() as patch:
        patch.setattr("nets.files.os.fsync", full)
        assert make(run, store, Options()) == "failed"
    assert sorted(path.name for path in store.place(run).iterdir() if path.name.startswith(".")) == []
    assert store.result(run) is None
    assert make(run, store, Options()) == "done"
