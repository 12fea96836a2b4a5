"""`python -m validate.sensitivity --model resnet18 --images FOLDER`: D_k, G_k, R_k of every layer of any model.

The images are photographs in a folder, or (n, C, H, W) numbers as the model wants them in a .npy file. D is measured
with max-entropy diffeomorphisms, G with Gaussian noise of the same norm; channels are shuffled, and filters have their
spectra.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from nets.models.diffeomorphisms import MOST_MODES
from validate.arguments import add_choice, add_real, add_whole, real_number
from validate.command import AGREE, Parser, add_out, execute, output_folder
from validate.files import provenance, write_json, write_text
from validate.record import as_json
from validate.sensitivity.architectures import architectures_table, measure_architecture, require_common
from validate.sensitivity.measurement import MOST_SHUFFLES, SensitivitySettings, measure
from validate.sensitivity.presentation import draw, layer_table, record
from validate.sensitivity.size_curves import KINDS, curve_table


def parser() -> Parser:
    """The command line of `validate.sensitivity`."""
    p = Parser(
        prog="python -m validate.sensitivity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "--model",
        required=True,
        nargs="+",
        metavar="NAME",
        help="resnet18, … of torchvision, packaged:NAME, timm:NAME, module:function; of several, one row each",
    )
    p.add_argument("--pretrained", action="store_true", help="published weights")
    p.add_argument("--checkpoint", type=Path, metavar="FILE", help="a state dictionary, .pt or .safetensors")
    p.add_argument("--images", type=Path, required=True, metavar="PATH", help="a folder of jpg and png files, "
                   "(n, C, H, W) numbers, .npy, or packaged:photographs")  # fmt: skip
    add_whole(p, "--resize", "N", "shorter side of photographs (as the model's weights want it)", 1, 2**14)
    add_whole(p, "--crop", "N", "side of the middle that is shown (as the weights want it)", 1, 2**14)
    colour = real_number(-1e6, 1e6)
    p.add_argument("--mean", type=colour, nargs=3, metavar="X", help="of the colours, 0 to 1, subtracted")
    p.add_argument("--std", type=colour, nargs=3, metavar="X", help="of the colours, divided by")
    p.add_argument("--layers", nargs="+", metavar="NAME", help="modules (the innermost that are called)")
    add_real(p, "--displacement", "δ", "of a pixel, in pixels, RMS (1)", 0, 1e6, default=1.0)
    add_real(p, "--cut-off", "C", "of the modes of a displacement (3)", 0, MOST_MODES, default=3.0)
    text = ": modes, and δ is the RMS on the grid or of T = 4δ²/(π n² ln c) (text)"
    add_choice(p, "--convention", "text published", text, "text")
    add_choice(p, "--interpolation", "linear nearest gaussian", " (linear)", "linear")
    add_choice(p, "--noise-norm", "image average", " (image)", "image")
    add_choice(p, "--noise", "paper gaussian rectified", " (paper: gaussian, Section 2)", "paper")
    p.renamed(rectified="--noise rectified")
    p.add_argument("--curve", metavar="NAME", help=f"D against size of {', '.join(KINDS)}")
    p.add_argument("--sizes", type=real_number(0, 1e6), nargs="+", default=[0.1, 0.2, 0.5, 1], metavar="X",
                   help="of --curve: pixels, degrees, parts, or norm (0.1 0.2 0.5 1)")  # fmt: skip
    add_whole(p, "--shift", "N", "consistency of the class under shifts by up to N pixels", 1, 2**16)
    p.add_argument("--split", action="store_true", help="D in what moves with the image and what is lost, beside it")
    p.add_argument("--antialias", nargs="*", metavar="NAME",
                   help="a copy whose steps of stride > 1 (all, or these) blur first, measured beside")  # fmt: skip
    p.add_argument("--recalibrate", action="store_true", help="its batch norms get the statistics of the images")
    add_whole(p, "--shuffles", "N", "networks with shuffled channels (3; 0: none)", 0, MOST_SHUFFLES, default=3)
    add_whole(p, "--batch", "N", "images at a time (64, or what 512 MiB of activations hold)")
    add_whole(p, "--seed", "N", "of weights that are not loaded (0)", 0, default=0)
    add_choice(p, "--device", "auto cpu cuda", " (auto)", "auto")
    add_out(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 measured, 2 bad usage, 130 interrupted."""
    return execute(parser(), words, _sensitivity)


def settings_of(arguments: argparse.Namespace) -> SensitivitySettings:
    """The settings that the command line describes; raises ValueError, one sentence, for what cannot be."""
    changes = {name: getattr(arguments, name) for name in ("resize", "crop", "mean", "std")}
    same = (
        "images", "pretrained", "checkpoint", "displacement", "cut_off", "interpolation", "convention",
        "noise_norm", "curve", "shift", "split", "recalibrate", "shuffles", "batch", "device", "seed",
    )  # fmt: skip
    return SensitivitySettings(
        model=arguments.model[0],
        **{name: getattr(arguments, name) for name in same},
        preprocessing={
            name: tuple(value) if isinstance(value, list) else value
            for name, value in changes.items()
            if value is not None
        },
        layers=tuple(arguments.layers) if arguments.layers else None,
        antialias=None if arguments.antialias is None else tuple(arguments.antialias),
        noise="gaussian" if arguments.noise == "paper" else arguments.noise,
        sizes=tuple(arguments.sizes),
    )


def _sensitivity(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    settings = settings_of(arguments)
    if len(arguments.model) > 1:
        return _architectures(arguments.model, settings, output_folder(arguments.out), console)
    stem = output_folder(arguments.out) / "sensitivity"
    measurement = measure(settings)
    parts = [layer_table(measurement, settings.model)]
    if measurement.curve is not None:
        parts.append(curve_table(measurement.curve))
    write_text(stem.with_suffix(".txt"), parts)
    write_json(stem.with_suffix(".json"), record(measurement, settings, time.monotonic() - started))
    draw(measurement, settings.model, stem.with_suffix(".png"))
    console.print(*parts)
    console.print(f"{time.monotonic() - started:.0f} s; written to {stem}.png, .txt and .json")
    return AGREE


def _architectures(names: Sequence[str], settings: SensitivitySettings, folder: Path, console: Console) -> int:
    """Several models."""
    started = time.monotonic()
    require_common(settings)
    rows = []
    for name in names:
        rows.append(measure_architecture(name, settings))
        console.print(f"{name}: D of the output {rows[-1].D_output[0]:.3g}, {time.monotonic() - started:.0f} s")
    printed = architectures_table(rows, settings.seed)
    content = {
        "settings": replace(settings, model="several"),
        "models": rows,
        "provenance": provenance(settings.device, time.monotonic() - started),
    }
    write_text(folder / "architectures.txt", [printed])
    write_json(folder / "architectures.json", as_json(content))
    console.print(printed)
    console.print(f"{time.monotonic() - started:.0f} s; written to {folder}: architectures.txt and architectures.json")
    return AGREE


if __name__ == "__main__":
    sys.exit(main())
