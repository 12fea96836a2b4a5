"""`python -m validate.appendix`, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.validate.drawn import curve, keep_figures
from tests.validate.usage import assert_refused
from validate.appendix import convergence
from validate.appendix.__main__ import main

FIGURES = {f"appendix-{name}.png" for name in ("kernel", "rates", "ring", "corrections", "dimension", "initialization")}


def test_the_proposition_is_proved_and_the_printed_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = keep_figures(monkeypatch)
    assert main(["--filter-size", "3", "6", "--dim", "2", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "the corrected proposition holds" in printed
    assert "printed refused" in printed
    assert "FAILS" not in printed
    assert {p.name for p in tmp_path.iterdir()} == {"appendix.json", "appendix.txt", *FIGURES}
    record = json.loads((tmp_path / "appendix.json").read_text())
    # two statements a filter, two of the ring, two of d = 2, two of untrained networks
    assert list(record["statements"].values()) == [True] * (2 * 2 + 2 + 2 + 2)
    assert [judged["filter_size"] for judged in record["filters"]] == [3, 6]
    assert [c["measured"] for c in record["filters"][0]["kramers_moyal"]] == ["0", "1/3", "0", "-1/36"]
    assert [rival["holds"] for judged in record["filters"] for rival in judged["rivals"]] == [False] * (3 * 2)
    start = record["initialization"]
    assert [compared["holds"] for compared in start["to_infinite"]] == [True] * 2
    assert [compared["holds"] for compared in start["to_constant"]] == [False] * 2
    assert_figures_show(record, kept)


def assert_figures_show(record: dict[str, Any], figures: dict[str, Figure]) -> None:
    """The first filter, F = 3, and the plane, as the record has them."""
    gauss, start = record["filters"][0]["rates"][0], record["initialization"]
    positions, heights = curve(figures["appendix-kernel"], 0, "simulation: exact operator")
    np.testing.assert_allclose(heights[np.abs(positions) <= 2], np.array([1, 2, 3, 2, 1]) / 9, rtol=1e-12)  # k = 2
    shown = curve(figures["appendix-rates"], 0, "simulation − Gaussian with exact")
    np.testing.assert_allclose(shown, [gauss["layers"], gauss["error"]])
    ring = {name: np.array(record["crossover"][name]) for name in ("filter_size", "field", "width")}
    chosen, errors = ring["filter_size"] == 3, np.array(record["crossover"]["errors"]["kernel"])
    shown = curve(figures["appendix-ring"], 1, "simulation, F = 3")
    np.testing.assert_allclose(shown, [(ring["field"] / ring["width"])[chosen], np.abs(errors[chosen])])
    for panel, depths in enumerate(record["filters"][0]["finite_depth"]):
        shown = curve(figures["appendix-corrections"], panel, "simulation, F = 3")
        np.testing.assert_allclose(shown, [depths["layers"], depths["slopes"]])
        field, values = curve(figures["appendix-dimension"], panel, "simulation, d = 2, F = 3")
        slope = np.diff(np.log(values[-2:])) / np.diff(np.log(field[-2:]))
        assert slope == pytest.approx([-2, 2][panel], rel=1e-2)  # 1/k at the last of them
    infinite = curve(figures["appendix-initialization"], 0, "theory: infinite width")
    np.testing.assert_allclose(infinite[1], start["infinite"]["D"])
    widest = list(start["networks"])[-1]
    mean = np.mean(start["networks"][widest]["D"], axis=0)
    np.testing.assert_allclose(
        curve(figures["appendix-initialization"], 0, f"networks, untrained, H = {widest}")[1], mean
    )


def test_a_wrong_theory_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the Gaussian that claims to be exact has D wrong by 2 %: exit status 1."""
    monkeypatch.setattr(convergence, "expansion", lambda size, order: convergence.gaussian(0, 1.02 / 3))
    monkeypatch.setattr("validate.appendix.untrained.WIDTHS", (4, 8))
    monkeypatch.setattr("validate.appendix.untrained.SEEDS", 4)
    assert main(["--filter-size", "3", "--dim", "1", "--out", str(tmp_path)]) == 1
    assert "FAILS" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--filter-size", "1"], "--filter-size: 1 is out of range: use 2 to 101"),
        (["--filter-size", "0"], "--filter-size: 0 is out of range"),
        (["--filter-size", "-3"], "--filter-size: -3 is out of range"),
        (["--filter-size", "33"], "wider than the image, L = 32"),
        (["--filter-size", "103", "--image-width", "200"], "103 is out of range: use 2 to 101"),
        (["--filter-size", "2.5"], "2.5 is not a whole number"),
        (["--filter-size", "three"], "three is not a whole number"),
        (["--filter-size"], "--filter-size"),
        (["--depth", "0"], "--depth: 0 is out of range"),
        (["--depth", "1e3"], "1e3 is not a whole number"),
        (["--image-width", "2000000"], "use 2 to 1048576"),
        (["--width", "64"], "--width is now called --image-width"),
        (["--dim", "0"], "--dim: 0 is out of range"),
        (["--dim", "4"], "4 is out of range: use 1 to 3"),
        (["--dim", "nan"], "nan is not a whole number"),
        (["--out", "/dev/null/results"], "cannot be written"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    words: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(main, words, named, capsys)
    assert list(tmp_path.iterdir()) == []


def test_help_says_what_it_is() -> None:
    command = subprocess.run([sys.executable, "-m", "validate.appendix", "--help"], capture_output=True, text=True)
    assert command.returncode == 0
    assert "Proposition A.1" in command.stdout
