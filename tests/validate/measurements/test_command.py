"""`validate.scaling --from FILE`, as a user runs it, on good and bad tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused
from validate.measurements.reading import read_measurements
from validate.scaling.__main__ import main

HEADER = "layer,receptive field,D,G,seed"
ROWS = [f"{k},{2**k},{1.1 * 2.0**-k},{3.0 * 2**k},{seed}" for seed in (0, 1) for k in (1, 2, 3, 4)]


def table(tmp_path: Path, *lines: str, name: str = "measurements.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def changed(row: int, line: str) -> list[str]:
    """The table with this line as a row, of which the header is the first."""
    lines = [HEADER, *ROWS]
    return [*lines[: row - 1], line, *lines[row:]]


def test_the_law_of_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = keep_figures(monkeypatch)
    path = table(tmp_path, HEADER, *reversed(ROWS))
    out = tmp_path / "results"
    assert main(["--from", str(path), "--stride", "F", "--out", str(out)]) == 0
    assert "The law of this stride holds." in capsys.readouterr().out
    record = json.loads((out / "measurements.json").read_text())
    assert record["holds"] is True
    assert record["quantities"]["D"]["fitted"]["value"] == pytest.approx(-1, abs=1e-12)
    assert record["quantities"]["R"]["predicted"] == -2
    assert record["measurements"]["layers"] == [1, 2, 3, 4]
    assert record["provenance"]["versions"]["numpy"] == np.__version__
    shown = curve(figures["measurements"], 0, "measured")
    fields = np.array([2.0, 4.0, 8.0, 16.0])
    np.testing.assert_allclose(shown, np.stack([fields, 1.1 / fields]), rtol=1e-12)
    assert sorted(p.name for p in out.iterdir()) == ["measurements.json", "measurements.png", "measurements.txt"]


def test_the_other_stride_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, HEADER, *ROWS)
    assert main(["--from", str(path), "--stride", "1", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "The law of this stride is not shown to hold." in printed
    assert "ACCEPTED" in printed


def test_one_seed_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row.rpartition(",")[0] for row in ROWS[:4]]
    path = table(tmp_path, "G,layer, D ,Receptive_Field,loss", *(_turned(row) for row in rows))
    assert main(["--from", str(path), "--stride", "F", "--dim", "3", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "one seed: there is no interval over seeds" in printed
    assert "columns that are not read: loss" in printed


def _turned(row: str) -> str:
    layer, field, d, g = row.split(",")
    return f"{g}, {layer} ,{d},{field},0.5"


def test_a_byte_order_mark_windows_lines_and_blank_rows_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(("\ufeff" + "\r\n".join([HEADER, *ROWS[:4], "", ",,,,", *ROWS[4:]])).encode())
    assert read_measurements(path).D.shape == (2, 4)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([], "is empty: it needs a header"),
        ([HEADER], "has a header and no rows"),
        (["layer,D,G", "1,1,1"], "row 1 of {path} lacks receptive field"),
        ([HEADER.replace(",", ";"), *ROWS], "row 1 of {path} lacks layer, receptive field, D, G"),
        (ROWS, "row 1 of {path} lacks layer"),
        (["layer,receptive field,D,G,d", *ROWS], "row 1 of {path} names the column D twice"),
        (changed(3, "2,4,none,12,0"), "D = 'none' in row 3 of {path} is not a number"),
        (changed(3, "2,4,,12,0"), "D = '' in row 3 of {path} is not a number"),
        (changed(3, "2,4,nan,12,0"), "D = 'nan' in row 3 of {path} is not a number"),
        (changed(3, "2,4,1_0,12,0"), "D = '1_0' in row 3 of {path} is not a number"),
        (changed(3, "2,4,0,12,0"), "D = '0' in row 3 of {path} is not positive, and its logarithm is taken"),
        (changed(4, "3,8,0.1,-24,0"), "G = '-24' in row 4 of {path} is not positive"),
        (changed(4, "3,-8,0.1,24,0"), "receptive field = '-8' in row 4 of {path} is not positive"),
        (changed(4, "3,1e9,0.1,24,0"), "receptive field = '1e9' in row 4 of {path} is out of range"),
        (changed(4, "3,8,inf,24,0"), "D = 'inf' in row 4 of {path} is out of range"),
        (changed(4, "3,8,1e-200,24,0"), "D = '1e-200' in row 4 of {path} is out of range"),
        (changed(5, "4.5,16,0.07,48,0"), "layer = '4.5' in row 5 of {path} is not a whole number from 1"),
        (changed(5, "0,16,0.07,48,0"), "layer = '0' in row 5 of {path} is not a whole number from 1"),
        (changed(5, "4,16,0.07,48,-1"), "seed = '-1' in row 5 of {path} is not a whole number from 0"),
        (changed(5, "4,16,0.07,48"), "row 5 of {path} has 4 values and the header 5"),
        (changed(5, '4,16,"0.07,48,0'), "of {path} is no row of comma-separated values"),
        (changed(5, "3,16,0.07,48,0"), "rows 4 and 5 of {path} are both layer 3 of one network"),
        ([HEADER, *ROWS, ROWS[2]], "rows 4 and 10 of {path} are both layer 3 of one network"),
        (changed(5, "4,8,0.07,48,0"), "receptive field = 8 in row 5 of {path} is not larger than that of the layer before, row 4"),  # noqa: E501
        ([HEADER, *ROWS[:2]], "{path} has 2 layers of the network that ends in row 3, and a law needs 3"),
        ([HEADER, *ROWS[:-1]], "row 8 of {path}: layer 4 is one of seed 1 or of seed 0 alone"),
        ([HEADER, *ROWS, "5,32,0.03,96,1"], "row 10 of {path}: layer 5 is one of seed 1 or of seed 0 alone"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_its_row_and_the_rule(
    lines: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, *lines)
    words = ["--from", str(path), "--stride", "F", "--out", str(tmp_path / "results")]
    assert_refused(main, words, named.format(path=path), capsys)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("\n".join([HEADER, *ROWS]).encode("utf-16"), "row 1 of {path} is not UTF-8 (byte 0): save the table as UTF-8"),
        (f"{HEADER}\n{ROWS[0]}\n2,4,0.2±,12,0\n".encode("latin-1"), "row 3 of {path} is not UTF-8"),
        (b"\0" * 40, "row 1 of {path} "),
        (b"", "{path} is empty"),
        (b"\xef\xbb\xbf\n\n", "{path} is empty"),
    ],
)
def test_bytes_that_are_no_table_are_refused(
    content: bytes, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    assert_refused(main, ["--from", str(path), "--stride", "1"], named.format(path=path), capsys)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--stride", "F"], "--task and --from are missing: give one of them"),
        (["--from", "{path}"], "--stride is missing: add --stride 1 or --stride F"),
        (["--from", "{path}", "--stride", "2"], "--stride: '2' is unknown: use 1 or F"),
        (["--from", "{path}", "--stride", "F", "--dim", "4"], "--dim: 4 is out of range: use 1 to 3"),
        (["--from", "{path}", "--task", "1"], "--task and --from exclude each other"),
        (["--from", "{path}", "--stride", "F", "--seeds", "4"], "--seeds does not apply to --from"),
        (["--from", "{path}", "--stride", "F", "--preset=quick"], "--preset does not apply to --from"),
        (["--from", "{path}", "--stride", "F", "--no-nets"], "--no-nets does not apply to --from"),
        (["--from", "{path}", "--stride", "F", "--dry-run"], "--dry-run does not apply to --from"),
        (["--from", "{folder}", "--stride", "F"], "cannot be read (Is a directory)"),
        (["--from", "{folder}/none.csv", "--stride", "F"], "cannot be read (No such file or directory)"),
        (["--from", "{path}", "--stride", "F", "--out", "/dev/null/x"], "cannot be written"),
        (["--from", "/dev/zero", "--stride", "F"], "/dev/zero has more than 64 MiB"),
        (["--task", "1", "--stride", "1"], "--stride is of measurements, --from FILE"),
        (["--task", "1", "--dim", "3"], "--dim: 3 is out of range: use 1 to 2"),
    ],
)
def test_options_that_do_not_apply_are_refused_by_name(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, HEADER, *ROWS)
    assert_refused(main, [word.format(path=path, folder=tmp_path) for word in words], named, capsys)
