"""Folders of pictures: read, and what cannot be used is named."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nets.images.folder import read_folder
from nets.images.registry import Source, read_images


def picture(path: Path, colour: tuple[int, ...] | int, size: tuple[int, int] = (40, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(colour, int) else "RGB", size, colour).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for n in range(3):
        picture(tmp_path / "red" / f"{n}.png", (200, 10, 10))
        picture(tmp_path / "green" / "deeper" / f"{n}.jpg", (10, 200, 10), (20, 50))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no picture")
    return tmp_path


def test_classes_are_folders_in_the_order_of_their_names(folder: Path) -> None:
    images = read_folder(folder, 16)
    assert images.pixels.shape == (6, 3, 16, 16)
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert (images.classes, images.training) == (2, 6)
    np.testing.assert_allclose(images.pixels[4].mean((1, 2)), [200, 10, 10], atol=1)
    assert read_images("imagefolder", Source(folder)).size == 32


def test_the_middle_is_kept(tmp_path: Path) -> None:
    for name in ("a", "b"):
        picture(tmp_path / name / "x.png", 0)
        pixels = np.zeros((20, 60), np.uint8)
        pixels[:, 20:40] = 255
        Image.fromarray(pixels).save(tmp_path / name / "x.png")
    images = read_folder(tmp_path, 20)
    assert images.channels == 1
    assert (images.pixels == 255).all()


def of_16_bits(path: Path, mode: str) -> None:
    array = np.full((20, 20), 40_000, np.uint16)
    Image.fromarray(array).save(path)
    if mode == "RGB":  # Pillow writes none: a PNG by hand
        import struct
        import zlib

        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        rows = (b"\0" + b"\x9c\x40" * 60) * 20
        header = struct.pack(">IIBBBBB", 20, 20, 16, 2, 0, 0, 0)
        parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def truncated(path: Path) -> None:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)).save(content, "png")
    path.write_bytes(content.getvalue()[:2000])


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda path: path.write_text("a text"), "bad.png is no picture, as its first bytes say"),
        (lambda path: path.write_bytes(b""), "bad.png is no picture"),
        (truncated, "bad.png cannot be read"),
        (lambda path: of_16_bits(path, "L"), "bad.png has 16 bits a colour, not 8"),
        (lambda path: of_16_bits(path, "RGB"), "bad.png has 16 bits a colour, not 8"),
        (lambda path: picture(path, 7), "bad.png is grey, and others are in colour"),
    ],
)
def test_what_cannot_be_used_is_refused_or_left_out(folder: Path, make: object, named: str) -> None:
    bad = folder / "green" / "bad.png"
    make(bad)  # type: ignore[operator]
    with pytest.raises(ValueError, match=f"{named}.*: take it out, or use --skip-unusable") as refusal:
        read_folder(folder, 16)
    assert "\n" not in str(refusal.value)
    images = read_folder(folder, 16, skip=True)
    assert len(images.labels) == 6
    assert len(images.left_out) == 1
    assert named in images.left_out[0]


def test_several_bad_files_are_counted(folder: Path) -> None:
    for n in range(3):
        (folder / "red" / f"bad{n}.png").write_text("text")
    with pytest.raises(ValueError, match=r"bad0.png is no picture, as its first bytes say, and 2 more: take it out"):
        read_folder(folder, 16)


def test_folders_without_use_are_one_sentence(tmp_path: Path) -> None:
    for path, named in ((tmp_path / "nothing", "cannot be read"), (tmp_path, "holds 0 folders with pictures")):
        with pytest.raises(ValueError, match=named):
            read_folder(path, 16)
    picture(tmp_path / "only" / "x.png", 3)
    with pytest.raises(ValueError, match="holds 1 folders with pictures"):
        read_folder(tmp_path, 16)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.png").write_text("text")
    with pytest.raises(ValueError, match="images of 1 classes cannot be told apart"):
        read_folder(tmp_path, 16, skip=True)
    (tmp_path / "only" / "x.png").write_text("text")
    with pytest.raises(ValueError, match="holds no picture that can be used"):
        read_folder(tmp_path, 16, skip=True)
    with pytest.raises(ValueError, match="not named: use --data-dir"):
        read_images("imagefolder", Source())
