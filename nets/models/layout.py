"""Which axis of an activation counts the images, and what else of it shows on three of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nets.models.activations import RunModel

SMALL, LARGE = 2, 3
# units in the last place: enough that every rounding behind comes out anew
LAST_PLACES = 4


@dataclass(frozen=True)
class Layout:
    """Where an activation has its images: `axis` counts `rows` for each, together (`adjacent`) or one of each in
    turn.
    """

    axis: int = 0
    rows: int = 1
    adjacent: bool = True

    def by_image(self, activation: Tensor, count: int) -> Tensor | None:
        """(count, …), a view where there is one; None where the shape is another. All of it is one image's where
        there is one, also if the model drops axes of one.
        """
        if activation.dim() <= self.axis or activation.shape[self.axis] != count * self.rows:
            return activation.reshape(1, -1) if count == 1 else None
        moved = activation.movedim(self.axis, 0)
        if self.rows > 1:
            split = (count, self.rows) if self.adjacent else (self.rows, count)
            moved = moved.reshape(*split, *moved.shape[1:])
            moved = moved if self.adjacent else moved.transpose(0, 1)
        return moved if moved.dim() > 1 else moved[:, None]


@dataclass(frozen=True)
class Trial:
    """What the first three images show of each activation.

    layouts    of those that have an axis of images           shapes     of the others, of three images
    rounding   E‖f(x + ε) − f(x)‖² where ε is noise of four units in the last place of the images' root mean square
    random     those that differ from run to run              mixing     those in which an image depends on the others
    size       bytes of all activations of one image
    """

    layouts: Mapping[str, Layout]
    shapes: Mapping[str, tuple[int, ...]]
    rounding: Mapping[str, float]
    random: frozenset[str]
    mixing: frozenset[str]
    size: int


def trial(run_model: RunModel, images: Tensor) -> Trial:
    """Run the model on two of three images, on all three twice, with another in place of the first, and with noise of
    the size of rounding.

    The axis of images is the one that grows with their number. Where it has several rows for each, those that change
    with the first image say which are whose. Raises ModelFailure where the model does not take so few.
    """
    small = _activations(run_model, images[:SMALL])
    whole, again = (_activations(run_model, images) for _ in range(2))
    replaced = _activations(run_model, torch.cat([images[LARGE - 1 :].flip(-1), images[1:]]))
    spread = LAST_PLACES * torch.finfo(images.dtype).eps * images.double().square().mean().sqrt()
    noise = torch.randn(images.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rounded = _activations(run_model, (images.double() + spread * noise.to(images.device)).to(images.dtype))
    runs = (small, again, replaced, rounded)
    layouts, rounding, random, mixing = {}, {}, set(), set()
    for name, f in whole.items():
        layout = _layout(small[name], f, replaced[name]) if all(name in run for run in runs) else None
        if layout is None:
            continue
        layouts[name] = layout
        rows, others, changed, close = (layout.by_image(x[name], LARGE) for x in (whole, *runs[1:]))
        if rows is None or others is None or changed is None or close is None:
            continue  # the number of rows depends on the image, which is refused where it is measured
        tolerance = 64 * _resolution(rows) * float(rows.double().abs().max())
        if _furthest(rows, others) > tolerance:
            random.add(name)
        elif _furthest(rows[1:], changed[1:]) > tolerance:
            mixing.add(name)
        apart = (close.double() - rows.double()).flatten(1).square().sum(1)
        rounding[name] = 0.0 if name in random else float(apart.mean())
    return Trial(
        layouts=layouts,
        shapes={name: tuple(f.shape) for name, f in whole.items() if name not in layouts},
        rounding=rounding,
        random=frozenset(random),
        mixing=frozenset(mixing),
        size=sum(f.nbytes for f in whole.values()) // LARGE,
    )


def _activations(run_model: RunModel, images: Tensor) -> dict[str, Tensor]:
    kept: dict[str, Tensor] = {}
    run_model(images.clone(), lambda name, activation: kept.__setitem__(name, activation.clone()))
    return kept


def _layout(small: Tensor, large: Tensor, replaced: Tensor) -> Layout | None:
    """From the shapes for two and three images, and from what another first image changes."""
    if small.dim() != large.dim():
        return None
    growing = [axis for axis, sizes in enumerate(zip(small.shape, large.shape, strict=True)) if len(set(sizes)) > 1]
    if len(growing) != 1:
        return None
    axis = growing[0]
    rows, rest = divmod(large.shape[axis], LARGE)
    if rest or small.shape[axis] != SMALL * rows:
        return None
    if rows == 1:
        return Layout(axis)
    if replaced.shape != large.shape:
        return None
    changed = (large != replaced).movedim(axis, 0).flatten(1).any(1).cpu()
    place = torch.arange(LARGE * rows)
    fits = [adjacent for adjacent, own in ((True, place < rows), (False, place % LARGE == 0))
            if bool(changed.any()) and not bool((changed & ~own).any())]  # fmt: skip
    return Layout(axis, rows, fits[0]) if len(fits) == 1 else None


def _resolution(f: Tensor) -> float:
    return torch.finfo(f.dtype).eps if f.is_floating_point() else 0.0


def _furthest(f: Tensor, other: Tensor) -> float:
    """max |f − other|, infinite where the shapes differ."""
    if f.shape != other.shape:
        return math.inf
    return float((f.double() - other.double()).abs().max()) if f.numel() else 0.0
