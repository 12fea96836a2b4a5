"""The page in a real browser: headless Chromium, with the rules of axe-core."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from validate.claims.entries import CLAIMS
from validate.claims.ledger import Ledger

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PACKAGES = find_spec("playwright") and find_spec("axe_core_python")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="the page is tested in Chromium: apt-get install chromium"),
    pytest.mark.skipif(not PACKAGES, reason="Chromium is driven by playwright: pip install '.[browser]'"),
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHOWN = "article.entry:not([hidden])"
# what a link leads to lies in the window
IN_WINDOW = "e => { const r = e.getBoundingClientRect(); return r.height > 0 && r.top < innerHeight && r.bottom > 0; }"
# every figure that is laid out: its size, and whether it has a text alternative
FIGURES = """() => [...document.querySelectorAll("svg")].map(e => ({
    width: e.getBoundingClientRect().width, height: e.getBoundingClientRect().height, label: e.ariaLabel }))"""


@pytest.fixture(scope="module")
def url(text: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    (folder / "claims.html").write_text(text, encoding="utf-8")
    (folder / "claims.json").write_text("{}\n")
    return (folder / "claims.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-dev-shm-usage"])
        yield chromium
        chromium.close()


class Opened:
    """The page in a window of its own, with all that the browser complains of and asks for."""

    def __init__(self, browser: "Browser", url: str, **context: Any) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(**{"viewport": DESKTOP, "offline": True, **context})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url)

    def shown(self) -> set[str]:
        """Identifiers of the entries that a filter leaves."""
        return set(self.page.eval_on_selector_all(SHOWN, "every => every.map(e => e.id)"))

    def press(self, name: str, value: str) -> None:
        """A button of the filters, by mouse."""
        self.page.click(f'.filters button[data-{name}="{value}"]')


@pytest.fixture
def opened(browser: "Browser", url: str) -> Iterator[Opened]:
    window = Opened(browser, url)
    yield window
    window.context.close()


def identifiers(ledger: Ledger, verdict: str = "", section: str = "") -> set[str]:
    """Of the entries that a filter should leave."""
    return {
        entry.claim.identifier
        for entry in ledger.entries
        if verdict in ("", entry.finding.verdict) and section in ("", entry.claim.section)
    }


def status(page: "Page") -> str:
    return str(page.inner_text("#status"))


def test_the_console_is_silent_and_no_request_leaves(opened: Opened, url: str, ledger: Ledger) -> None:
    opened.press("verdict", "holds")
    opened.page.locator("summary:visible").first.click()
    assert opened.complaints == []
    assert {request for request in opened.requests if not request.startswith("data:")} == {url}
    assert status(opened.page).startswith(str(len(identifiers(ledger, "holds"))))


def test_filters_combine_by_mouse(opened: Opened, ledger: Ledger) -> None:
    assert opened.shown() == identifiers(ledger)
    for verdict, section in [("holds", ""), ("holds", "4.2"), ("", "4.2"), ("undecided", "4.2"), ("", "")]:
        opened.press("verdict", verdict)
        opened.press("section", section)
        left = identifiers(ledger, verdict, section)
        assert opened.shown() == left
        assert status(opened.page) == f"{len(left)} of {len(CLAIMS)} entries are shown"
        pressed = opened.page.eval_on_selector_all("[aria-pressed=true]", "every => every.map(e => e.textContent)")
        assert len(pressed) == 2
        headings = opened.page.locator("section.claims:visible h2").count()
        assert headings == len({entry.claim.section for entry in ledger.entries if entry.claim.identifier in left})


def test_filters_work_by_keyboard(opened: Opened, ledger: Ledger) -> None:
    keyboard = opened.page.keyboard
    keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    keyboard.press("Enter")
    reached = []
    for _ in range(40):
        keyboard.press("Tab")
        data = opened.page.evaluate("({...document.activeElement.dataset})")
        reached.append(data)
        if data == {"verdict": "holds"}:
            keyboard.press("Enter")
        if data == {"section": "4.2"}:
            keyboard.press("Space")
            break
    assert {"verdict": ""} in reached
    assert opened.shown() == identifiers(ledger, "holds", "4.2")
    outline = opened.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"


def test_the_address_shows_an_entry_that_a_filter_hides(opened: Opened, ledger: Ledger) -> None:
    opened.press("verdict", "holds")
    hidden = min(identifiers(ledger) - opened.shown())
    opened.page.evaluate("name => { location.hash = name; }", hidden)
    opened.page.wait_for_selector(f"#{hidden}:not([hidden])")
    assert opened.shown() == identifiers(ledger)
    assert opened.page.eval_on_selector(f"#{hidden}", IN_WINDOW)


def test_a_link_followed_twice_leads_there_twice(opened: Opened, ledger: Ledger) -> None:
    """The address changes only the first time."""
    nodes = opened.page.eval_on_selector_all(".node", "every => every.map(e => e.getAttribute('href').slice(1))")
    hidden = next(name for name in nodes if name not in identifiers(ledger, "holds"))
    for _ in range(2):
        opened.press("verdict", "holds")
        opened.page.click(f'.node[href="#{hidden}"]')
        assert opened.page.eval_on_selector(f"#{hidden}", IN_WINDOW)


@pytest.mark.parametrize("allowed", [True, False])
def test_the_button_copies_the_command(browser: "Browser", url: str, allowed: bool) -> None:
    """Where the clipboard is refused the command is selected instead."""
    opened = Opened(browser, url, permissions=["clipboard-read", "clipboard-write"] if allowed else [])
    if not allowed:
        opened.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    opened.page.click("#EQ8 .copy")
    command = opened.page.inner_text("#EQ8 code")
    opened.page.wait_for_function("document.getElementById('status').textContent.includes('python -m')")
    assert status(opened.page) == f"{'copied' if allowed else 'selected'}: {command}"
    text = "navigator.clipboard.readText()" if allowed else "getSelection().toString()"
    assert opened.page.evaluate(text) == command
    opened.context.close()


def test_links_lead_to_entries(opened: Opened) -> None:
    lost = opened.page.evaluate("""() => [...document.querySelectorAll("a[href^='#']")]
        .filter(a => !document.getElementById(a.getAttribute("href").slice(1))).map(a => a.outerHTML)""")
    assert lost == []
    rests, node = opened.page.locator("#FIG7-D-TASK2 dd a").first, opened.page.locator(".graph a.node").last
    for link in (rests, node):
        name = link.get_attribute("href")
        link.click()
        assert opened.page.url.endswith(str(name))
        assert opened.page.eval_on_selector(str(name), IN_WINDOW)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_figure_has_size_and_text(browser: "Browser", url: str, size: dict[str, int]) -> None:
    opened = Opened(browser, url, viewport=size)
    opened.page.eval_on_selector_all("details", "every => every.forEach(e => { e.open = true; })")
    figures = opened.page.evaluate(FIGURES)
    assert len(figures) > 10
    assert all(figure["width"] > 100 and figure["height"] > 50 and figure["label"] for figure in figures), figures
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    opened.context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: "Browser", url: str, size: dict[str, int], scheme: str) -> None:
    """All rules, contrast of all text included."""
    import axe_core_python

    opened = Opened(browser, url, viewport=size, color_scheme=scheme, bypass_csp=True)
    opened.page.eval_on_selector_all("details", "every => every.forEach(e => { e.open = true; })")
    opened.press("verdict", "holds")
    opened.press("verdict", "")
    opened.page.evaluate((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    result = opened.page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    passed = {rule["id"] for rule in result["passes"]}
    assert {"color-contrast", "svg-img-alt", "button-name", "link-name"} <= passed
    failed = [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in result["violations"]]
    assert failed == []
    opened.context.close()


def test_all_entries_are_printed(opened: Opened, ledger: Ledger) -> None:
    opened.press("verdict", "holds")
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert not opened.page.locator(".filters").is_visible()
    assert opened.page.locator("button:visible").count() == 0
    assert opened.page.locator("article.entry:visible").count() == len(ledger.entries)
    paper = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert opened.page.eval_on_selector("article.entry", paper) == ["rgb(0, 0, 0)", "rgb(244, 244, 247)"]


def test_without_script_it_is_a_list(browser: "Browser", url: str, ledger: Ledger) -> None:
    opened = Opened(browser, url, java_script_enabled=False)
    assert opened.page.locator("article.entry:visible").count() == len(ledger.entries)
    assert opened.page.locator("button:visible").count() == 0
    opened.context.close()
