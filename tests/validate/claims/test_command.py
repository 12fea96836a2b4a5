"""The command from an empty store, with networks that train in seconds."""

import json
from pathlib import Path

import pytest

from validate.claims import __main__ as command
from validate.claims import entries, scaling

TINY = "--task 2 --image-width 16 --scale 8 --depth 3 --channels 8 --training-images 40 --epochs 2 --seeds 2"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(entries.EVIDENCE, "task2", scaling.evidence("task2", TINY, 0.1, quick=True))


def test_quick_from_an_empty_store(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--quick", "--only", "EQ8", "FIG2", "FIG8-D", "FIG7-D-TASK2", "FIG13", "--store", str(tmp_path / "runs")]
    words += ["--out", str(tmp_path / "out")]
    assert command.main(words) == 0
    assert "EQ8" in capsys.readouterr().out
    content = json.loads((tmp_path / "out" / "claims.json").read_text())
    verdicts = {entry["identifier"]: (entry["verdict"], entry["state"]) for entry in content["entries"]}
    assert verdicts["EQ8"] == ("holds", "current")
    assert verdicts["FIG2-SPATIAL"] == ("holds", "current")
    assert verdicts["FIG7-D-TASK2"][0] in ("undecided", "does not hold here")
    assert verdicts["FIG8-D"] == verdicts["FIG13"] == ("not checked on this machine", "missing")
    assert (tmp_path / "out" / "claims.html").read_text().startswith("<!DOCTYPE html>")
    made = {name: evidence["made"] for name, evidence in content["evidence"].items()}
    assert command.main(words) == 0
    again = json.loads((tmp_path / "out" / "claims.json").read_text())
    assert {name: evidence["made"] for name, evidence in again["evidence"].items()} == made


def test_dry_run_writes_nothing(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--quick", "--dry-run", "--store", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]
    assert command.main(words) == 0
    assert "1 of 1 runs to make" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
