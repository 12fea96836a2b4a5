"""The ledger as one HTML page that asks nothing of a network: style, script, formulas and figures are inside."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from validate.claims.claim import Verdict
from validate.claims.drawings import drawings
from validate.claims.graph import CLASSES, SYMBOLS, graph
from validate.claims.ledger import Entry, Ledger
from validate.claims.page_entry import article, origin

SECTIONS = {
    "1": "Section 1: Introduction",
    "2": "Section 2: Real data",
    "3": "Section 3: Scale detection",
    "4": "Section 4: Set-up and assumptions",
    "4.1": "Section 4.1: Task 1, stride 1",
    "4.2": "Section 4.2: Task 2, stride equal filter size",
    "4.3": "Section 4.3: Predictions and experiments",
    "A": "Appendix A: Proofs",
    "B": "Appendix B: Experiments",
    "C": "Appendix C: Further figures",
    "ours": "Our own additions",
}
PARTS = {"graph": "What rests on what", "evidence": "How the evidence was made", "gallery": "Gallery"}


def page(ledger: Ledger, content: Mapping[str, Any], pictures: Path) -> str:
    """The whole page; `content` is the ledger's record, `pictures` the folder that keeps figures."""
    folder = Path(__file__).parent
    template, style, script = ((folder / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    drawn = drawings(ledger.entries, pictures)
    present = [name for name in SECTIONS if any(entry.claim.section == name for entry in ledger.entries)]
    return Template(template).substitute(
        style=style,
        script=script,
        count=len(ledger.entries),
        made=_made(content),
        bar=_bar(ledger),
        summary=_summary(ledger),
        contents=" · ".join(
            [*(f'<a href="#{_anchor(name)}">{escape(SECTIONS[name])}</a>' for name in present),
             *(f'<a href="#{name}">{title}</a>' for name, title in PARTS.items())]
        ),
        verdicts=_buttons("verdict", {v.value: f"{SYMBOLS[v]} {v.value}" for v in Verdict}),
        sections=_buttons("section", {name: SECTIONS[name].partition(":")[0] for name in present}),
        entries="\n".join(_section(name, ledger.entries, drawn) for name in present),
        graph=graph(ledger.entries),
        evidence="\n".join(map(origin, {e.claim.evidence: e.obtained for e in ledger.entries}.values())),
        gallery=_gallery(drawn, ledger.entries),
    )  # fmt: skip


def _anchor(section: str) -> str:
    return f"section-{section.replace('.', '-')}"


def _made(content: Mapping[str, Any]) -> str:
    made = content["made"]
    commit = str(made["commit"])[:12]
    return escape(f"Version {made['version']}, commit {commit}, {made['date']}, on {made['hardware']}.")


def _bar(ledger: Ledger) -> str:
    return "".join(
        f'<span class="{CLASSES[verdict]}" style="flex-grow:{ledger.counts[verdict]}"></span>' for verdict in Verdict
    )


def _summary(ledger: Ledger) -> str:
    return "".join(
        f'<li class="{CLASSES[v]}"><strong>{ledger.counts[v]}</strong>{SYMBOLS[v]} {v.value}</li>' for v in Verdict
    )


def _buttons(name: str, labels: Mapping[str, str]) -> str:
    every = {"": "all", **labels}
    return "".join(
        f'<button type="button" data-{name}="{escape(value)}" aria-pressed="{str(not value).lower()}">{escape(label)}'
        "</button>"
        for value, label in every.items()
    )


def _section(name: str, entries: Sequence[Entry], drawn: Mapping[str, str]) -> str:
    articles = "\n".join(article(entry, drawn) for entry in entries if entry.claim.section == name)
    title = escape(SECTIONS[name])
    return f'<section class="claims" id="{_anchor(name)}"><h2>{title}</h2>\n{articles}\n</section>'


def _gallery(drawn: Mapping[str, str], entries: Sequence[Entry]) -> str:
    """Every figure once, Fig. 7 of both tasks first: theory, exact simulation and networks in the same axes."""
    first = [name for name in ("task1-sensitivities", "task2-sensitivities") if name in drawn]
    figures = []
    for name in [*first, *(name for name in drawn if name not in first)]:
        evidence = next(e.obtained.evidence for e in entries if name.startswith(f"{e.obtained.evidence.name}-"))
        title = "Fig. 7, three ways: theory, exact simulation, networks. " if name in first else ""
        caption = f"{title}<code>{escape(evidence.command)}</code>"
        figures.append(f"<figure>{drawn[name]}<figcaption>{caption}</figcaption></figure>")
    return "\n".join(figures) or "<p>No evidence, no figure.</p>"
