"""Which axis of an activation counts the images, and what else of it shows on three of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nets.models.activations import RunModel

# so many images, where the model takes any number
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
    """What the first images, `count` of them, show of each activation.

    layouts    of those that have an axis of images           shapes     of the others
    rounding   E‖f(x + ε) − f(x)‖² where ε is noise of four units in the last place of the images' root mean square
    random     those that differ from run to run              mixing     those in which an image depends on the others
    size       bytes of all activations of one image
    """

    count: int
    layouts: Mapping[str, Layout]
    shapes: Mapping[str, tuple[int, ...]]
    rounding: Mapping[str, float]
    random: frozenset[str]
    mixing: frozenset[str]
    size: int


def trial(run_model: RunModel, images: Tensor, fixed: bool = False) -> Trial:
    """Run the model on two of the images, on all twice, with another in place of the first, and with noise of the size
    of rounding.

    The axis of images is the one that grows with their number. Where it has several rows for each, those that change
    with the first image say which are whose; where the number is `fixed`, they say which axis it is. Raises
    ModelFailure where the model does not take so many.
    """
    count = len(images)
    whole, again = (_activations(run_model, images) for _ in range(2))
    small: Mapping[str, Tensor | None] = dict.fromkeys(whole) if fixed else _activations(run_model, images[:SMALL])
    replaced = _activations(run_model, torch.cat([images[count - 1 :].flip(-1), images[1:]]))
    spread = LAST_PLACES * torch.finfo(images.dtype).eps * images.double().square().mean().sqrt()
    noise = torch.randn(images.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rounded = _activations(run_model, (images.double() + spread * noise.to(images.device)).to(images.dtype))
    layouts, rounding, random, mixing = {}, {}, set(), set()
    for name, f in whole.items():
        known = all(name in run for run in (small, again, replaced, rounded))
        layout = _layout(small[name], f, replaced[name], count) if known else None
        if layout is None:
            continue
        layouts[name] = layout
        rows, others, changed, close = (layout.by_image(x[name], count) for x in (whole, again, replaced, rounded))
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
        count=count,
        layouts=layouts,
        shapes={name: tuple(f.shape) for name, f in whole.items() if name not in layouts},
        rounding=rounding,
        random=frozenset(random),
        mixing=frozenset(mixing),
        size=sum(f.nbytes for f in whole.values()) // count,
    )


def _activations(run_model: RunModel, images: Tensor) -> dict[str, Tensor]:
    kept: dict[str, Tensor] = {}
    run_model(images.clone(), lambda name, activation: kept.__setitem__(name, activation.clone()))
    return kept


def _layout(small: Tensor | None, large: Tensor, replaced: Tensor, count: int) -> Layout | None:
    """From the shapes for fewer and for all images, and from what another first image changes."""
    axes: Sequence[int] = range(large.dim())
    if small is not None:
        axes = _growing(small, large) if small.dim() == large.dim() else ()
        if len(axes) != 1:
            return None
        (axis,) = axes
        if small.shape[axis] * count != large.shape[axis] * SMALL:
            return None
        if large.shape[axis] == count:
            return Layout(axis)
    fits = [
        layout for axis in axes if large.shape[axis] % count == 0 for layout in _fitting(large, replaced, axis, count)
    ]
    return fits[0] if len(fits) == 1 else None


def _growing(small: Tensor, large: Tensor) -> Sequence[int]:
    return [axis for axis, sizes in enumerate(zip(small.shape, large.shape, strict=True)) if len(set(sizes)) > 1]


def _fitting(large: Tensor, replaced: Tensor, axis: int, count: int) -> list[Layout]:
    """Layouts along the axis by which nothing changes with the first image that is not its own."""
    rows = large.shape[axis] // count
    if replaced.shape != large.shape or rows == 0:
        return []
    different = (large != replaced).movedim(axis, 0)
    changed = different.reshape(len(different), -1).any(1).cpu()
    place = torch.arange(count * rows)
    own = {True: place < rows, False: place % count == 0} if rows > 1 else {True: place < 1}
    return [
        Layout(axis, rows, adjacent)
        for adjacent, of_first in own.items()
        if bool(changed.any()) and not bool((changed & ~of_first).any())
    ]


def _resolution(f: Tensor) -> float:
    return torch.finfo(f.dtype).eps if f.is_floating_point() else 0.0


def _furthest(f: Tensor, other: Tensor) -> float:
    """max |f − other|, infinite where the shapes differ."""
    if f.shape != other.shape:
        return math.inf
    return float((f.double() - other.double()).abs().max()) if f.numel() else 0.0
