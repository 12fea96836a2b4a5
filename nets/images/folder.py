"""A folder with a folder of pictures for each class: ImageNet's validation set, Imagenette, one's own."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from nets.images.image_set import ImageSet

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
GREY = {"1", "L", "LA"}
# what Pillow makes of more than eight bits a colour
DEEP = ("I", "F")
# a PNG begins so, and has the bits of a colour as its 25th byte: Pillow halves 16 without a word
PNG = b"\x89PNG\r\n\x1a\n"


def class_folders(folder: Path) -> list[Path]:
    """The folders in it, by name, that hold a picture."""
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise ValueError(f"the folder {folder} cannot be read ({error.strerror}): name another one") from None
    return [path for path in folders if _pictures(path)]


def read_folder(folder: Path, size: int, skip: bool = False) -> ImageSet:
    """Pictures, the shorter side brought to `size` pixels and the middle cut out; classes by name of their folders.

    They are grey if all are, else in colour, and a grey one among them cannot be used. With `skip` what cannot be used
    is left out, else refused.
    Raises ValueError, one sentence, for fewer than two classes, and for a file that cannot be used, with its reason.
    """
    classes = class_folders(folder)
    if len(classes) < 2:
        raise ValueError(
            f"the folder {folder} holds {len(classes)} folders with pictures, and each is a class: give it two or more"
        )
    paths = [(path, label) for label, name in enumerate(classes) for path in _pictures(name)]
    pictures: list[tuple[np.ndarray, int, Path]] = []
    reasons: list[str] = []
    for path, label in paths:
        try:
            pictures.append((_square(_picture(path), size), label, path))
        except ValueError as reason:
            reasons.append(str(reason))
    colour = any(pixels.ndim == 3 for pixels, *_ in pictures)
    grey = [path for pixels, _, path in pictures if pixels.ndim == 2] if colour else []
    reasons += [f"{path} is grey, and others are in colour" for path in grey]
    if reasons and not skip:
        more = f", and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        raise ValueError(f"{reasons[0]}{more}: take it out, or use --skip-unusable")
    usable = [(pixels, label) for pixels, label, _ in pictures if pixels.ndim == 2 + colour]
    if not usable:
        raise ValueError(f"the folder {folder} holds no picture that can be used: {reasons[0]}")
    array = np.stack([pixels for pixels, _ in usable])
    array = array.transpose(0, 3, 1, 2) if colour else array[:, None]
    labels = np.array([label for _, label in usable], dtype=np.int64)
    return ImageSet(np.ascontiguousarray(array), labels, len(classes), len(labels), tuple(reasons))


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _picture(path: Path) -> Image.Image:
    """Grey or in colour, eight bits each; raises ValueError, why the file cannot be used."""
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as file:
            file.load()
            deep = file.mode.startswith(DEEP) or (content.startswith(PNG) and content[24] == 16)
            picture = file.convert("L" if file.mode in GREY else "RGB")
    except UnidentifiedImageError:
        raise ValueError(f"{path} is no picture, as its first bytes say") from None
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read ({error})") from None
    if deep:
        raise ValueError(f"{path} has 16 bits a colour, not 8")
    return picture


def _square(picture: Image.Image, size: int) -> np.ndarray:
    """(size, size) grey or (size, size, 3) colour values."""
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box), dtype=np.uint8)
