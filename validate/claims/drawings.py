"""Figures as SVG inside the page: no request, no identifier twice, no fixed size."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from html import escape
from io import StringIO
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from sweep.code import import_closure
from sweep.files import read_json, write_text_whole
from validate.claims.evidence import PACKAGES, digest
from validate.claims.ledger import Entry


def drawings(entries: Iterable[Entry], folder: Path) -> dict[str, str]:
    """{"evidence-figure": inline SVG} of all figures that the entries name and that there is evidence for; those that
    `folder` keeps are drawn anew only where evidence or code have changed.
    """
    drawn: dict[str, str] = {}
    for entry in entries:
        name = name_of(entry)
        if name and name not in drawn:
            drawn[name] = _kept_or_drawn(entry, name, folder / f"{name}.figure.json")
    return drawn


def _kept_or_drawn(entry: Entry, name: str, path: Path) -> str:
    obtained = entry.obtained
    assert obtained.kept is not None
    picture = obtained.evidence.figures[entry.claim.figure]
    modules = (__name__, picture.__module__)
    key = digest({**import_closure(modules, PACKAGES), **obtained.kept.code, "made": obtained.kept.made["date"]})
    kept = read_json(path)
    if isinstance(kept, dict) and kept.get("key") == key:
        return str(kept["svg"])
    svg = inline(picture(obtained.values), name, f"Drawn by {obtained.evidence.command}: {entry.claim.place}")
    with suppress(OSError):  # one who may only read the store draws again each time
        write_text_whole(path, json.dumps({"key": key, "svg": svg}) + "\n")
    return svg


def name_of(entry: Entry) -> str:
    """Of the entry's picture; empty where there is none, or no evidence."""
    obtained = entry.obtained
    known = obtained.values is not None and entry.claim.figure in obtained.evidence.figures
    return f"{obtained.evidence.name}-{entry.claim.figure}" if known else ""


def inline(figure: Figure, name: str, label: str) -> str:
    """The figure as an SVG element named `name`, whose own identifiers begin so."""
    with StringIO() as text, plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
        figure.savefig(text, format="svg", facecolor="white")
        source = text.getvalue()
    plt.close(figure)
    source = re.sub(r"<metadata>.*?</metadata>", "", source[source.index("<svg") :], flags=re.DOTALL)
    source = re.sub(r"<!--.*?-->\s*", "", source, flags=re.DOTALL)
    source = source.replace("xlink:href", "href")
    source = _numbered(re.sub(r'\bid="', f'id="{name}-', source))
    source = re.sub(r'href="#', f'href="#{name}-', source)
    source = source.replace("url(#", f"url(#{name}-")
    box = re.search(r'viewBox="([^"]*)"', source)
    assert box is not None
    head = f'<svg id="{name}" viewBox="{box[1]}" role="img" aria-label="{escape(label)}">'
    return head + re.sub(r"\s*\n\s*", "\n", source[source.index(">") + 1 :]).strip()


def _numbered(source: str) -> str:
    """Every identifier once: two panels that show the same picture give it the same one."""
    known: Counter[str] = Counter()

    def number(match: re.Match[str]) -> str:
        known[match[1]] += 1
        return match[0] if known[match[1]] == 1 else f'id="{match[1]}-{known[match[1]]}"'

    return re.sub(r'\bid="([^"]*)"', number, source)


def copy_of(name: str, drawn: str, label: str) -> str:
    """The same picture once more, by reference."""
    box = re.search(r'viewBox="([^"]*)"', drawn)
    assert box is not None
    return f'<svg viewBox="{box[1]}" role="img" aria-label="{escape(label)}"><use href="#{name}"></use></svg>'
