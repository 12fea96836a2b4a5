"""D of a model's layers against the size of a perturbation, with the slope that tends to 2 for small ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from rich.table import Table

from nets.models.motions import Motion, local_slopes
from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation
from nets.models.sensitivity import ModelSensitivities
from validate.presentation import table

KINDS = ("translation", "rotation", "scaling", "diffeomorphism", "noise")


def sized(kind: str, sizes: Sequence[float], tau: Diffeomorphisms) -> dict[str, Perturbation]:
    """{name: perturbation of this size}, all with the same random numbers: pixels of a translation or of τ's
    displacement, degrees of a rotation, parts of a scaling, norm of noise.

    Raises ValueError, one sentence, for a kind or sizes that cannot be.
    """
    if kind not in KINDS:
        raise ValueError(f"the perturbation {kind!r} is unknown: use one of {', '.join(KINDS)}")
    if len(sizes) < 2 or min(sizes) <= 0 or list(sizes) != sorted(set(sizes)):
        raise ValueError(
            f"the sizes {', '.join(f'{size:g}' for size in sizes)} give no curve: use two or more, rising from above 0"
        )
    makers: dict[str, Callable[[float], Perturbation]] = {
        "diffeomorphism": lambda size: Diffeomorphisms(size, tau.cut_off, tau.interpolation),
        "noise": AddedNoise,
    }
    make = makers.get(kind, lambda size: Motion(kind, size))  # type: ignore[arg-type]
    return {name(kind, size): make(size) for size in sizes}


def name(kind: str, size: float) -> str:
    """Of one perturbation of a curve; the first word says which random numbers it has."""
    return f"{kind} {size:g}"


@dataclass(frozen=True)
class SizeCurve:
    """D of K layers against S sizes of a perturbation: (S, K) values and errors, (S − 1, K) slopes d ln D/d ln size."""

    kind: str
    sizes: tuple[float, ...]
    D: np.ndarray
    D_error: np.ndarray
    slopes: np.ndarray


def size_curve(measured: ModelSensitivities, kind: str, sizes: Sequence[float]) -> SizeCurve:
    """The curve, from what was measured with the perturbations of `sized`."""
    values = np.array([measured.values[name(kind, size)] for size in sizes])
    errors = np.array([measured.errors[name(kind, size)] for size in sizes])
    slopes = local_slopes(sizes, [*torch.from_numpy(values)]).numpy()
    return SizeCurve(kind, tuple(sizes), values, errors, slopes)


def curve_table(curve: SizeCurve) -> Table:
    """D of the output against the size."""
    slopes = [f"{slope[-1]:.2f}" for slope in curve.slopes] + [""]
    rows = [
        [f"{size:g}", f"{value[-1]:.3g} ± {error[-1]:.1g}", slope]
        for size, value, error, slope in zip(curve.sizes, curve.D, curve.D_error, slopes, strict=True)
    ]
    return table(
        f"D of the output against the size of the {curve.kind}",
        ("size", "D", "slope to the next"),
        rows,
        "the slope is 2 where the perturbation is small",
        left=0,
    )
