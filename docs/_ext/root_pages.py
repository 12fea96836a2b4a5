"""README, changes and contributing, which stand in the root of the repository, as pages; the ledger of claims beside
them, as it was made.
"""

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent.parent
SOURCES = {"index": "README.md", "changes": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}
LINKS = {"CHANGELOG.md": "changes.md", "CONTRIBUTING.md": "contributing.md", "CITATION.cff": "citing.md"}
LEDGER = "claims"


def on_the_site(text: str) -> str:
    """The text with links from the repository's root as they are from docs/.

    >>> on_the_site("[a](docs/law.md) [b](CHANGELOG.md) [c](docs/claims/index.html)")
    '[a](law.md) [b](changes.md) <a href="claims/index.html">c</a>'
    """
    text = text.replace("](docs/", "](")
    for name, page in LINKS.items():
        text = text.replace(f"]({name})", f"]({page})")
    return re.sub(rf"\[([^\]]*)\]\(({LEDGER}/[^)]*)\)", r'<a href="\2">\1</a>', text)


def _read(app: Sphinx, page: str, content: list[str]) -> None:
    if page in SOURCES:
        content[0] = (ROOT / SOURCES[page]).read_text(encoding="utf-8") + "\n" + content[0]
    content[0] = on_the_site(content[0])


def _ledger(app: Sphinx) -> Path:
    return Path(app.srcdir) / LEDGER / "index.html"


def _finish(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html" and _ledger(app).exists():
        shutil.copytree(_ledger(app).parent, Path(app.outdir) / LEDGER, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Pages are read, and the ledger is copied once the site is built."""
    app.connect("source-read", _read)
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
