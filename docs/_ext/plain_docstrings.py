"""Docstrings are plain text with equations and aligned columns: paragraphs become paragraphs, what is aligned or
indented stays as it is, `names` become code.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from sphinx.application import Sphinx

ALIGNED = re.compile(r"^\s|\S {2,}\S")
MARKUP = re.compile(r"([\\*|_])")


def paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines that are not blank."""
    run: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            run.append(line)
        elif run:
            yield run
            run = []


def as_rst(lines: list[str]) -> list[str]:
    """The docstring in reStructuredText that shows it as it is written.

    >>> as_rst(["D_k of `theory`, |v|", "", "D   of Eq. 4"])
    ['D\\\\_k of ``theory``, \\\\|v\\\\|', '', '::', '', '   D   of Eq. 4', '']
    """
    text: list[str] = []
    for block in paragraphs(lines):
        if block[0].lstrip().startswith(">>>"):
            indent = len(block[0]) - len(block[0].lstrip())
            text += [*(line[indent:] for line in block), ""]
            continue
        for aligned, group in groupby(block, lambda line: bool(ALIGNED.search(line))):
            run = list(group)
            text += ["::", "", *(f"   {line}" for line in run)] if aligned else _escaped("\n".join(run)).split("\n")
            text.append("")
    return text


def _escaped(text: str) -> str:
    """Markup characters outside of `code` escaped; `code` as RST has it, on one line."""
    parts = re.split(r"`([^`]+)`", text)
    for n, part in enumerate(parts):
        code = " ".join(part.split())
        parts[n] = f"\\ ``{code}``\\ " if n % 2 else MARKUP.sub(r"\\\1", part)
    return re.sub(r"(^|[\s(])\\ ``", r"\1``", re.sub(r"``\\ ($|[\s.,;:)!?])", r"``\1", "".join(parts)))


def _process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    lines[:] = as_rst(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Every docstring that autodoc reads."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
