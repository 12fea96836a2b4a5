"""What README and docs say: numbers are those of the committed results, and what is named exists."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

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
