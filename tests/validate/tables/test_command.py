"""`python -m validate.tables` and `python -m validate.figures`, as a user runs them."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from simulate.sensitivity import homogeneous_sensitivities
from tests.simulate.test_operator import dense_layers
from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused
from theory.definitions.architecture import paper_architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import paper_task
from validate import figures
from validate.illustrations import PLANES, STACKS
from validate.tables.__main__ import main as tables_main

TINY = ["--channels", "4", "--epochs", "1", "--seeds", "2", "--training-images", "16"]


def test_networks_that_did_not_learn_are_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("validate.tables.__main__.provenances", lambda runs, store: [{"device": "some GPU"}])
    assert tables_main(["2", *TINY, "--out", str(tmp_path), "--store", str(tmp_path / "runs")]) == 1
    printed = capsys.readouterr().out
    assert ".3828 .3737" in printed
    assert "at least one judged layer does not agree" in printed.lower()
    record = json.loads((tmp_path / "table2.json").read_text())
    assert [layer["layer"] for layer in record["layers"]] == list(range(1, 8))
    assert record["untrained_refused"]
    assert record["provenance"]["device"] == "some GPU"
    with open(tmp_path / "table2.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 7 * 2
    assert float(lines[0]["printed_after"]) == 0.3828
    assert lines[0]["after"] == ""  # no seed learned


def test_a_training_that_ended_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["2", *TINY, "--workers", "1", "--out", str(tmp_path), "--store", str(tmp_path / "runs")]
    tables_main(words)
    first = (tmp_path / "table2.csv").read_text()
    monkeypatch.setattr("sweep.local.Local.make", None)  # nothing is missing
    tables_main(words)
    assert (tmp_path / "table2.csv").read_text() == first


def test_example_images_have_the_labels_in_their_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep_figures(monkeypatch)
    assert figures.main(["5", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["figure5.png"]
    shown = []
    for task, axis in zip([PLANES[0]] * 2 + [PLANES[1]] * 2, kept["figure5"].axes, strict=True):
        columns, rows = np.array(axis.lines[-1].get_data(), dtype=int)
        pair = sorted(task.width * rows + columns)
        (place,) = np.flatnonzero((task.pairs == pair).all(axis=1))
        shown.append(f"task {task.kind}: $y = {task.labels[place]:+d}$")
        assert axis.get_title() == shown[-1]
    assert len(set(shown)) == 4


def test_representations_layer_by_layer_are_those_of_the_dense_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep_figures(monkeypatch)
    assert figures.main(["6", "--out", str(tmp_path)]) == 0
    for (architecture, width, places), axis in zip(STACKS, kept["figure6"].axes[:2], strict=True):
        image = np.isin(np.arange(width), places).astype(float)
        for k, row in enumerate(np.asarray(axis.images[0].get_array())):
            f = dense_layers(architecture, width, k) @ image
            # blocks of F^k pixels count what is active in them; a pixel that diffuses is shown over its peak
            f = f * architecture.filter_size**k if architecture.stride > 1 else f / f.max()
            np.testing.assert_allclose(row, np.repeat(f, width // len(f)), atol=1e-12)


def test_figure_7_shows_exact_curves_and_asymptotic_powers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep_figures(monkeypatch)
    assert figures.main(["7", "--no-nets", "--out", str(tmp_path)]) == 0
    expected: dict[Literal[1, 2], tuple[int, ...]] = {1: (-2, 1, -3), 2: (-1, 1, -2)}
    for kind, powers in expected.items():
        exact = homogeneous_sensitivities(paper_task(kind), paper_architecture(kind), Conventions())
        for n, (quantity, power) in enumerate(zip(("D", "G", "R"), powers, strict=True)):
            panel = 3 * (kind - 1) + n
            field, values = curve(kept["figure7"], panel, "simulation: exact homogeneous network")
            np.testing.assert_allclose(values, getattr(exact, quantity))
            np.testing.assert_allclose(field, exact.receptive_field)
            field, values = curve(kept["figure7"], panel, "theory: asymptotic power")
            np.testing.assert_allclose(np.diff(np.log(values)) / np.diff(np.log(field)), power)


@pytest.mark.parametrize(
    ("main", "words", "named"),
    [
        (tables_main, ["3"], "table: 3 is out of range"),
        (tables_main, ["one"], "one"),
        (tables_main, ["1", "--no-nets"], "--no-nets"),
        (tables_main, ["1", "--channels", "0"], "--channels: 0 is out of range"),
        (tables_main, ["1", "--out", "/dev/null/results"], "cannot be written"),
        (tables_main, ["1", "--width", "4"], "--width is now called --channels"),
        (figures.main, ["15"], "'15' is no figure"),
        (figures.main, ["7", "--depth", "8"], "not divisible"),
        (figures.main, ["5", "--out", "/dev/null/results"], "cannot be written"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    main: Callable[[Sequence[str]], int], words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(main, words, named, capsys)
