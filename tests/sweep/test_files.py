import os
from pathlib import Path

import pytest

from sweep.files import why_not_writable, write_text_whole, write_whole


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_whole(path, lambda part: part.write_text("old"))

    def fail(part: Path) -> None:
        part.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


def test_the_file_and_then_its_folder_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is durable only once its folder is."""
    calls: list[str] = []

    def fsync(handle: int) -> None:
        calls.append(Path(f"/proc/self/fd/{handle}").resolve().name.partition(".")[0] or "part")

    replace = os.replace

    def renamed(*paths: Path) -> None:
        calls.append("replace")
        replace(*paths)

    monkeypatch.setattr("sweep.files.os.fsync", fsync)
    monkeypatch.setattr("sweep.files.os.replace", renamed)
    write_whole(tmp_path / "result.json", lambda part: part.write_text("x"))
    assert calls == ["part", "replace", tmp_path.name]


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    path = tmp_path / "task2.png"
    (tmp_path / ".task2.0123abcd.png").write_text("half")
    others = [tmp_path / name for name in (".task1.0123abcd.png", ".task2.0123abcd.txt", ".task2.notes.png")]
    for other in others:
        other.write_text("of the user, or of another result")

    def write(part: Path) -> None:
        write_text_whole(path, "another process, meanwhile")
        part.write_text("this one")

    write_whole(path, write)
    assert path.read_text() == "this one"
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


def test_whether_a_folder_can_be_written_is_known_without_writing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert why_not_writable(tmp_path / "new" / "deep") is None
    for name in ("file", "file/below", "link"):
        assert why_not_writable(tmp_path / name) == "Not a directory"
    assert why_not_writable(Path("/proc/sys/new")) == "Permission denied"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
