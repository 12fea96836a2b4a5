"""A page for each room with all of its modules, from their docstrings."""

import importlib
import pkgutil

from sphinx.application import Sphinx

FOLDER = "api/"


def modules(room: str) -> list[str]:
    """Names of all modules and packages of a room; a command, `__main__`, is none of them."""
    package = importlib.import_module(room)
    names = [name for _, name, _ in pkgutil.walk_packages(package.__path__, f"{room}.")]
    return [room, *(name for name in names if not name.endswith("__main__"))]


def _read(app: Sphinx, page: str, content: list[str]) -> None:
    if page.startswith(FOLDER):
        listed = modules(page.removeprefix(FOLDER))
        sections = [f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n" for name in listed]
        content[0] += "\n" + "\n".join(sections)


def setup(app: Sphinx) -> dict[str, bool]:
    """The pages in docs/api/."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
