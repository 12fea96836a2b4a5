"""Images by batches: from a tensor, an array on disk, or a loader."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

# a tensor or array of (n, C, …) images, or whatever yields batches of them afresh each time, as a DataLoader does,
# alone or first in a tuple with labels, or a data set of single images
Images = Tensor | np.ndarray | Dataset[Any] | Iterable[Any]


def batches(images: Images, size: int) -> Iterator[Tensor]:
    """Batches of at most `size` images, (b, C, …). An array that is mapped into memory is read batch by batch.

    Raises ValueError, one sentence, for what are no images, or differ in shape.
    """
    shape: tuple[int, ...] | None = None
    for whole in _parts(images, size):
        _check(whole)
        if shape is not None and shape != tuple(whole.shape[1:]):
            raise ValueError(_differing(shape, whole.shape[1:]))
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
        if images.ndim == 0 or images.dtype.kind not in "fiu" or images.dtype.itemsize > 8:
            raise ValueError(_refusal(f"{images.dtype}, {images.shape}"))
        for start in range(0, len(images), size):
            yield torch.from_numpy(np.array(images[start : start + size], dtype=images.dtype.newbyteorder("=")))
    elif isinstance(images, Dataset) and not isinstance(images, IterableDataset):
        count = len(images)  # type: ignore[arg-type]
        for start in range(0, count, size):
            yield _stacked([_first(images[n]) for n in range(start, min(count, start + size))])
    elif isinstance(images, Iterable) and not isinstance(images, str | bytes | dict):
        if iter(images) is images:
            raise ValueError("an iterator can be read only once: give a tensor, an array or a DataLoader")
        for batch in images:
            yield _first(batch)
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
        raise ValueError(_refusal(what))


def _refusal(what: str) -> str:
    return f"images of {what} cannot be measured: give floating-point numbers of shape (n, C, …)"


def _first(batch: Any) -> Any:
    """Without labels."""
    return batch[0] if isinstance(batch, tuple | list) and batch else batch


def _stacked(images: list[Any]) -> Tensor:
    """Single images as a batch."""
    for image in images:
        if not isinstance(image, Tensor):
            raise ValueError(_refusal(type(image).__name__))
        if image.shape != images[0].shape:
            raise ValueError(_differing(images[0].shape, image.shape))
    return torch.stack(images)


def _differing(first: Sequence[int], other: Sequence[int]) -> str:
    return f"the images differ in shape, {tuple(first)} and {tuple(other)}: bring them to one size"
