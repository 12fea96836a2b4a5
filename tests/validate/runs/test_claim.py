"""One process at a time makes a run, and none holds it when it is dead."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from validate.runs import claim as module
from validate.runs.claim import claim, forget, holder


def hold(folder: Path, ready: Any) -> None:
    held = claim(folder)
    ready.put(held is not None)
    if held is not None:
        with held:
            time.sleep(60)


def test_a_claim_is_exclusive_and_ends(tmp_path: Path) -> None:
    one = claim(tmp_path)
    assert one is not None
    with one:
        assert claim(tmp_path) is None
        assert (holder(tmp_path) or {})["process"] == os.getpid()
    assert holder(tmp_path) is None
    again = claim(tmp_path)
    assert again is not None
    assert again.number == 2  # never the number of one that ended
    with again:
        assert one.lost
        assert not again.lost
    forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_want_it_one_has_it_and_its_death_frees_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for kill in range(3):
        answers: Any = context.SimpleQueue()
        crowd = [context.Process(target=hold, args=(tmp_path, answers)) for _ in range(8)]
        for process in crowd:
            process.start()
        assert sum(answers.get() for _ in crowd) == 1
        winner = holder(tmp_path)
        assert winner is not None
        os.kill(winner["process"], signal.SIGKILL)
        for process in crowd:
            process.join()
        assert holder(tmp_path) is None
        assert len(list(tmp_path.glob("claim.*"))) == kill + 1


def test_a_holder_elsewhere_lives_as_long_as_its_heart_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = claim(tmp_path)
    assert held is not None
    path = tmp_path / "claim.1"
    told = {**json.loads(path.read_text()), "machine": "another", "host": "far", "process": 1}
    path.write_text(json.dumps(told))
    assert (holder(tmp_path) or {})["host"] == "far"
    assert claim(tmp_path) is None
    os.utime(path, (time.time() - 2 * module.SILENCE,) * 2)
    assert holder(tmp_path) is None
    assert claim(tmp_path) is not None
    assert held.lost


def test_the_heart_beats_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT", 0.02)
    held = claim(tmp_path)
    assert held is not None
    with held:
        held.tell({"text": "half way"})
        ends = time.monotonic() + 10
        while (holder(tmp_path) or {}).get("text") != "half way":
            assert time.monotonic() < ends
            time.sleep(0.01)
        monkeypatch.setattr("validate.runs.claim.os.replace", full)  # no room: it beats all the same
        os.utime(tmp_path / "claim.1", (0, 0))
        while (tmp_path / "claim.1").stat().st_mtime == 0:
            assert time.monotonic() < ends
            time.sleep(0.01)
    assert holder(tmp_path) is None


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_process_number_used_again_is_not_the_holder(tmp_path: Path) -> None:
    assert claim(tmp_path) is not None
    path = tmp_path / "claim.1"
    path.write_text(json.dumps({**json.loads(path.read_text()), "started": "-1"}))
    assert holder(tmp_path) is None


def test_a_damaged_claim_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "claim.3").write_text("{")
    found = claim(tmp_path)
    assert found is not None
    assert found.number == 4
