"""What `validate.sensitivity` prints, writes and draws."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from rich.table import Table

from nets.models.sensitivity import ModelSensitivities
from validate.files import provenance, write_figure
from validate.presentation import number, table
from validate.record import as_json
from validate.sensitivity.antialiased import Antialiased, antialiased_caption, antialiased_cells, antialiased_headings
from validate.sensitivity.measurement import Measurement, SensitivitySettings
from validate.sensitivity.split import SPLIT_HEADINGS, split_caption, split_cells


def layer_table(measurement: Measurement, name: str) -> Table:
    """Layer by layer, with what there is to say below."""
    measured = measurement.sensitivities
    headings: tuple[str, ...] = (
        "layer",
        "D_k",
        "G_k",
        "R_k",
        "D_k shuffled",
        "R_k shuffled",
        "constant mode",
        "of mean filter",
        "roughness",
    )
    headings += () if measurement.split is None else SPLIT_HEADINGS
    headings += () if measurement.antialiased is None else antialiased_headings(measurement.antialiased)
    shape = " × ".join(map(str, measurement.image_shape))
    rows = [_row(measurement, n, layer) for n, layer in enumerate(measured.layers)]
    return table(f"{name} on {measured.images} images of {shape}", headings, rows, _caption(measurement))


def _row(measurement: Measurement, n: int, layer: str) -> list[str]:
    measured = measurement.sensitivities
    cells = [number(measured.values[q][n], measured.errors[q][n]) for q in ("D", "G")] + [number(measured.R[n])]
    for quantity in ("D", "R"):
        values = [_values(shuffled, quantity)[n] for shuffled in measurement.shuffled]
        cells.append(number(float(np.mean(values))) if values else "—")
    spectrum = measurement.spectra.get(layer)
    shares = () if spectrum is None else (spectrum.homogeneity, spectrum.mean_homogeneity, spectrum.roughness)
    split = () if measurement.split is None else split_cells(measurement.split, layer)
    antialiased = () if measurement.antialiased is None else antialiased_cells(measurement.antialiased, layer)
    return [layer, *cells, *([number(share) for share in shares] or ["—"] * 3), *split, *antialiased]


def _caption(measurement: Measurement) -> str:
    measured, (rms, error) = measurement.sensitivities, measurement.displacement
    lines = [f"displacement {rms:.3f} ± {error:.3f} pixels RMS; ± standard error over images"]
    if measurement.why_not_shuffled:
        lines.append(f"not shuffled: {measurement.why_not_shuffled}")
    lines.append(f"images: {measurement.preprocessing}")
    if measurement.split is not None:
        lines.append(split_caption(measurement.split))
    if measurement.consistency is not None:
        kept = measurement.consistency
        lines.append(f"the class survives {kept.share:.1%} ± {kept.error:.1%} of pairs of shifts")
    if measurement.antialiased is not None:
        lines.append(antialiased_caption(measurement.antialiased, float(measured.values["D"][-1])))
    dead = [layer for layer, spectrum in measurement.spectra.items() if not spectrum.power.any()]
    for words, layers in (
        ("undefined, one answer for all images but for rounding", measured.constant),
        ("no answer from", measured.silent),
        ("filters of 0", dead),
    ):
        if layers:
            lines.append(f"{words}: {', '.join(layers)}")
    return "\n".join([*lines, *(f"warning: {sentence}" for sentence in measured.warnings)])


def record(measurement: Measurement, settings: SensitivitySettings, seconds: float) -> dict[str, Any]:
    """All of it as JSON."""
    measured = measurement.sensitivities
    content = {
        "settings": settings, "layers": measured.layers, **_numbers(measured), "norm": dict(measured.norm),
        "displacement": measurement.displacement,
        "shuffled": [_numbers(shuffled) for shuffled in measurement.shuffled],
        "why_not_shuffled": measurement.why_not_shuffled, "images": measured.images, "no_answer": measured.silent,
        "warnings": measured.warnings, "spectra": measurement.spectra, "curve": measurement.curve,
        "shift_consistency": measurement.consistency,
        "split": measurement.split, "antialiased": _antialiased(measurement.antialiased),
        "provenance": provenance(measurement.device, seconds),
    }  # fmt: skip
    return dict(as_json(content))


def _antialiased(antialiased: Antialiased | None) -> dict[str, Any] | None:
    if antialiased is None:
        return None
    measured = antialiased.sensitivities
    return {
        "replaced": antialiased.replaced, "operations": antialiased.operations, "cost_ratio": antialiased.cost_ratio,
        "recalibrated": antialiased.recalibrated, "D_predicted": antialiased.predicted,
        "common_change": antialiased.common,
        "layers": measured.layers, **_numbers(measured), "shift_consistency": antialiased.consistency,
        "split": antialiased.split,
    }  # fmt: skip


def _numbers(measured: ModelSensitivities) -> dict[str, Any]:
    return {
        "D": measured.values["D"], "D_error": measured.errors["D"], "G": measured.values["G"],
        "G_error": measured.errors["G"], "R": measured.R,
    }  # fmt: skip


def draw(measurement: Measurement, name: str, path: Path) -> None:
    """D, G, R by layer."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    place = np.arange(1, len(measurement.sensitivities.layers) + 1)
    for axis, quantity in zip(axes, ("D", "G", "R"), strict=True):
        for n, shuffled in enumerate(measurement.shuffled):
            label = None if n else "channels shuffled"
            axis.plot(place, _values(shuffled, quantity), "s--", color="C0", ms=3, alpha=0.5, label=label)
        axis.plot(place, _values(measurement.sensitivities, quantity), "ko-", ms=4, label=name)
        axis.set(yscale="log", xlabel="layer, the output last", ylabel=f"${quantity}_k$")
    axes[0].legend(frameon=False)
    write_figure(path, figure)


def _values(measured: ModelSensitivities, quantity: str) -> np.ndarray:
    return measured.R if quantity == "R" else measured.values[quantity]
