"""Images by batches: from a tensor, an array on disk, or a loader."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

# a tensor or array of (n, C, …) images, or whatever yields batches of them afresh each time, as a DataLoader does,
# alone or first in a tuple with labels
Images = Tensor | np.ndarray | Iterable[Any]


def batches(images: Images, size: int) -> Iterator[Tensor]:
    """Batches of at most `size` images, (b, C, …). An array that is mapped into memory is read batch by batch.

    Raises ValueError, one sentence, for what are no images, or differ in shape.
    """
    shape: tuple[int, ...] | None = None
    for whole in _parts(images, size):
        _check(whole)
        if shape not in (None, tuple(whole.shape[1:])):
            raise ValueError(
                f"the images differ in shape, {shape} and {tuple(whole.shape[1:])}: bring them to one size"
            )
        shape = tuple(whole.shape[1:])
        for start in range(0, len(whole), size):
            yield whole[start : start + size]


def first_images(images: Images, count: int) -> Tensor:
    """(count, C, …), repeated where there are fewer. Raises ValueError, one sentence, for what are no images."""
    first = next(batches(images, count), None)
    if first is None or not len(first):
        raise ValueError("there are no images: give 2 or more")
    return first[torch.arange(count) % len(first)]


def _parts(images: Images, size: int) -> Iterator[Tensor]:
    if isinstance(images, Tensor):
        yield images
    elif isinstance(images, np.ndarray):
        for start in range(0, len(images), size) if images.ndim else ():
            yield torch.from_numpy(np.array(images[start : start + size]))
    elif isinstance(images, Iterable) and not isinstance(images, str | bytes | dict):
        if iter(images) is images:
            raise ValueError("an iterator can be read only once: give a tensor, an array or a DataLoader")
        for batch in images:
            yield batch[0] if isinstance(batch, tuple | list) and batch else batch
    else:
        _check(images)


def _check(images: Any) -> None:
    if isinstance(images, Tensor) and images.dtype == torch.uint8:
        raise ValueError(
            "images of uint8 hold 0 to 255, which no model is trained on: divide by 255 and normalise as the "
            "model expects"
        )
    if not isinstance(images, Tensor) or images.dim() < 3 or not images.is_floating_point():
        what = f"{images.dtype}, {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images of {what} cannot be measured: give floating-point numbers of shape (n, C, …)")
