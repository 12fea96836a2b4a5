"""What a module executes is found by following its imports."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.code import SOURCES, code_of, import_closure

FILES = {
    "zoo/__init__.py": "",
    "zoo/lion.py": "import zoo.cat\nimport os\nfrom other import nothing",
    "zoo/cat.py": "from . import paw\nfrom .sub.tail import length as tail_length\nimport zoo.lion",
    "zoo/paw.py": "def claw():\n    from zoo import late, absent\n    return late",
    "zoo/late.py": "x = 1  # one",
    "zoo/unused.py": "x = 2",
    "zoo/sub/__init__.py": "from ..deep import y",
    "zoo/sub/tail.py": "length = 3",
    "zoo/deep.py": "y = 4",
    "zoos.py": "x = 5",
}


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in SOURCES if name.startswith("zoo")]:
        monkeypatch.delitem(SOURCES, name)
    yield tmp_path
    for name in [name for name in (*SOURCES, *sys.modules) if name.startswith("zoo")]:
        SOURCES.pop(name, None)
        sys.modules.pop(name, None)


def test_the_closure_follows_every_import_within_the_packages(zoo: Path) -> None:
    """Relative, of names, inside functions, in circles; packages around a module; nothing of other packages."""
    reached = ["zoo", "zoo.cat", "zoo.deep", "zoo.late", "zoo.lion", "zoo.paw", "zoo.sub", "zoo.sub.tail"]
    assert [*import_closure(["zoo.lion"], ["zoo"])] == reached
    assert [*import_closure(["zoo.lion"], ["zoo.cat"])] == ["zoo.cat", "zoo.lion"]
    assert [*import_closure(["zoo.lion"], [])] == ["zoo.lion"]
    with pytest.raises(ValueError, match=r"the module zoo.absent has no source"):
        import_closure(["zoo.absent"], ["zoo"])


def test_a_digest_changes_with_the_code_alone(zoo: Path) -> None:
    first = import_closure(["zoo.late"], [])
    for source, same in (("x = 1  # two\n\n", True), ("x = 2", False)):
        (zoo / "zoo" / "late.py").write_text(source)
        assert import_closure(["zoo.late"], []) == first  # as first read
        SOURCES.pop("zoo.late")
        assert (import_closure(["zoo.late"], []) == first) is same


def test_comments_are_not_code() -> None:
    source = 'def f(x):\n    """Doc,\n    long."""\n    return x + 1  # why\n'
    assert code_of(source) == "def f(x):\n    return x + 1"
    assert code_of(source.replace("why", "because").replace("long", "short")) == code_of(source)
    assert code_of(source.replace("1", "2")) != code_of(source)
    assert code_of('x = "# no comment"\n') == 'x = "# no comment"'
