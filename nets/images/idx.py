"""The IDX format of MNIST and Fashion-MNIST: arrays of bytes, gzipped or not.

Two bytes 0, one for the type of number (8: unsigned bytes), one for the number of axes, each axis as four bytes, the
most significant first, then the numbers.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np

from nets.images.image_set import ImageSet

UNSIGNED_BYTE = 8
BITS = {9: 8, 11: 16, 12: 32, 13: 32, 14: 64}
PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def read_idx(path: Path) -> np.ndarray:
    """The array of bytes in an IDX file, gzipped where its name ends so.

    Raises ValueError, one sentence, for a file that is missing, damaged, truncated, too long, or holds other numbers.
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in (UNSIGNED_BYTE, *BITS):
        raise ValueError(f"the file {path} is no IDX file, as its first bytes say: get it anew from its source")
    kind, axes = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        raise ValueError(
            f"the file {path} holds numbers of {BITS[kind]} bits, not unsigned bytes: scale them to 0 … 255 and write "
            "them as bytes"
        )
    start = 4 + 4 * axes
    shape = tuple(int(n) for n in np.frombuffer(content[4:start], dtype=">u4")) if len(content) >= start else ()
    expected = start + int(np.prod(shape, dtype=object))
    if len(shape) < axes or len(content) < expected:
        raise ValueError(
            f"the file {path} is truncated, {len(content)} bytes of {expected if len(shape) == axes else start} or "
            "more: get it anew from its source"
        )
    if len(content) > expected:
        raise ValueError(
            f"the file {path} has {len(content)} bytes, and its first say {expected}: get it anew from its source"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def find_idx(folder: Path) -> dict[str, Path]:
    """{part: file} of those of the four parts that are in the folder, gzipped or not."""
    files = {part: [folder / part, folder / f"{part}.gz"] for part in PARTS}
    return {part: next(path for path in paths if path.is_file()) for part, paths in files.items() if _any(paths)}


def read_idx_set(folder: Path) -> ImageSet:
    """The training and the test set of four IDX files; raises what `read_idx` and `ImageSet` raise."""
    files = find_idx(folder)
    missing = [part for part in PARTS if part not in files]
    if missing:
        raise ValueError(
            f"the file {folder / missing[0]}, gzipped or not, is missing: get it from where the others are"
        )
    images, labels, test_images, test_labels = (read_idx(files[part]) for part in PARTS)
    for part, array, axes in zip(PARTS, (images, labels, test_images, test_labels), (3, 1, 3, 1), strict=True):
        if array.ndim != axes:
            raise ValueError(f"the file {files[part]} has {array.ndim} axes, not {axes}: get it anew from its source")
    for part, pixels, own in ((PARTS[0], images, labels), (PARTS[2], test_images, test_labels)):
        if len(pixels) != len(own):
            raise ValueError(
                f"the file {files[part]} has {len(pixels)} images and {len(own)} labels: take one data set"
            )
    if images.shape[1:] != test_images.shape[1:]:
        raise ValueError(
            f"training images of {images.shape[1:]} and test images of {test_images.shape[1:]} pixels in {folder}: "
            "take one data set"
        )
    both = np.concatenate([labels, test_labels]).astype(np.int64)
    classes = int(both.max(initial=0)) + 1
    return ImageSet(np.concatenate([images, test_images])[:, None], both, classes, len(images))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except EOFError:
        raise ValueError(f"the file {path} is truncated: get it anew from its source") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"the file {path} is damaged ({error}): get it anew from its source") from None
    except OSError as error:
        raise ValueError(f"the file {path} cannot be read ({error.strerror}): get it or see who owns it") from None


def _any(paths: list[Path]) -> bool:
    return any(path.is_file() for path in paths)
