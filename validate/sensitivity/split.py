"""What `validate.sensitivity` prints of moved and lost."""

from nets.models.moved_lost import ModelSplit
from nets.models.transport import BAND
from validate.presentation import number

SPLIT_HEADINGS: tuple[str, ...] = ("moved", "lost", "error of τ_k")


def split_cells(split: ModelSplit, layer: str) -> list[str]:
    """Of one layer; a dash where it stands on no grid."""
    places = {str(name): n for n, name in enumerate(split.parts.layer)}
    if layer not in places:
        return ["—"] * len(SPLIT_HEADINGS)
    n = places[layer]
    cells = [number(getattr(split.parts, part)[n], split.errors[part][n]) for part in ("moved", "lost")]
    return [*cells, f"{split.interpolation_error[n]:.1g}"]


def split_caption(split: ModelSplit) -> str:
    """What the columns mean."""
    return (
        "moved: ‖τ_k f_k(x) − f_k(x)‖², lost: ‖f_k(τx) − τ_k f_k(x)‖², over D_k's denominator; τ_k: displacement on\n"
        f"the layer's grid ({split.interpolation}); its error: ‖τ_k g − g displaced‖² over ‖g displaced − g‖²,\n"
        f"g of wave numbers up to {BAND:g}π on that grid"
    )
