"""What README and docs say: numbers are those of the committed results, and what is named exists."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CURVES = {"homogeneous": "homogeneous filters", "own mean filters": "their own mean filters"}


def signed(value: float, digits: int = 3) -> str:
    """As the table writes it; 0.000 has no sign."""
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and float(text) else text


def interval(estimate: dict[str, Any]) -> str:
    mean, low, high = (signed(estimate[name]) for name in ("value", "low", "high"))
    return mean if mean == low == high == "0.000" else f"{mean} [{low}, {high}]"


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("quantity", ["D", "G"])
def test_the_table_of_the_readme_is_that_of_the_results(kind: int, quantity: str) -> None:
    record = json.loads((ROOT / "docs" / "quick" / f"task{kind}.json").read_text())
    result = record["quantities"][quantity]
    claim = result["claim"]
    test = result["claims"]["own_filters" if claim == "own mean filters" else "homogeneous"]
    furthest = max(test["levels"], key=lambda level: abs(level["value"]))
    unclaimed = "" if quantity in record["claimed"] else " (not claimed)"
    cells = [
        signed(result["predicted"], 0), signed(result["exact"]), interval(result["trained"]),
        CURVES[claim] + unclaimed, interval(furthest),
    ]  # fmt: skip
    (row,) = re.findall(rf"^\| task {kind}[^|]*, {quantity} \| (.*) \|$", (ROOT / "README.md").read_text(), re.M)
    assert row.split(" | ") == cells


@pytest.mark.parametrize("quantity", ["D", "G", "R"])
def test_correlations_of_the_page_are_those_of_figure_8(quantity: str) -> None:
    rho = json.loads((ROOT / "docs" / "deep" / "figure8.json").read_text())["correlation"][quantity]

    def ends(interval: list[float]) -> str:
        return f"[{', '.join(signed(end, 2) for end in interval)}]"

    def value(number: float) -> str:
        return signed(number, 2) if number < 0 else f"+{number:.2f}"

    cells = [
        "> 0" if rho["expected"] > 0 else "< 0", f"{value(rho['rho'])} {ends(rho['architectures'])}",
        ends(rho["families"]), f"{value(rho['family_rho'])} {ends(rho['family_normal'])}", f"{rho['p']:.2g}",
        rho["verdict"],
    ]  # fmt: skip
    (row,) = re.findall(rf"^\| {quantity}_f \| (.*) \|$", (ROOT / "docs" / "deep.md").read_text(), re.MULTILINE)
    assert row.split(" | ") == cells


@pytest.mark.parametrize("task", [1, 2])
def test_statements_of_the_page_are_those_of_the_learned_part(task: int) -> None:
    record = json.loads((ROOT / "docs" / "learned" / "learned.json").read_text())["judgement"]
    (ended,) = [
        m for m in record["measurements"] if m["name"].startswith(f"task {task},") and m["moment"] == "end"
    ]  # fmt: skip
    values = {s["text"]: s["value"]["value"] for s in record["statements"] if s["network"] == ended["name"]}

    def mean_change(quantity: str) -> float:
        """Of the removed constant mode, over layers from the second on in which every changed network is defined."""
        every = [ended["trained"], *ended["changed"].values()]
        logs = np.log(np.array([part[q] for part in every for q in ("D", "G")], dtype=float))
        judged = np.isfinite(logs).all(0) & (np.arange(logs.shape[2]) > 0)
        change = np.log(np.array(ended["changed"]["without mode 0"][quantity], dtype=float)) - np.log(
            np.array(ended["trained"][quantity], dtype=float)
        )
        return float(np.mean([seed[counted].mean() for seed, counted in zip(change, judged, strict=True)]))

    removed = [signed(mean_change(quantity), 2) for quantity in ("D", "G")]
    alone = [values[f"the constant mode of ΔW alone gives {quantity}: mean |ln|"] for quantity in ("D", "G")]
    redrawn = [v for text, v in values.items() if text.startswith("redrawing")]
    columns = [
        f"+{removed[0]} / {removed[1]}", " / ".join(f"{v:.2f}" for v in alone), " / ".join(f"{v:.2g}" for v in redrawn)
    ]  # fmt: skip
    page = (ROOT / "docs" / "learned.md").read_text()
    for name, column in zip(
        ("constant mode removed", "constant mode of ΔW kept", "σW\\(0\\) drawn"), columns, strict=True
    ):
        (row,) = re.findall(rf"^\| {name}[^|]*\| (.*) \|$", page, re.MULTILINE)
        assert row.split(" | ")[task - 1] == column


def test_every_function_of_the_index_exists() -> None:
    names = re.findall(r"`((?:theory|simulate|nets|validate)\.[\w.]+)`", (ROOT / "docs" / "equations.md").read_text())
    functions = [name for name in names if name.partition(".")[0] != "validate" or name.count(".") > 1]
    assert len(functions) > 30
    for name in functions:
        module, _, function = name.rpartition(".")
        assert hasattr(importlib.import_module(module), function), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    for path in re.findall(r"`((?:docs|tests)/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "'0'" in capsys.readouterr().out


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130
