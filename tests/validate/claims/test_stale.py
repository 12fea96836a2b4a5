"""Evidence whose code has changed is stale, and with it the entries that rest on it and no others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sweep import code
from sweep.code import Source
from sweep.make import RunsFailed
from sweep.store import Store
from validate.claims.claim import Verdict
from validate.claims.entries import CLAIMS, EVIDENCE
from validate.claims.evidence import FORM, digest, identity, kept, machine, path_of, settings
from validate.claims.ledger import Ledger, assess, obtain
from validate.runs.settings import RunSettings

NAMES = ("appendix", "law", "definitions", "task2", "figure8")
CONSOLE = Console(quiet=True)


@pytest.fixture
def making(values: dict[str, Any], tmp_path: Path) -> RunSettings:
    """A store in which all evidence is stored and current."""
    store = Store(tmp_path / "runs")
    for name in NAMES:
        of = identity(EVIDENCE[name])
        record = {"form": FORM, "digest": digest(of), "code": of, "made": machine(1.0), "values": values[name]}
        path_of(EVIDENCE[name], store).parent.mkdir(parents=True, exist_ok=True)
        path_of(EVIDENCE[name], store).write_text(json.dumps(record))
    return RunSettings(store)


@pytest.fixture
def unedited() -> Iterator[None]:
    """What tests edit is as it was afterwards."""
    sources = dict(code.SOURCES)
    yield
    code.SOURCES.clear()
    code.SOURCES.update(sources)


def edit(module: str) -> None:
    source = code.source_of(module)
    assert source is not None
    code.SOURCES[module] = Source("edited", source.imported)


def ledger(making: RunSettings) -> Ledger:
    """Nothing can be made anew: what is stale stays so."""
    claims = [claim for claim in CLAIMS if claim.evidence in NAMES]
    dear = {name: replace(EVIDENCE[name], needs="a day") for name in NAMES}
    return assess(claims, {name: obtain(evidence, True, making, CONSOLE) for name, evidence in dear.items()})


def states(of: Ledger) -> dict[str, str]:
    return {entry.claim.evidence: entry.obtained.state for entry in of.entries}


@pytest.mark.parametrize(
    ("module", "stale"),
    [
        ("theory.moved_lost", {"law"}),
        ("validate.appendix.convergence", {"appendix"}),
        ("validate.claims.checks", {"definitions"}),
        ("nets.simple.seed_result", {"task2", "law"}),
        ("validate.deep.homogeneous", {"figure8"}),
        ("validate.claims.page", set()),
    ],
)
def test_exactly_what_rests_on_an_edited_module_is_stale(
    making: RunSettings, unedited: None, module: str, stale: set[str]
) -> None:
    before = ledger(making)
    assert set(states(before).values()) == {"current"}
    edit(module)
    after = ledger(making)
    changed = {name for name, state in states(after).items() if state == "stale"}
    # a module may be used by more than its own subject; what matters is that it is where it is imported
    assert changed == {name for name in NAMES if module in identity(EVIDENCE[name])}
    assert stale <= changed
    for old, new in zip(before.entries, after.entries, strict=True):
        if new.claim.evidence in changed:
            assert new.finding.verdict == Verdict.NOT_CHECKED
            assert module in new.finding.remark
            assert new.former == old.finding
        else:
            assert (new.finding, new.former) == (old.finding, None)


def test_subjects_do_not_share_more_than_they_must() -> None:
    closures = {name: set(identity(EVIDENCE[name])) for name in NAMES}
    assert not any("validate.law.split" in closures[name] for name in NAMES if name != "law")
    assert not any(name.startswith("validate.appendix") for name in closures["law"] | closures["task2"])
    assert not any(name.startswith("validate.claims") for name in closures["law"] | closures["appendix"])


def test_another_version_is_stale(making: RunSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validate.claims.evidence.library_version", lambda name: "9.9")
    stored = kept(EVIDENCE["law"], making.store)
    assert stored is not None
    assert "spatial-pooling" in stored.changed


def test_other_settings_of_runs_are_stale(making: RunSettings) -> None:
    """As those of another preset, or of data that have changed."""
    path = path_of(EVIDENCE["task2"], making.store)
    content = json.loads(path.read_text())
    for epochs, changed in ((None, []), (7, ["setting training.epochs"])):
        content["made"]["settings"] = settings(EVIDENCE["task2"].runs())
        if epochs:
            content["made"]["settings"]["training.epochs"] = [epochs]
        path.write_text(json.dumps(content))
        stored = kept(EVIDENCE["task2"], making.store)
        assert stored is not None
        assert stored.changed == changed


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": 1}', "null"])
def test_damaged_evidence_is_none(making: RunSettings, text: str) -> None:
    path_of(EVIDENCE["law"], making.store).write_text(text)
    assert kept(EVIDENCE["law"], making.store) is None


def test_values_of_another_form_are_missing(making: RunSettings) -> None:
    path = path_of(EVIDENCE["definitions"], making.store)
    path.write_text(json.dumps({**json.loads(path.read_text()), "values": {"eq1": 0}}))
    entries = [entry for entry in ledger(making).entries if entry.claim.evidence == "definitions"]
    assert {entry.obtained.state for entry in entries} == {"missing"}
    assert all("needs" in entry.finding.remark for entry in entries)


def test_failed_runs_leave_the_other_claims(making: RunSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RunsFailed({"training-0": "its loss is not finite"})

    monkeypatch.setattr("validate.claims.ledger.make", fail)
    path_of(EVIDENCE["definitions"], making.store).unlink()
    obtained = obtain(EVIDENCE["definitions"], True, making, CONSOLE)
    assert (obtained.state, "failed" in obtained.why_missing) == ("missing", True)
