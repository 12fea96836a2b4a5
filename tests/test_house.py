"""The witnesses share definitions only: the import rule that makes their agreement evidence."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "theory": {"theory"},
    "simulate": {"simulate", "theory.definitions"},
    "nets": {"nets", "theory.definitions"},
    "sweep": {"sweep"},
}
ROOMS = {"theory", "simulate", "nets", "sweep", "validate"}


def imported_modules(source: str) -> list[str]:
    """Absolute names of the modules that a source imports; "from theory import x" counts as theory.x."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [f"{node.module}.{alias.name}" if "." not in node.module else node.module for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("relative import")
    return names


def forbidden(room: str, source: str) -> list[str]:
    allowed = ALLOWED[room]
    return [
        name
        for name in imported_modules(source)
        if name == "relative import"
        or (name.split(".")[0] in ROOMS and not any(f"{name}.".startswith(f"{room}.") for room in allowed))
    ]


@pytest.mark.parametrize("room", ALLOWED)
def test_witness_borrows_no_result(room: str) -> None:
    paths = [*(ROOT / room).rglob("*.py")]
    assert len(paths) > 5
    for path in paths:
        assert forbidden(room, path.read_text()) == [], path


def test_the_sweep_knows_no_physics() -> None:
    """It is built on the standard library and submitit alone."""
    for path in (ROOT / "sweep").rglob("*.py"):
        roots = {name.partition(".")[0] for name in imported_modules(path.read_text())}
        assert roots <= {*sys.stdlib_module_names, "sweep", "submitit"}, path


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("simulate", "from theory.scaling import exponent"),
        ("simulate", "from theory import walk"),
        ("nets", "import simulate.operator"),
        ("theory", "from nets.simple.network import layer"),
        ("nets", "from .simple import layer"),
        ("nets", "from sweep.files import write_whole"),
        ("sweep", "from nets.device import choose_device"),
        ("sweep", "import theory.definitions.task"),
    ],
)
def test_rule_notices_borrowing(room: str, source: str) -> None:
    assert forbidden(room, source)


SOURCES = sorted(path for room in (*ROOMS, "benchmarks") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_read_at_one_sitting(path: Path) -> None:
    """250 lines a file, 50 a function; a module says what it is for."""
    source = path.read_text()
    assert len(source.splitlines()) <= 250
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 50] == []


# a variable is named for what it holds
NAMELESS = {"one", "found", "answer", "here", "there", "asked", "told", "yonder"}


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_say_what_they_hold(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    assert (assigned | arguments) & NAMELESS == set()
