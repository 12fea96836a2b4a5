"""IDX files: read, and refused with a reason each."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nets.images.idx import read_idx, read_idx_set
from nets.images.registry import Source, read_images
from tests.nets.images.formats import idx, idx_arrays, write_idx

IMAGES = "train-images-idx3-ubyte"


@pytest.mark.parametrize("zipped", [True, False])
def test_four_files_are_a_training_and_a_test_set(tmp_path: Path, zipped: bool) -> None:
    arrays = idx_arrays()
    images = read_idx_set(write_idx(tmp_path, arrays, zipped))
    assert images.pixels.shape == (100, 1, 16, 16)
    assert (images.training, images.classes, images.channels, images.size) == (60, 2, 1, 16)
    assert np.array_equal(images.pixels[:60, 0], arrays[IMAGES])
    assert np.array_equal(images.labels[60:], arrays["t10k-labels-idx1-ubyte"])


def test_the_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    arrays = idx_arrays()
    first, packed = (read_idx_set(write_idx(tmp_path / str(z), arrays, z)) for z in (True, False))
    assert first.digest == packed.digest
    arrays[IMAGES][0, 0, 0] ^= 1
    assert read_idx_set(write_idx(tmp_path / "other", arrays)).digest != first.digest


def test_other_files_of_the_same_names_are_not_fashion(tmp_path: Path) -> None:
    source = Source(write_idx(tmp_path, idx_arrays()))
    assert read_images("idx", source).size == 28
    with pytest.raises(ValueError, match="are not Fashion-MNIST but another data set"):
        read_images("fashion", source)


def corrupted(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda content: gzip.compress(content)[:-20], "is truncated"),
        (lambda content: corrupted(gzip.compress(content)), "is damaged"),
        (lambda content: b"no gzip", "is damaged"),
        (lambda content: gzip.compress(content[:-3]), "is truncated, 15373 bytes of 15376"),
        (lambda content: gzip.compress(content[:9]), "is truncated, 9 bytes of 16"),
        (lambda content: gzip.compress(content + b"x"), "has 15377 bytes, and its first say 15376"),
        (lambda content: gzip.compress(b"<html>"), "is no IDX file"),
        (lambda content: gzip.compress(b""), "is no IDX file"),
        (lambda content: gzip.compress(content[:2] + b"\x0b" + content[3:]), "numbers of 16 bits"),
        (lambda content: gzip.compress(idx(np.zeros(60, np.uint8))), "has 1 axes, not 3"),
        (lambda content: gzip.compress(idx(np.zeros((59, 16, 16), np.uint8))), "has 59 images and 60 labels"),
        (lambda content: gzip.compress(idx(np.zeros((60, 8, 8), np.uint8))), "take one data set"),
        (lambda content: gzip.compress(idx(np.zeros((0, 16, 16), np.uint8))), "has 0 images and 60 labels"),
    ],
)
def test_bad_files_are_one_sentence(tmp_path: Path, change: Callable[[bytes], bytes], named: str) -> None:
    arrays = idx_arrays()
    path = write_idx(tmp_path, arrays) / f"{IMAGES}.gz"
    path.write_bytes(change(idx(arrays[IMAGES])))
    with pytest.raises(ValueError, match=named) as refusal:
        read_idx_set(tmp_path)
    assert "\n" not in str(refusal.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_idx(tmp_path / "nothing")
    write_idx(tmp_path, idx_arrays())
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte, gzipped or not, is missing"):
        read_images("fashion", Source(tmp_path))


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        (idx_arrays(classes=1), "images of 1 classes cannot be told apart"),
        (idx_arrays(train=0, test=0), "0 images of 0 classes"),
        ({part: array[..., :8] if array.ndim == 3 else array for part, array in idx_arrays().items()}, "give squares"),
    ],
)
def test_sets_without_use_are_one_sentence(tmp_path: Path, arrays: dict[str, np.ndarray], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_idx_set(write_idx(tmp_path, arrays))
