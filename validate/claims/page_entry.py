"""One entry of the page."""

import math
from collections.abc import Mapping
from html import escape
from textwrap import shorten

from validate.claims.drawings import copy_of, name_of
from validate.claims.formulas import marked_up, mathml
from validate.claims.graph import CLASSES, SYMBOLS
from validate.claims.ledger import Entry, Obtained

# of a setting that differs between runs, in characters
LONGEST = 200


def article(entry: Entry, drawn: Mapping[str, str]) -> str:
    """Place, statement, printed beside measured, verdict, command, how it was made, what it rests on, its picture."""
    claim, finding = entry.claim, entry.finding
    ours = ' <span class="place">(ours)</span>' if claim.ours else ""
    formula = _formula(entry) if claim.formula else ""
    return (
        f'<article class="entry {CLASSES[finding.verdict]}" id="{claim.identifier}" '
        f'data-verdict="{finding.verdict.value}" data-section="{claim.section}">'
        f'<h3><a href="#{claim.identifier}">{claim.identifier}</a> <span class="place">{escape(claim.place)}</span>'
        f"{ours}</h3><p>{marked_up(claim.statement)}</p>{formula}"
        f'<p class="verdict">{SYMBOLS[finding.verdict]} {finding.verdict.value}</p>'
        f"<dl>{''.join(_row(name, value) for name, value in _facts(entry).items() if value)}</dl>"
        f"{_command(entry)}{_picture(entry, drawn)}</article>"
    )


def _formula(entry: Entry) -> str:
    """In a box of its own that a keyboard reaches: wider than a phone it is scrolled."""
    claim = entry.claim
    label = escape(f"Formula of {claim.identifier}")
    return f'<div class="formula" tabindex="0" role="group" aria-label="{label}">{mathml(claim.formula)}</div>'


def _facts(entry: Entry) -> dict[str, str]:
    """{heading: HTML}."""
    claim, finding, obtained = entry.claim, entry.finding, entry.obtained
    facts = {"printed": marked_up(claim.printed), "measured": marked_up(finding.measured)}
    if finding.interval is not None and all(map(math.isfinite, finding.interval)):
        facts["interval"] = f"[{finding.interval[0]:+.3f}, {finding.interval[1]:+.3f}]"
    facts["remark"] = marked_up(finding.remark)
    if entry.former is not None:
        former = f"{entry.former.verdict} ({entry.former.measured}), of {obtained.kept and obtained.kept.made['date']}"
        facts["stale"] = escape(former)
    facts["rests on"] = ", ".join(f'<a href="#{name}">{name}</a>' for name in claim.rests_on)
    if obtained.kept is not None:
        made = obtained.kept.made
        source = f"version {made['version']}, commit {made['commit'][:12]}"
        how = escape(f"{made['seconds']:g} s on {made['hardware']}, {made['date']}, {source}")
        facts["made in"] = f'{how}, <a href="#{anchor(obtained)}">settings</a>'
    return facts


def anchor(obtained: Obtained) -> str:
    """Where the page says how the evidence was made."""
    return f"evidence-{obtained.evidence.name}"


def origin(obtained: Obtained) -> str:
    """How the evidence was made: command, state, and the settings of the runs that it took."""
    made = obtained.kept.made if obtained.kept else {}
    settings = {name: ", ".join(map(str, values)) for name, values in made.get("settings", {}).items()}
    rows = "".join(
        _row(escape(name), escape(shorten(text, LONGEST, placeholder=" …"))) for name, text in settings.items()
    )
    needs = f": {obtained.why_missing}" if obtained.why_missing else ""
    return (
        f'<section id="{anchor(obtained)}"><h3>{obtained.evidence.name}</h3>'
        f"<p><code>{escape(obtained.evidence.command)}</code>: {obtained.state}{escape(needs)}</p>"
        f"{f'<details><summary>Settings</summary><dl>{rows}</dl></details>' if rows else ''}</section>"
    )


def _row(name: str, value: str) -> str:
    return f"<dt>{name}</dt><dd>{value}</dd>"


def _command(entry: Entry) -> str:
    command = escape(entry.obtained.evidence.command)
    label = escape(f"copy the command of {entry.claim.identifier}")
    return f'<p><code>{command}</code> <button type="button" class="copy" aria-label="{label}" hidden>copy</button></p>'


def _picture(entry: Entry, drawn: Mapping[str, str]) -> str:
    name = name_of(entry)
    if not name:
        return ""
    picture = copy_of(name, drawn[name], f"Figure of {entry.claim.identifier}, {entry.claim.place}")
    return f"<details><summary>Picture</summary><figure>{picture}</figure></details>"
