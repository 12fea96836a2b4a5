"""Photographs as they lie in a folder, brought to what a model was trained on, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

SUFFIXES = {".jpg", ".jpeg", ".png"}


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
        mean, std = (", ".join(f"{x:g}" for x in values) for values in (self.mean, self.std))
        return (
            f"{sides} to {self.resize} ({self.interpolation}), middle {self.crop} × {self.crop}, /255, "
            f"− [{mean}], / [{std}]: {self.source}"
        )

    def read(self, path: Path) -> Tensor:
        """(3, crop, crop) float32. Raises ValueError, one sentence, for what is no picture of 8 bits a colour."""
        try:
            with Image.open(path) as file:
                mode, picture = file.mode, file.convert("RGB")
        except (OSError, UnidentifiedImageError, SyntaxError, Image.DecompressionBombError) as error:
            raise ValueError(f"the file {path} is no picture that can be read ({error}): take it out") from None
        if mode.startswith(("I", "F")):
            raise ValueError(f"the file {path} holds more than 8 bits a colour (mode {mode}): convert it to 8 bits")
        # cut and rounded as torchvision's transforms do, to the pixel
        shorter = min(picture.size)
        width, height = (self.resize if self.squash else int(self.resize * side / shorter) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling[self.interpolation.upper()])
        left, top = round((width - self.crop) / 2), round((height - self.crop) / 2)
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
