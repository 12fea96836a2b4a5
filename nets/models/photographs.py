"""Photographs as they lie in a folder or come in packages, brought to what a model was trained on, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from nets.images.packaged import packaged_file

SUFFIXES = {".jpg", ".jpeg", ".png"}
# of scikit-image and scikit-learn: package, file in it
PACKAGED = (
    *(("skimage", f"data/{name}.png") for name in ("astronaut", "camera", "chelsea", "coffee", "motorcycle_left")),
    *(("sklearn", f"datasets/images/{name}.jpg") for name in ("china", "flower")),
)
# crops of a packaged photograph along either side
CROPS = 4


@dataclass(frozen=True)
class Preprocessing:
    """Shorter side (both sides if `squash`) to `resize` pixels, the middle `crop` × `crop` of it, values 0–255 to 0–1,
    minus `mean`, over `std` of the three colours; the defaults are those of models trained on ImageNet. `source` says
    where they come from.
    """

    resize: int = 256
    crop: int = 224
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"
    source: str = "ImageNet's usual"
    squash: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.crop <= self.resize:
            raise ValueError(f"a crop of {self.crop} of {self.resize} pixels cannot be made: use 1 to {self.resize}")

    def __str__(self) -> str:
        sides = "both sides" if self.squash else "shorter side"
        return f"{sides} to {self.resize} ({self.interpolation}), middle {self.crop} × {self.crop}, {self.colours}"

    @property
    def colours(self) -> str:
        """What is done to values, in words."""
        mean, std = (", ".join(f"{x:g}" for x in values) for values in (self.mean, self.std))
        return f"/255, − [{mean}], / [{std}]: {self.source}"

    def read(self, path: Path) -> Tensor:
        """(3, crop, crop) float32: the middle. Raises what `picture` raises."""
        picture = self.picture(path, self.resize)
        width, height = picture.size
        return self.cut(picture, round((width - self.crop) / 2), round((height - self.crop) / 2))

    def picture(self, path: Path, shorter: int) -> Image.Image:
        """The picture in colours, its shorter side of so many pixels. Raises ValueError, one sentence, for what is no
        picture of 8 bits a colour.
        """
        try:
            with Image.open(path) as file:
                mode, picture = file.mode, file.convert("RGB")
        except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"the file {path} is no picture that can be read ({error}): take it out") from None
        if mode.startswith(("I", "F")):
            raise ValueError(f"the file {path} holds more than 8 bits a colour (mode {mode}): convert it to 8 bits")
        # cut and rounded as torchvision's transforms do, to the pixel
        sides = picture.size
        width, height = (shorter if self.squash else int(shorter * side / min(sides)) for side in sides)
        return picture.resize((width, height), Image.Resampling[self.interpolation.upper()])

    def cut(self, picture: Image.Image, left: int, top: int) -> Tensor:
        """(3, crop, crop) float32, normalised, from this corner on."""
        pixels = np.asarray(picture.crop((left, top, left + self.crop, top + self.crop)), dtype=np.float32) / 255
        normalised = (pixels - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return torch.from_numpy(normalised).permute(2, 0, 1)


@dataclass(frozen=True)
class Photographs:
    """The jpg and png files of a folder and the folders in it, by name; yields (batch, 3, crop, crop)."""

    folder: Path
    preprocessing: Preprocessing
    batch: int = 16

    def __post_init__(self) -> None:
        if not self.files:
            raise ValueError(f"the folder {self.folder} holds no jpg or png file: name another")

    @property
    def files(self) -> list[Path]:
        """In the order in which they are read."""
        return sorted(path for path in self.folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Tensor]:
        files = self.files
        for start in range(0, len(files), self.batch):
            yield torch.stack([self.preprocessing.read(path) for path in files[start : start + self.batch]])


@dataclass(frozen=True)
class PackagedPhotographs:
    """Seven photographs of scikit-image and scikit-learn, 16 crops of each on a grid; yields (16, 3, crop, crop).

    The shorter side has twice the pixels of a crop, so that neighbouring crops overlap.
    """

    preprocessing: Preprocessing

    def __post_init__(self) -> None:
        missing = sorted({package for package, file in PACKAGED if packaged_file(package, file) is None})
        if missing:
            raise ValueError(f"the photographs of {' and '.join(missing)} are missing: install the extra 'pretrained'")

    def __str__(self) -> str:
        p = self.preprocessing
        return (
            f"{CROPS**2} crops of each of {len(PACKAGED)} photographs, overlapping: shorter side to {2 * p.crop} "
            f"({p.interpolation}), {p.crop} × {p.crop} on a grid, {p.colours}"
        )

    def __len__(self) -> int:
        return len(PACKAGED)

    def __iter__(self) -> Iterator[Tensor]:
        for package, file in PACKAGED:
            path = packaged_file(package, file)
            assert path is not None
            picture = self.preprocessing.picture(path, 2 * self.preprocessing.crop)
            lefts, tops = (
                np.linspace(0, side - self.preprocessing.crop, CROPS).round().astype(int) for side in picture.size
            )
            yield torch.stack([self.preprocessing.cut(picture, int(x), int(y)) for y in tops for x in lefts])
