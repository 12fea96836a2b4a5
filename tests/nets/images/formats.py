"""Small files in the formats in which data sets are published."""

import gzip
import hashlib
import io
import pickle
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from nets.images.archive import Archive
from nets.images.cifar import Cifar
from nets.images.idx import PARTS


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    """An IDX file."""
    axes = np.array(array.shape, dtype=">u4").tobytes()
    return bytes([0, 0, kind, array.ndim]) + axes + array.tobytes()


def idx_arrays(train: int = 60, test: int = 40, size: int = 16, classes: int = 2) -> dict[str, np.ndarray]:
    """{part: array}: bright images of class 1, dark ones of class 0, …, with noise."""
    draws = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", train), ("t10k", test)):
        labels = (np.arange(count) % classes).astype(np.uint8)
        pixels = draws.integers(0, 120, (count, size, size)) + labels[:, None, None] * (135 // max(classes - 1, 1))
        arrays |= {f"{part}-images-idx3-ubyte": pixels.astype(np.uint8), f"{part}-labels-idx1-ubyte": labels}
    return {part: arrays[part] for part in PARTS}


def write_idx(folder: Path, arrays: Mapping[str, np.ndarray], zipped: bool = True) -> Path:
    """The four files."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, array in arrays.items():
        content = idx(array)
        (folder / f"{part}.gz" if zipped else folder / part).write_bytes(gzip.compress(content) if zipped else content)
    return folder


def cifar_batches(cifar: Cifar, count: int = 4) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{file: (n, 3072) pixels, (n,) labels}."""
    draws = np.random.default_rng(1)
    return {
        name: (draws.integers(0, 256, (count, 3072)).astype(np.uint8), np.arange(count) % cifar.classes)
        for name in (*cifar.train, cifar.test)
    }


def binary(cifar: Cifar, count: int = 4) -> dict[str, bytes]:
    """{name: binary records}."""
    files = {}
    for name, (pixels, labels) in cifar_batches(cifar, count).items():
        before = np.tile(labels.astype(np.uint8)[:, None], (1, cifar.labels))
        files[f"{name}.bin"] = np.concatenate([before, pixels], axis=1).tobytes()
    return files


def pickled(cifar: Cifar, count: int = 4) -> dict[str, bytes]:
    """{name: the pickle of a batch}."""
    batches = cifar_batches(cifar, count)
    return {name: pickle.dumps({b"data": x, cifar.key: list(map(int, y))}) for name, (x, y) in batches.items()}


def tar(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar archive of them in a folder."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cifar/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def published(archive: Archive, content: bytes) -> Archive:
    """The archive as if this were its content."""
    return replace(archive, size=len(content), digest=hashlib.sha256(content).hexdigest())
