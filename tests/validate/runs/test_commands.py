"""`python -m validate.runs`, as a user runs it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.code import Source
from sweep.lock import acquire
from sweep.run import key, library_version
from sweep.store import Store, status
from sweep.work import Options, make
from tests.sweep.tiny import Tiny
from tests.validate.usage import assert_refused
from validate.runs.__main__ import main
from validate.scaling.__main__ import needed, parser


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store, diary = Store(tmp_path / "runs"), str(tmp_path / "diary")
    for run in (Tiny(1, diary), Tiny(2, diary, steps=2), Tiny(3, diary, steps=5, fault="raise")):
        make(run, store, Options())
    return store


def printed_by(store: Store, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints, with --store before or after the subcommand."""
    option = ["--store", str(store.folder)]
    assert main([*option, *words]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    if words[0] != "rm":
        assert main([*words, *option]) == 0
        assert " ".join(capsys.readouterr().out.split()) == printed
    return printed


def test_list_show_and_rm(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done, failed = Tiny(1, str(tmp_path / "diary")), Tiny(3, str(tmp_path / "diary"), steps=5, fault="raise")
    printed = printed_by(store, capsys, "list")
    assert "tiny 1 │ done" in printed
    assert "tiny 3 │ failed" in printed
    assert "3 runs" in printed
    printed = printed_by(store, capsys, "show", key(done))
    assert '"square": 1' in printed
    assert '"device": "auto"' in printed
    assert "ArithmeticError: number 3 does not work" in printed_by(store, capsys, "show", key(failed))
    printed_by(store, capsys, "rm", key(done), key(failed))
    assert "1 runs" in printed_by(store, capsys, "list")


def test_why_names_what_differs(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Tiny(1, str(tmp_path / "diary"))
    printed = printed_by(store, capsys, "why", key(run))
    assert "done, used by every command that needs these settings" in printed
    assert f"nearest is {key(Tiny(2, run.diary, steps=2))}, done: number 2, not 1; steps 2, not 1" in printed


def test_why_names_code_that_changed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("validate.runs.__main__.source_of", lambda module: Source("changed"))
    printed = printed_by(store, capsys, "why", key(Tiny(2, str(tmp_path / "diary"), steps=2)))
    assert "made by other code than this, in tests.sweep.tiny: not used" in printed


@pytest.mark.parametrize("words", [["appendix"], ["appendix", "--terms", "3"], ["scaling", "--task", "2", "--no-nets"]])
def test_why_of_a_command_that_trains_nothing(
    words: list[str], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "trains nothing and needs no runs" in printed_by(store, capsys, "why", *words)


def test_why_names_both_versions(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tiny, "libraries", ("rich",))
        patch.setattr("sweep.run.library_version", lambda name: "0.1")
        run = Tiny(4, str(tmp_path / "diary"))
        assert make(run, store, Options()) == "done"
        name = key(run)
    printed = printed_by(store, capsys, "why", name)
    assert f"made with rich 0.1, and this is {library_version('rich')}: not used" in printed


def folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "of the same size": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "missing": Path.unlink,
    "a folder": folder_in_place,
}


@pytest.mark.parametrize("file", ["settings.json", "result.json", "count.txt"])
@pytest.mark.parametrize("how", DAMAGES)
def test_list_and_show_name_what_is_damaged(
    file: str, how: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = store.path(Tiny(1, str(tmp_path / "diary")))
    DAMAGES[how](folder / file)
    for words in (["list"], ["show", folder.name]):
        assert f"damaged: {file} is {'missing' if how == 'missing' else 'damaged'}" in printed_by(store, capsys, *words)


def test_why_of_a_command(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_by(store, capsys, "why", "scaling", "--task", "2", "--channels", "8", "--seeds", "3")
    assert "width 8, seeds 0–1, measured): missing" in printed
    assert "no other run of this kind is in the store" in printed


@pytest.mark.parametrize("option", [["--store", "{}"], ["--store={}"]])
def test_why_of_a_command_looks_into_the_store_that_is_named(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever the option stands: of one training of ten epochs a run is there, of one of eleven not."""
    store = Store(tmp_path / "other")
    words = ["scaling", "--task", "2", "--image-width", "32", "--scale", "8", "--depth", "4", "--channels", "4"]
    words += ["--training-images", "16", "--seeds", "1"]
    ten, eleven = (needed(parser().parse_args([*words[1:], "--epochs", str(n)]))[0] for n in (10, 11))
    assert make(ten, store, Options()) == "done"
    placed = [word.format(store.folder) for word in option]
    for line in (
        ["why", *words, "--epochs", "10", *placed],
        ["why", *placed, *words, "--epochs", "10"],
        [*placed, "why", *words, "--epochs", "10"],
        ["why", "scaling", *placed, *words[1:], "--epochs", "10"],
    ):
        assert main(line) == 0
        assert f"{key(ten)} ({ten.title}): done" in " ".join(capsys.readouterr().out.split())
    assert main(["why", *words, "--epochs", "11", *placed]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"{key(eleven)} ({eleven.title}): missing" in printed
    assert f"nearest is {key(ten)}, done: of.training.epochs 10, not 11" in printed


@pytest.mark.parametrize("command", [[], ["list"], ["show"], ["rm"], ["why"]])
def test_help_at_each_level(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command, "-h"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(" ".join(["usage: python -m validate.runs", *command]))
    assert "--store DIR" in printed


def test_names_are_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that looks like a style or the end of one is printed as it is."""
    store, run = Store(tmp_path / "x[b]y[/]"), Tiny(1, "/dev/null")
    assert make(run, store, Options()) == "done"
    for words in (["list"], ["show", key(run)]):
        assert main([*words, "--store", str(store.folder)]) == 0
        assert "x[b]y[/]" in "".join(capsys.readouterr().out.split())


def test_a_run_that_is_being_made_is_not_deleted(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Tiny(3, str(tmp_path / "diary"), steps=5, fault="raise")
    lock = acquire(store.path(run))
    assert lock is not None
    with lock:
        assert "made on" in printed_by(store, capsys, "show", key(run))
        assert_refused(main, ["--store", str(store.folder), "rm", key(run)], "is being made", capsys)
    printed_by(store, capsys, "rm", key(run))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "command is missing"),
        (["run"], "'run' is no command: use one of"),
        (["show"], "NAME is missing"),
        (["rm"], "NAME is missing"),
        (["list", "all"], "all is no argument of this command"),
        (["show", "zzz"], "holds no run zzz"),
        (["show", "tiny-"], "beginning of 3 runs"),
        (["rm", ""], "an empty name"),
        (["rm", ".git"], "holds no run .git"),
        (["why", "scaling", "--task", "3"], "--task: 3 is out of range"),
        (["why", "zzz", "--task", "3"], "zzz is no command"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(
    words: list[str], named: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(main, ["--store", str(store.folder), *words], named, capsys)
    assert len(list(store)) == 3


def test_what_is_no_run_is_not_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Tiny(1, "/dev/null")
    assert make(run, Store(tmp_path / "other"), Options()) == "done"
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").write_text("{}")
    (tmp_path / key(run)).symlink_to(Store(tmp_path / "other").path(run))
    for name, named in ((".vsc", "holds no run"), ("", "an empty name"), ("tiny", "is a link")):
        assert_refused(main, ["rm", name, "--store", str(tmp_path)], named, capsys)
    assert (tmp_path / ".vscode" / "settings.json").exists()
    assert status(Store(tmp_path / "other").path(run)) == "done"
