"""Square crops of the photographs that come inside scikit-image and scikit-learn, so that no download is needed.

    python -m benchmarks.photographs FOLDER [--crops 4] [--side 256] [--seed 0]

Of each photograph so many crops at random places, of random sides from `side` (or the picture's shorter one) to the
picture's shorter one, brought to side × side. What is written depends on the seed alone.
"""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOGRAPHS = {
    "skimage": ("data", ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png",
                         "grass.png", "gravel.png", "motorcycle_left.png", "rocket.jpg")),
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
}  # fmt: skip


def photographs() -> list[Path]:
    """The files, in a fixed order. Raises SystemExit, one sentence, where a package is not installed."""
    files = []
    for package, (folder, names) in PHOTOGRAPHS.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is not installed: pip install scikit-image scikit-learn")
        files += [Path(spec.origin).parent / folder / name for name in names]
    return files


def write_crops(files: Sequence[Path], folder: Path, crops: int, side: int, seed: int) -> int:
    """How many were written, as name-0.png, name-1.png, …"""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for file in files:
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        shorter = min(picture.size)
        for n in range(crops):
            cut = int(rng.integers(min(side, shorter), shorter + 1))
            left, top = (int(rng.integers(whole - cut + 1)) for whole in picture.size)
            crop = picture.crop((left, top, left + cut, top + cut)).resize((side, side), Image.Resampling.BICUBIC)
            crop.save(folder / f"{file.stem}-{n}.png")
    return crops * len(files)


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.photographs", description=__doc__.splitlines()[0])
    p.add_argument("folder", type=Path)
    for name, default in (("--crops", 4), ("--side", 256), ("--seed", 0)):
        p.add_argument(name, type=int, default=default)
    arguments = p.parse_args()
    count = write_crops(photographs(), arguments.folder, arguments.crops, arguments.side, arguments.seed)
    print(f"{count} crops written to {arguments.folder}")


if __name__ == "__main__":
    main()
