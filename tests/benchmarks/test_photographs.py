"""Crops of photographs, and folders of many."""

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.memory import DISTINCT, folder_of
from benchmarks.photographs import write_crops


def test_crops_are_those_of_the_seed(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "made.png")
    folders = [tmp_path / name for name in ("first", "again", "other")]
    for folder, seed in zip(folders, (0, 0, 1), strict=True):
        assert write_crops([tmp_path / "made.png"], folder, 3, 32, seed) == 3
    first, again, other = (
        [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))] for folder in folders
    )
    assert [crop.shape for crop in first] == [(32, 32, 3)] * 3
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_folder_of_many_photographs_takes_little_space(tmp_path: Path) -> None:
    files = sorted(folder_of(tmp_path, DISTINCT + 5, 16).glob("*.jpg"))
    assert len(files) == DISTINCT + 5
    assert len({file.stat().st_ino for file in files}) == DISTINCT
