"""`python -m validate.sensitivity --model resnet18 --images FOLDER`: D_k, G_k, R_k of every layer of any model.

The images are photographs in a folder, or (n, C, H, W) numbers as the model wants them in a .npy file. D is measured
with max-entropy
diffeomorphisms, G with Gaussian noise of the same norm; channels are shuffled, and filters have their spectra.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from nets.device import choose_device
from nets.models.consistency import shift_consistency
from nets.models.image_batches import Images, first_images
from nets.models.loading import load_model, preprocessing_of
from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation
from nets.models.photographs import Photographs
from nets.models.sensitivity import ModelSensitivities, SensitivityWarning, measure_sensitivities
from nets.models.shuffling import shuffle_channels
from nets.models.spectra import Spectrum, model_spectra
from validate.command import AGREE, Parser, output_folder, terminal
from validate.files import without_nan, write_json, write_text
from validate.sensitivity_report import Answer, draw, record, table
from validate.size_curves import KINDS, curve, curve_table, sized


def parser() -> Parser:
    """The command line of `validate.sensitivity`."""
    p = Parser(
        prog="python -m validate.sensitivity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "--model", required=True, metavar="NAME", help="resnet18, … of torchvision, timm:NAME, or module:function"
    )
    p.add_argument("--pretrained", action="store_true", help="torchvision's published weights")
    p.add_argument("--checkpoint", type=Path, metavar="FILE", help="a state dictionary, .pt or .safetensors")
    p.add_argument("--images", type=Path, required=True, metavar="PATH", help="a folder of jpg and png files, or "
                   "(n, C, H, W) numbers, .npy")  # fmt: skip
    p.add_argument(
        "--resize", type=int, metavar="N", help="shorter side of photographs (as the model's weights want it)"
    )
    p.add_argument("--crop", type=int, metavar="N", help="side of the middle that is shown (as the weights want it)")
    p.add_argument("--mean", type=float, nargs=3, metavar="X", help="of the colours, 0 to 1, subtracted")
    p.add_argument("--std", type=float, nargs=3, metavar="X", help="of the colours, divided by")
    p.add_argument("--layers", nargs="+", metavar="NAME", help="modules (the innermost that are called)")
    p.add_argument("--displacement", type=float, default=1.0, metavar="δ", help="of a pixel, in pixels, RMS (1)")
    p.add_argument("--cut-off", type=float, default=3.0, metavar="C", help="of the modes of a displacement (3)")
    p.add_argument("--convention", default="text", help="modes and temperature: text, δ is the RMS on the grid, or "
                   "published, T = 4δ²/(π n² ln c) (text)")  # fmt: skip
    p.add_argument("--interpolation", default="linear", help="linear, nearest or gaussian (linear)")
    p.add_argument("--noise-norm", default="image", help="image or average (image)")
    p.add_argument("--noise", default="paper", help="gaussian, or rectified: φ(η) (paper: gaussian, Section 2)")
    p.renamed(rectified="--noise rectified")
    p.add_argument("--curve", metavar="NAME", help=f"D against size of {', '.join(KINDS)}")
    p.add_argument("--sizes", type=float, nargs="+", default=[0.1, 0.2, 0.5, 1], metavar="X",
                   help="of --curve: pixels, degrees, parts, or norm (0.1 0.2 0.5 1)")  # fmt: skip
    p.add_argument("--shift", type=int, metavar="N", help="consistency of the class under shifts by up to N pixels")
    p.add_argument("--shuffles", type=int, default=3, metavar="N", help="networks with shuffled channels (3; 0: none)")
    p.add_argument("--batch", type=int, metavar="N", help="images at a time (64, or what 512 MiB of activations hold)")
    p.add_argument("--device", default="auto", help="auto, cpu or cuda (auto)")
    p.add_argument("--out", type=Path, default=Path("results"), metavar="DIR", help="where results go (results)")
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 measured, 2 bad usage."""
    p = parser()
    arguments = p.parse_args(words)
    try:
        return _sensitivity(arguments, terminal())
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(f"the results cannot be written to {arguments.out} ({error.strerror}): choose another --out")


