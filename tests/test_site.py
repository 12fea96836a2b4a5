"""The documentation site: built without a warning, complete, and it requests nothing from elsewhere."""

import doctest
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BUILT = DOCS / "_build" / "html"
TOOLS = ("sphinx", "myst_parser", "furo", "latex2mathml")
PARTS = sorted((DOCS / "_ext").glob("*.py"))
missing = [name for name in TOOLS if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is missing: pip install '.[docs]'")
# what a browser loads by itself, by element
LOADED = {
    "script": "src", "img": "src", "source": "src", "video": "src", "audio": "src", "iframe": "src", "embed": "src",
    "object": "data", "link": "href", "use": "href", "image": "href",
}  # fmt: skip


class Requests(HTMLParser):
    """Addresses that a page loads, those it links to, and its inline styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if LOADED.get(tag) in values:
            self.loaded.append(values[LOADED[tag]])
        self.loaded += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]
        self.loaded += addresses(values.get("style", ""))
        if tag == "a" and "href" in values:
            self.linked.append(values["href"])


def addresses(css: str) -> list[str]:
    """What a style sheet loads; pictures inside of it are no request."""
    listed = re.findall(r"url\(\s*[\"']?([^\"')]+)", css) + re.findall(r"@import\s+[\"']([^\"']+)", css)
    return [address for address in listed if not address.startswith(("data:", "#"))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` built it, or built now where that is missing or older than its pages."""
    index = BUILT / "index.html"
    sources = [*DOCS.glob("*.md"), *PARTS, DOCS / "conf.py", ROOT / "README.md"]
    if index.exists() and index.stat().st_mtime > max(path.stat().st_mtime for path in sources):
        return BUILT
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(DOCS), str(folder)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


def pages(site: Path) -> Iterator[tuple[Path, Requests]]:
    for path in sorted(site.rglob("*.html")):
        yield path, Requests(path.read_text(encoding="utf-8"))


def outside(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def test_no_page_requests_anything_from_elsewhere(site: Path) -> None:
    checked = 0
    for path, requests in pages(site):
        for address in requests.loaded:
            assert not outside(address), (path, address)
            if not address.startswith("data:"):
                assert (path.parent / unquote(urlsplit(address).path)).exists(), (path, address)
            checked += 1
    assert checked > 100
    for sheet in site.rglob("*.css"):
        assert not any(outside(address) for address in addresses(sheet.read_text(encoding="utf-8"))), sheet


def test_every_link_within_the_site_exists(site: Path) -> None:
    for path, requests in pages(site):
        for address in requests.linked:
            target = unquote(urlsplit(address).path)
            if not outside(address) and target:
                assert (path.parent / target).exists(), (path, address)


def test_equations_are_mathml_and_modules_have_their_docstrings(site: Path) -> None:
    theory = (site / "theory.html").read_text(encoding="utf-8")
    assert theory.count("<math") >= 20
    assert not any("mathjax" in address.lower() for address in Requests(theory).loaded)
    assert "\\frac" not in theory
    assert 'id="theory.scaling.noise_stride_one"' in (site / "api" / "theory.html").read_text(encoding="utf-8")
    for room in ("simulate", "nets", "sweep", "validate"):
        assert f'id="module-{room}' in (site / "api" / f"{room}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        '<img src="https://a.b/c.png">', '<link href="//a.b/c.css">', '<p style="background:url(http://a.b/c)">',
        '<img srcset="https://a.b/c.png 2x">', '<script src="http://a.b/c.js"></script>',
    ],
)  # fmt: skip
def test_a_request_is_noticed(text: str) -> None:
    assert any(outside(address) for address in Requests(text).loaded)


def part(path: Path) -> Any:
    """An extension of the site as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_examples_of_the_extensions(path: Path) -> None:
    assert doctest.testmod(part(path)).failed == 0


@pytest.mark.parametrize("made", [False, True])
def test_the_ledger_of_claims_is_copied_where_it_was_made(made: bool, tmp_path: Path) -> None:
    root_pages = part(DOCS / "_ext" / "root_pages.py")
    app = SimpleNamespace(srcdir=tmp_path / "docs", outdir=tmp_path / "html", builder=SimpleNamespace(format="html"))
    app.srcdir.mkdir()
    if made:
        (app.srcdir / "claims").mkdir()
        (app.srcdir / "claims" / "index.html").write_text("<p>ledger</p>")
    root_pages._finish(app, None)
    assert (app.outdir / "claims" / "index.html").exists() == made


def test_the_front_page_links_the_ledger() -> None:
    content = [""]
    part(DOCS / "_ext" / "root_pages.py")._read(SimpleNamespace(), "index", content)
    assert 'href="claims/index.html"' in content[0]


def test_the_gallery_shows_every_figure_of_the_paper() -> None:
    gallery = (DOCS / "gallery.md").read_text()
    shown = {f"Fig. {number}" for number in re.findall(r"\bFig\. (\d+)", gallery)}
    assert shown >= {f"Fig. {number}" for number in (4, 5, 6, 7, 8, 9, 12, 14)}
