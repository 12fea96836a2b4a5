import os
from pathlib import Path

import pytest

from sweep.files import write_whole


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
