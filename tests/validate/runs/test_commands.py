"""`python -m validate.runs`, as a user runs it."""

from pathlib import Path

import pytest

from tests.validate.runs.tiny import Tiny
from tests.validate.usage import assert_refused
from validate.runs.__main__ import main
from validate.runs.claim import claim
from validate.runs.run import key
from validate.runs.store import Store
from validate.runs.work import Options, make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store, diary = Store(tmp_path / "runs"), str(tmp_path / "diary")
    for run in (Tiny(1, diary), Tiny(2, diary, steps=2), Tiny(3, diary, steps=5, fault="raise")):
        make(run, store, Options())
    return store


def said(store: Store, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["--store", str(store.folder), *words]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_list_show_and_rm(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, failed = Tiny(1, str(tmp_path / "diary")), Tiny(3, str(tmp_path / "diary"), steps=5, fault="raise")
    printed = said(store, capsys, "list")
    assert "tiny 1 │ done" in printed
    assert "tiny 3 │ failed" in printed
    assert "3 runs" in printed
    printed = said(store, capsys, "show", key(one))
    assert '"square": 1' in printed
    assert '"versions"' in printed
    assert "ArithmeticError: number 3 does not work" in said(store, capsys, "show", key(failed))
    said(store, capsys, "rm", key(one), key(failed))
    assert "1 runs" in said(store, capsys, "list")


def test_why_names_what_differs(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = Tiny(1, str(tmp_path / "diary"))
    printed = said(store, capsys, "why", key(one))
    assert "it is taken where the same settings are asked" in printed
    assert f"nearest is {key(Tiny(2, one.diary, steps=2))}, done: number 1, there 2; steps 1, there 2" in printed


def test_why_names_code_that_changed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validate.runs.__main__.code_digest", lambda module: "changed")
    printed = said(store, capsys, "why", key(Tiny(2, str(tmp_path / "diary"), steps=2)))
    assert "made by other code than this, in tests.validate.runs.tiny: not taken" in printed


def test_why_of_a_command(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    printed = said(store, capsys, "why", "scaling", "--task", "2", "--width", "8", "--seeds", "3")
    assert "width 8, seeds 0–1, measured): missing" in printed
    assert "no other run of this kind is in the store" in printed


def test_a_run_that_is_being_made_is_not_deleted(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Tiny(3, str(tmp_path / "diary"), steps=5, fault="raise")
    held = claim(store.place(run))
    assert held is not None
    with held:
        assert "made on" in said(store, capsys, "show", key(run))
        assert_refused(main, ["--store", str(store.folder), "rm", key(run)], "is being made", capsys)
    said(store, capsys, "rm", key(run))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run"], "run is none of the commands"),
        (["show"], "the name of a run"),
        (["rm"], "the name of a run"),
        (["list", "all"], "no name"),
        (["show", "zzz"], "holds no run zzz"),
        (["show", "tiny-"], "beginning of 3 runs"),
        (["why", "scaling", "--task", "3"], "task 3"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    words: list[str], named: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(main, ["--store", str(store.folder), *words], named, capsys)
