"""D of a model's layers against the size of a perturbation, with the slope that tends to 2 for small ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from rich.table import Table

from nets.models.motions import Motion, local_slopes
from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation
from nets.models.sensitivity import ModelSensitivities

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


def curve(found: ModelSensitivities, kind: str, sizes: Sequence[float]) -> dict[str, Any]:
    """{"kind", "sizes": (S,), "D", "D_error": (S, K), "slopes": (S − 1, K) d ln D / d ln size between sizes}."""
    values = np.array([found.values[name(kind, size)] for size in sizes])
    errors = np.array([found.errors[name(kind, size)] for size in sizes])
    slopes = local_slopes(sizes, [*torch.from_numpy(values)])
    return {
        "kind": kind,
        "sizes": list(sizes),
        "D": values.tolist(),
        "D_error": errors.tolist(),
        "slopes": slopes.tolist(),
    }


def curve_table(record: dict[str, Any]) -> Table:
    """D of the output against the size."""
    table = Table(title=f"D of the output against the size of the {record['kind']}")
    for heading in ("size", "D", "slope to the next"):
        table.add_column(heading, justify="right")
    slopes = [f"{slope[-1]:.2f}" for slope in record["slopes"]] + [""]
    for size, value, error, slope in zip(record["sizes"], record["D"], record["D_error"], slopes, strict=True):
        table.add_row(f"{size:g}", f"{value[-1]:.3g} ± {error[-1]:.1g}", slope)
    table.caption = "the slope is 2 where the perturbation is small"
    return table
