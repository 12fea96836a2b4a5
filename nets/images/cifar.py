"""CIFAR10 and CIFAR100: the official archives, binary or pickled, and unpacked binary files."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.images.archive import Archive, members, read_checked
from nets.images.image_set import ImageSet

SITE = "https://www.cs.toronto.edu/~kriz"
PIXELS = 3 * 32 * 32


@dataclass(frozen=True)
class Cifar:
    """What one of the two consists of.

    labels       bytes before each image of a binary record; the last one is the class
    binary, pickled     the two archives         train, test    names of files, without ".bin" where they are pickles
    key          under which a pickle holds the labels
    """

    classes: int
    labels: int
    binary: Archive
    pickled: Archive
    train: tuple[str, ...]
    test: str
    key: bytes


CIFAR10 = Cifar(
    10,
    1,
    Archive(
        "cifar-10-binary.tar.gz",
        f"{SITE}/cifar-10-binary.tar.gz",
        170_052_171,
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    ),
    Archive(
        "cifar-10-python.tar.gz",
        f"{SITE}/cifar-10-python.tar.gz",
        170_498_071,
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    ),
    tuple(f"data_batch_{n}" for n in range(1, 6)),
    "test_batch",
    b"labels",
)
CIFAR100 = Cifar(
    100,
    2,
    Archive(
        "cifar-100-binary.tar.gz",
        f"{SITE}/cifar-100-binary.tar.gz",
        168_513_733,
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    ),
    Archive(
        "cifar-100-python.tar.gz",
        f"{SITE}/cifar-100-python.tar.gz",
        169_001_437,
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    ),
    ("train",),
    "test",
    b"fine_labels",
)


def find_cifar(folder: Path, cifar: Cifar) -> Path | None:
    """The archive in the folder, binary before pickled, or the folder itself where unpacked binary files lie in it."""
    paths = (folder / archive.name for archive in (cifar.binary, cifar.pickled))
    archive = next((path for path in paths if path.is_file()), None)
    return archive or (folder if (folder / f"{cifar.test}.bin").is_file() else None)


def read_cifar(path: Path, cifar: Cifar) -> ImageSet:
    """Training and test set of an archive, or of a folder of binary files, which hold nothing but bytes.

    Raises ValueError, one sentence, for what is truncated, damaged, or another archive; nothing is unpickled before the
    digest of the whole archive is known.
    """
    names = (*cifar.train, cifar.test)
    if path.name == cifar.pickled.name:
        files = members(read_checked(path, cifar.pickled))
        parts = [_pickled(files, name, path, cifar) for name in names]
    else:
        files = _files(path, names) if path.is_dir() else members(read_checked(path, cifar.binary))
        parts = [_binary(files, f"{name}.bin", path, cifar) for name in names]
    pixels, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return ImageSet(pixels.reshape(-1, 3, 32, 32), labels, cifar.classes, sum(len(part[1]) for part in parts[:-1]))


def _files(folder: Path, names: tuple[str, ...]) -> Mapping[str, bytes]:
    return {
        f"{name}.bin": (folder / f"{name}.bin").read_bytes() for name in names if (folder / f"{name}.bin").is_file()
    }


def _binary(files: Mapping[str, bytes], name: str, path: Path, cifar: Cifar) -> tuple[np.ndarray, np.ndarray]:
    """(n, 3072) pixels and (n,) labels of records: label bytes, then 1024 red, green and blue ones."""
    content, record = _member(files, name, path), cifar.labels + PIXELS
    if not content or len(content) % record:
        raise ValueError(
            f"the file {name} in {path} is truncated: {len(content)} bytes are no whole number of records of {record}; "
            f"get it anew from {cifar.binary.url}"
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, record)
    return records[:, cifar.labels :], records[:, cifar.labels - 1].astype(np.int64)


def _pickled(files: Mapping[str, bytes], name: str, path: Path, cifar: Cifar) -> tuple[np.ndarray, np.ndarray]:
    batch = pickle.loads(_member(files, name, path), encoding="bytes")
    return np.asarray(batch[b"data"], dtype=np.uint8), np.array(batch[cifar.key], dtype=np.int64)


def _member(files: Mapping[str, bytes], name: str, path: Path) -> bytes:
    if name not in files:
        raise ValueError(f"the file {name} is missing in {path}: get the whole archive anew")
    return files[name]
