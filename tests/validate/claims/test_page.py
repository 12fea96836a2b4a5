"""The page and the record of the ledger, of evidence that is stored."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from validate.claims.entries import CLAIMS
from validate.claims.ledger import Ledger
from validate.claims.page import page
from validate.claims.presentation import record
from validate.record import as_json


class Elements(HTMLParser):
    """All elements with their attributes; those left open, in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.every: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.every.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.every.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_element_is_closed_and_every_identifier_is_there_once(text: str) -> None:
    elements = Elements(text)
    assert elements.open == []
    identifiers = [attributes["id"] for _, attributes in elements.every if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert {claim.identifier for claim in CLAIMS} <= set(identifiers)
    targets = {str(attributes["href"]) for _, attributes in elements.every if "href" in attributes}
    assert {target[1:] for target in targets if target.startswith("#")} <= set(identifiers)
    assert {target for target in targets if not target.startswith(("#", "data:"))} == {"claims.json"}


def test_no_request_leaves_the_page(text: str) -> None:
    assert "://" not in text
    assert "default-src 'none'" in text
    loading = {"src", "srcset", "action", "poster", "xlink:href"}
    assert not any(loading & set(attributes) for _, attributes in Elements(text).every)
    assert not re.search(r"@import|url\((?!#)", text)


def test_all_can_be_read_without_script_and_by_a_screen_reader(text: str) -> None:
    elements = Elements(text).every
    filters = next(attributes for tag, attributes in elements if attributes.get("class") == "filters")
    assert "hidden" in filters
    assert not any("hidden" in attributes for tag, attributes in elements if tag == "article")
    buttons = [attributes for tag, attributes in elements if tag == "button"]
    assert all(attributes.get("aria-pressed") or attributes.get("aria-label") for attributes in buttons)
    pictures = [attributes for tag, attributes in elements if tag == "svg"]
    assert all(attributes.get("aria-label") for attributes in pictures)
    assert next(attributes for tag, attributes in elements if tag == "html")["lang"] == "en"


def test_an_entry_shows_printed_beside_measured_and_its_command(text: str, ledger: Ledger) -> None:
    entry = next(entry for entry in ledger.entries if entry.claim.identifier == "FIG7-D-TASK2")
    article = text[text.index('id="FIG7-D-TASK2"') :].partition("</article>")[0]
    for part in (
        "D<sub>k</sub> ~ A<sub>k</sub><sup>−1</sup>",
        entry.finding.verdict.value,
        "python -m validate.scaling --task 2",
        'href="#EQ8"',
        "<use ",
    ):
        assert part in article
    assert 'href="#evidence-task2"' in article
    origin = text[text.index('id="evidence-task2"') :].partition("</section>")[0]
    assert "<dt>training.epochs</dt><dd>500</dd>" in origin
    missing = text[text.index('id="FIG13"') :].partition("</article>")[0]
    assert "not checked on this machine" in missing
    assert "a day" in missing


def test_figures_are_drawn_once(ledger: Ledger, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = page(ledger, record(ledger, True, 1.0), tmp_path)
    monkeypatch.setattr("validate.claims.drawings.inline", None)  # whoever draws again fails
    again = page(ledger, record(ledger, True, 1.0), tmp_path)
    assert first.count("<svg") == again.count("<svg") == text.count("<svg")


def test_the_record_is_as_its_schema_says(ledger: Ledger) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="the schema is tested with jsonschema: pip install '.[test]'")
    schema = json.loads((files("validate.claims") / "schema.json").read_text(encoding="utf-8"))
    content = json.loads(json.dumps(as_json(record(ledger, True, 1.0))))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    assert sum(content["counts"].values()) == len(content["entries"])
    content["entries"][-1]["verdict"] = "holds"  # of missing evidence
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema)
