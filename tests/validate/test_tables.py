"""`python -m validate.tables` and `python -m validate.figures`, as a user runs them."""

import csv
import json
from pathlib import Path

import pytest

from tests.validate.usage import assert_refused
from validate import figures, tables

TINY = ["--width", "4", "--epochs", "1", "--seeds", "2", "--training-images", "16"]


def test_networks_that_did_not_learn_are_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["2", *TINY, "--out", str(tmp_path), "--store", str(tmp_path / "runs")]) == 1
    printed = capsys.readouterr().out
    assert ".3828 .3737" in printed
    assert "at least one judged layer does not agree" in printed.lower()
    record = json.loads((tmp_path / "table2.json").read_text())
    assert [layer["layer"] for layer in record["layers"]] == list(range(1, 8))
    assert record["untrained_refused"]
    with open(tmp_path / "table2.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 7 * 2
    assert float(lines[0]["printed_after"]) == 0.3828
    assert lines[0]["after"] == ""  # no seed learned


def test_a_training_that_ended_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["2", *TINY, "--workers", "1", "--out", str(tmp_path), "--store", str(tmp_path / "runs")]
    tables.main(words)
    first = (tmp_path / "table2.csv").read_text()
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    tables.main(words)
    assert (tmp_path / "table2.csv").read_text() == first


def test_figures(tmp_path: Path) -> None:
    for number in ("5", "6"):
        assert figures.main([number, "--out", str(tmp_path)]) == 0
    assert figures.main(["7", "--no-nets", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure5.png", "figure6.png", "figure7.png"]
    assert all(path.stat().st_size > 10_000 for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("main", "words", "named"),
    [
        (tables.main, ["3"], "table 3"),
        (tables.main, ["one"], "one"),
        (tables.main, ["1", "--no-nets"], "--no-nets"),
        (tables.main, ["1", "--width", "0"], "width is 0"),
        (tables.main, ["1", "--out", "/dev/null/results"], "cannot be written"),
        (figures.main, ["3"], "invalid choice"),
        (figures.main, ["7", "--depth", "8"], "not divisible"),
        (figures.main, ["5", "--out", "/dev/null/results"], "cannot be written"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    main: object, words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(main, words, named, capsys)