def read_images(path: Path) -> np.ndarray:
    """(n, C, H, W) floating-point numbers, mapped from the file; loading executes no code. Raises ValueError, one
    sentence, for what is no such file.
    """
    try:
        images = np.load(path, allow_pickle=False, mmap_mode="r")
    except OSError as error:
        raise ValueError(f"the images {path} cannot be read ({error.strerror or error}): name another file") from None
    except (ValueError, EOFError):
        raise ValueError(f"the file {path} is no .npy array of numbers: write one with numpy.save") from None
    if not isinstance(images, np.ndarray) or images.ndim != 4 or images.dtype.kind not in "fiu":
        raise ValueError(f"the file {path} holds no (n, C, H, W) array of numbers: write one with numpy.save")
    if images.dtype.kind in "iu":
        raise ValueError(
            f"the file {path} holds {images.dtype} numbers, pixels of 0 to 255 for one, which no model is trained on: "
            "divide by 255, normalise as the model expects, and save floats"
        )
    return images


def _images(arguments: argparse.Namespace, model: nn.Module) -> tuple[Images, str]:
    """(images, what was done to them)."""
    if not arguments.images.is_dir():
        return read_images(arguments.images), "as they are in the file"
    preprocessing = preprocessing_of(arguments.model, model)
    changed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in ("resize", "crop", "mean", "std")
        if (value := getattr(arguments, name)) is not None
    }
    if changed:
        preprocessing = replace(preprocessing, source=f"{preprocessing.source}, changed", **changed)
    photographs = Photographs(arguments.images, preprocessing)
    return photographs, str(preprocessing)


def _sensitivity(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    if (arguments.batch is not None and arguments.batch < 1) or arguments.shuffles < 0:
        raise ValueError(f"--batch {arguments.batch} --shuffles {arguments.shuffles}: use at least 1, and at least 0")
    if arguments.noise not in ("paper", "gaussian", "rectified"):
        raise ValueError(f"noise {arguments.noise!r} is unknown: use gaussian or rectified")
    device = choose_device(arguments.device, deterministic=False)
    if not arguments.images.is_dir():
        read_images(arguments.images)
    model = load_model(arguments.model, arguments.pretrained, arguments.checkpoint)
    images, shown = _images(arguments, model)
    stem = output_folder(arguments.out) / "sensitivity"
    answer = _measure(model, images, arguments, device)
    printed = table(answer, arguments.model, shown)
    parts = [printed, *([curve_table(answer.curve)] if answer.curve else [])]
    write_text(stem.with_suffix(".txt"), parts)
    write_json(stem.with_suffix(".json"), without_nan(record(answer, arguments, device, started)))
    draw(answer, arguments.model, stem.with_suffix(".png"))
    console.print(*parts)
    console.print(f"{time.monotonic() - started:.0f} s; written to {stem}.png, .txt and .json")
    return AGREE


def _measure(model: nn.Module, images: Images, arguments: argparse.Namespace, device: str) -> Answer:
    tau = Diffeomorphisms(arguments.displacement, arguments.cut_off, arguments.interpolation, arguments.convention)
    perturbations: dict[str, Perturbation] = {
        "D": tau,
        "G": AddedNoise(tau, arguments.noise_norm, arguments.noise == "rectified"),
    }

    sizes = sized(arguments.curve, arguments.sizes, tau) if arguments.curve else {}

    def measured(one: nn.Module, more: dict[str, Perturbation]) -> ModelSensitivities:
        return measure_sensitivities(one, images, perturbations | more, arguments.layers, arguments.batch, device)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SensitivityWarning)  # they stand under the table
        found = measured(model, sizes)
        first = first_images(images, 1)
        shuffled, why = _shuffled(model, first, arguments.shuffles)
        after_shuffling = [measured(one, {}) for one in shuffled]
    size = (first.shape[2], first.shape[3])
    return Answer(
        found=found,
        shuffled=after_shuffling,
        why_not_shuffled=why,
        spectra=_spectra(model, first),
        shape=tuple(first.shape[1:]),
        displacement=tau.measured(min(found.images, 1000), size, torch.Generator().manual_seed(0)),
        curve=curve(found, arguments.curve, arguments.sizes) if arguments.curve else None,
        consistency=shift_consistency(model, images, arguments.shift) if arguments.shift is not None else None,
    )


def _shuffled(model: nn.Module, image: Tensor, count: int) -> tuple[list[nn.Module], str | None]:
    """(networks with shuffled channels, why there are none)."""
    try:
        return [shuffle_channels(model, image, seed) for seed in range(count)], None
    except ValueError as why:
        return [], str(why)


def _spectra(model: nn.Module, image: Tensor) -> dict[str, Spectrum]:
    """None at all for a model without convolutions."""
    try:
        return model_spectra(model, image)
    except ValueError:
        return {}


if __name__ == "__main__":
    sys.exit(main())
