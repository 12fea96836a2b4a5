"""What `validate.sensitivity` prints, writes and draws."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from rich.table import Table

from nets.models.consistency import ShiftConsistency
from nets.models.sensitivity import ModelSensitivities
from nets.models.spectra import Spectrum
from validate.files import provenance, write_figure


@dataclass(frozen=True)
class Answer:
    """What was measured; `shuffled` is empty where `why_not_shuffled` says why."""

    found: ModelSensitivities
    shuffled: list[ModelSensitivities]
    why_not_shuffled: str | None
    spectra: dict[str, Spectrum]
    shape: tuple[int, ...]
    displacement: tuple[float, float]
    curve: dict[str, Any] | None = None
    consistency: ShiftConsistency | None = None


def table(answer: Answer, name: str, shown: str) -> Table:
    """Layer by layer, with what there is to say below."""
    found = answer.found
    shown_table = Table(title=f"{name} on {found.images} images of {' × '.join(map(str, answer.shape))}")
    for heading in (
        "layer",
        "D_k",
        "G_k",
        "R_k",
        "D_k shuffled",
        "R_k shuffled",
        "constant mode",
        "of mean filter",
        "roughness",
    ):
        shown_table.add_column(heading, justify="left" if heading == "layer" else "right")
    for n, layer in enumerate(found.layers):
        cells = [_number(found.values[q][n], found.errors[q][n]) for q in ("D", "G")] + [_number(found.R[n])]
        for each in ([one.values["D"][n] for one in answer.shuffled], [one.R[n] for one in answer.shuffled]):
            cells.append(_number(float(np.mean(each))) if each else "—")
        spectrum = answer.spectra.get(layer)
        shares = () if spectrum is None else (spectrum.homogeneity, spectrum.mean_homogeneity, spectrum.roughness)
        cells += [_number(share) for share in shares] or ["—"] * 3
        shown_table.add_row(layer, *cells)
    rms, error = answer.displacement
    shown_table.caption = f"displacement {rms:.3f} ± {error:.3f} pixels RMS; ± standard error over images"
    shown_table.caption += f"\nnot shuffled: {answer.why_not_shuffled}" if answer.why_not_shuffled else ""
    shown_table.caption += f"\nimages: {shown}"
    if answer.consistency is not None:
        kept = answer.consistency
        shown_table.caption += f"\nthe class survives {kept.share:.1%} ± {kept.error:.1%} of pairs of shifts"
    if found.constant:
        shown_table.caption += f"\nundefined, one answer for all images but for rounding: {', '.join(found.constant)}"
    if found.silent:
        shown_table.caption += f"\nno answer from: {', '.join(found.silent)}"
    dead = [layer for layer, spectrum in answer.spectra.items() if not spectrum.power.any()]
    if dead:
        shown_table.caption += f"\nfilters of 0: {', '.join(dead)}"
    shown_table.caption += "".join(f"\nwarning: {sentence}" for sentence in found.warnings)
    return shown_table


def record(answer: Answer, arguments: argparse.Namespace, device: str, started: float) -> dict[str, Any]:
    """All of it as JSON."""

    def numbers(one: ModelSensitivities) -> dict[str, Any]:
        return {
            "D": one.values["D"].tolist(), "D_error": one.errors["D"].tolist(), "G": one.values["G"].tolist(),
            "G_error": one.errors["G"].tolist(), "R": one.R.tolist(),
        }  # fmt: skip

    asked = {name: str(value) if isinstance(value, Path) else value for name, value in vars(arguments).items()}
    return {
        "asked": asked, "layers": list(answer.found.layers), **numbers(answer.found),
        "norm": dict(answer.found.norm), "displacement": list(answer.displacement),
        "shuffled": [numbers(one) for one in answer.shuffled], "why_not_shuffled": answer.why_not_shuffled,
        "images": answer.found.images, "no_answer": list(answer.found.silent), "warnings": list(answer.found.warnings),
        "spectra": {name: {part: x.tolist() for part, x in vars(one).items()} for name, one in answer.spectra.items()},
        "curve": answer.curve, "shift_consistency": vars(answer.consistency) if answer.consistency else None,
        "provenance": provenance(device, time.monotonic() - started),
    }  # fmt: skip


def draw(answer: Answer, name: str, path: Path) -> None:
    """D, G, R by layer."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    place = np.arange(1, len(answer.found.layers) + 1)
    for axis, quantity in zip(axes, ("D", "G", "R"), strict=True):
        for one in answer.shuffled:
            label = "channels shuffled" if one is answer.shuffled[0] else None
            axis.plot(place, _quantity(one, quantity), "s--", color="C0", ms=3, alpha=0.5, label=label)
        axis.plot(place, _quantity(answer.found, quantity), "ko-", ms=4, label=name)
        axis.set(yscale="log", xlabel="layer, the output last", ylabel=f"${quantity}_k$")
    axes[0].legend(frameon=False)
    write_figure(path, figure)


def _quantity(one: ModelSensitivities, quantity: str) -> np.ndarray:
    return one.R if quantity == "R" else one.values[quantity]


def _number(value: float, error: float | None = None) -> str:
    if not np.isfinite(value):
        return "undefined"
    return f"{value:.3g}" + (f" ± {error:.1g}" if error is not None else "")
