"""CIFAR's archives: read, checked before anything is unpickled, and refused with a reason each."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nets.images.cifar import CIFAR10, CIFAR100, Cifar, find_cifar, read_cifar
from nets.images.registry import Source, read_images
from tests.nets.images.formats import binary, cifar_batches, pickled, published, tar


def placed(folder: Path, cifar: Cifar, form: str) -> tuple[Path, Cifar]:
    """A small archive in the folder, and the data set as if it were the published one."""
    content = tar(binary(cifar) if form == "binary" else pickled(cifar))
    small = (
        replace(cifar, binary=published(cifar.binary, content))
        if form == "binary"
        else replace(cifar, pickled=published(cifar.pickled, content))
    )
    path = folder / getattr(small, form).name
    path.write_bytes(content)
    return path, small


@pytest.mark.parametrize("cifar", [CIFAR10, CIFAR100], ids=lambda cifar: str(cifar.classes))
def test_all_forms_hold_the_same(tmp_path: Path, cifar: Cifar) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for name, content in binary(cifar).items():
        (unpacked / name).write_bytes(content)
    forms = [read_cifar(unpacked, cifar)]
    for form in ("binary", "pickled"):
        (tmp_path / form).mkdir()
        path, own = placed(tmp_path / form, cifar, form)
        assert find_cifar(tmp_path / form, own) == path
        forms.append(read_cifar(path, own))
    assert len({images.digest for images in forms}) == 1
    pixels, labels = cifar_batches(cifar)[cifar.test]
    assert forms[0].training == 4 * len(cifar.train)
    assert np.array_equal(forms[0].pixels[-4:], pixels.reshape(4, 3, 32, 32))
    assert np.array_equal(forms[0].labels[-4:], labels)


@pytest.mark.parametrize("form", ["binary", "pickled"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda content: content[:-100], "is truncated, .* bytes of"),
        (lambda content: b"x" + content[1:], "is damaged, or another one: its SHA-256 begins with"),
        (lambda content: content + b"x", "is damaged, or another one"),
    ],
)
def test_archives_are_checked_by_digest(
    tmp_path: Path, form: str, change: Callable[[bytes], bytes], named: str
) -> None:
    path, cifar = placed(tmp_path, CIFAR10, form)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=named) as refusal:
        read_cifar(path, cifar)
    assert "\n" not in str(refusal.value)


class Trap:
    """Unpickling it calls a function."""

    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("was unpickled",)


def test_nothing_of_another_digest_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / CIFAR10.pickled.name
    path.write_bytes(tar({name: pickle.dumps(Trap()) for name in (*CIFAR10.train, CIFAR10.test)}))
    with pytest.raises(ValueError, match="is truncated"):
        read_cifar(path, CIFAR10)
    with pytest.raises(ValueError, match="is truncated"):
        read_images("cifar10", Source(tmp_path))


def test_parts_that_lack_are_named(tmp_path: Path) -> None:
    for name, content in binary(CIFAR10).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "data_batch_3.bin").write_bytes(b"x" * 3072)
    with pytest.raises(ValueError, match=r"data_batch_3.bin in .* is truncated: 3072 bytes"):
        read_cifar(tmp_path, CIFAR10)
    (tmp_path / "data_batch_3.bin").unlink()
    with pytest.raises(ValueError, match=r"data_batch_3.bin is missing"):
        read_images("cifar10", Source(tmp_path))


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_without_files_it_says_how_to_get_them(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=rf"the data set {name} is not there .*--download .* \(1.. MB\)"):
        read_images(name, Source(tmp_path))
