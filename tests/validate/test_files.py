"""Results are written whole, and say how they were made."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.table import Table

from validate import files
from validate.files import command_line, provenance, source_state, write_json, write_text


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_names_in_a_text_are_no_markup(tmp_path: Path) -> None:
    table = Table("a[/b]")
    table.add_row("c[b]:smile:")
    write_text(tmp_path / "x.txt", ["results/x[/b] :smile:", table])
    text = (tmp_path / "x.txt").read_text()
    assert all(name in text for name in ("results/x[/b] :smile:", "a[/b]", "c[b]:smile:"))


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    call = ("git", "-c", "safe.directory=*", "-C", str(folder), *identity, *words)
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tracked file beside another, in a repository of one commit."""
    (tmp_path / "package").mkdir()
    for name in ("source.py", "other.py"):
        (tmp_path / "package" / name).write_text("x = 1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path / "package" / "source.py"


def test_a_change_of_any_tracked_file_is_dirty(source: Path) -> None:
    commit = git(source.parent, "rev-parse", "HEAD")
    assert source_state(source) == {"git_commit": commit, "git_dirty": False}
    (source.parent / "new.py").write_text("")  # not tracked
    assert source_state(source) == {"git_commit": commit, "git_dirty": False}
    (source.parent / "other.py").write_text("x = 2\n")
    assert source_state(source) == {"git_commit": commit, "git_dirty": True}
    git(source.parent, "add", ".")
    assert source_state(source)["git_dirty"] is True
    git(source.parent, "commit", "--quiet", "--message", "second")
    assert source_state(source)["git_commit"] != commit
    assert source_state(source)["git_dirty"] is False


def test_the_commit_of_another_users_checkout_is_known(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = git(source.parent, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        subprocess.run(("git", "-C", str(source.parent), "status"), check=True, capture_output=True, text=True)
    assert "dubious ownership" in refused.value.stderr
    assert source_state(source) == {"git_commit": commit, "git_dirty": False}


def test_where_there_is_no_commit_the_record_says_why(
    source: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(path: Path) -> str:
        state = source_state(path)
        assert state["git_dirty"] is None
        return str(state["git_commit"])

    installed = source.parent / "installed.py"  # in a folder of someone's checkout, which does not track it
    installed.write_text("")
    assert unknown(installed).startswith("unknown: error: pathspec 'installed.py' did not match")
    outside = tmp_path_factory.mktemp("outside") / "source.py"
    shutil.copy(source, outside)
    assert unknown(outside).startswith("unknown: fatal: not a git repository")
    monkeypatch.setenv("PATH", "")
    assert unknown(source) == "unknown: [Errno 2] No such file or directory: 'git'"


def test_the_command_line_is_quoted_for_a_shell() -> None:
    module = str(Path(files.__file__).parent / "law" / "__main__.py")
    assert command_line([module, "--out", "a b", "--weights", "1"]) == "python -m validate.law --out 'a b' --weights 1"
    script = str(Path(files.__file__).parent / "scaling.py")
    assert command_line([script, "--task", "1"]) == "python -m validate.scaling --task 1"
    assert command_line(["/usr/bin/pytest", "-k", "x or y"]) == "/usr/bin/pytest -k 'x or y'"


def test_the_record_of_a_command_has_its_words(tmp_path: Path) -> None:
    """As a user gives them, from another process."""
    root = Path(files.__file__).parent.parent
    np.save(tmp_path / "two images.npy", np.random.default_rng(0).random((4, 3, 16, 16)))
    words = ["--model", "tests.validate.test_sensitivity:small", "--images", "two images.npy", "--out", "out"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    call = [sys.executable, "-m", "validate.sensitivity", *words, "--device", "cpu"]
    subprocess.run(call, check=True, cwd=tmp_path, env=environment, capture_output=True)
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())["provenance"]
    assert record["command"] == (
        "python -m validate.sensitivity --model tests.validate.test_sensitivity:small --images 'two images.npy' "
        "--out out --device cpu"
    )
    assert record["git_commit"] == source_state(Path(files.__file__))["git_commit"]
    assert record["device"].startswith("cpu")


def test_the_device_is_that_of_the_runs_that_were_used(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [{"device": "NVIDIA A"}, {"device": "cpu"}, {"device": "NVIDIA A"}]
    assert provenance("cpu", 1.0, runs)["device"] == "NVIDIA A; cpu"
    assert provenance("cpu", 1.0)["device"].startswith("cpu")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"the GPU {device}")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**30)
    made = provenance("cuda", 1.0)
    assert (made["device"], made["peak_memory_gib"]) == ("the GPU cuda", 3.0)


def test_json_is_read_back_and_numbers_share_a_line(tmp_path: Path) -> None:
    record = {
        "empty": [],
        "none": {},
        "x": [1.5, None, 2],
        "table": [[1, 2], [3, 4]],
        "of": {"a": "é\n", "b": [{"c": 1}]},
    }
    write_json(tmp_path / "x.json", record)
    text = (tmp_path / "x.json").read_text()
    assert json.loads(text) == record
    assert ' "x": [1.5, null, 2],' in text.splitlines()


def test_what_all_runs_share_stands_once(tmp_path: Path) -> None:
    runs = [{"run": "a", "device": "cpu", "resumed": 2}, {"run": "b", "device": "cpu"}]
    write_json(tmp_path / "x.json", {"runs": runs})
    record = json.loads((tmp_path / "x.json").read_text())
    assert record["all_runs"] == {"device": "cpu"}
    assert [record["all_runs"] | run for run in record["runs"]] == runs
    write_json(tmp_path / "x.json", {"runs": runs[:1]})
    assert json.loads((tmp_path / "x.json").read_text())["runs"] == runs[:1]
