"""The distinct patches that a set of images presents to each layer.

A convolution has equal outputs for equal patches, and an image of two active pixels holds few distinct ones: training
and exact averages need each output only once. Task 1 of App. B.2: all 48 images have 1296 distinct patches in 12
layers, against 18432 positions.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from theory.definitions.architecture import Architecture


@dataclass(frozen=True)
class Patches:
    """Distinct patches, layer by layer; a "row" of layer k is one distinct patch of layer k−1, and its output f_k.

    values   (n_0,) distinct pixel values
    tables   K arrays (n_k, F^dim): rows of layer k−1 that make up each row of layer k
    rows     K arrays (P, L_k^dim): the row at each position of each image
    """

    values: np.ndarray
    tables: list[np.ndarray]
    rows: list[np.ndarray]


def distinct_patches(architecture: Architecture, images: np.ndarray, dim: int = 1) -> Patches:
    """Patches of (P, N) images through the layers of `architecture`; exact: equal integers, no rounding."""
    values, current = np.unique(images, return_inverse=True)
    current = current.reshape(images.shape)
    tables, rows = [], []
    for width in architecture.widths(round(images.shape[1] ** (1 / dim)))[:-1]:
        table, current = _unique_rows(current[:, architecture.patches(width, dim)])
        tables.append(table)
        rows.append(current)
    return Patches(values, tables, rows)


def _unique_rows(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct vectors along the last axis, (n, F), and which one stands where."""
    flat = patches.reshape(-1, patches.shape[-1])
    code = np.zeros(len(flat), dtype=np.int64)
    for column in flat.T:  # refine the code one column at a time: no overflow, whatever F
        code = np.unique(code * (flat.max() + 1) + column, return_inverse=True)[1]
    _, where, inverse = np.unique(code, return_index=True, return_inverse=True)
    return flat[where], inverse.reshape(patches.shape[:-1])


@dataclass(frozen=True)
class BatchPlan:
    """The rows that one training step of S networks needs, cut out of `Patches` and renumbered.

    values   (S, n_0, 1) pixel values
    tables   K tensors (S·n_k·F^dim,): flat indices into the S·n_{k−1} rows below
    rows     (S, B, L_K^dim): row of layer K at each position of each image, numbered within its seed
    """

    values: Tensor
    tables: list[Tensor]
    rows: Tensor


def plan_batches(
    patches: Patches,
    batches: np.ndarray,
    amplitude: float,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> list[BatchPlan]:
    """The plans of T successive steps; `batches` is (T, S, B), the images of each seed's batch.

    Pixel values are multiplied by `amplitude`. Seeds that need fewer rows than others are padded with rows that
    nothing reads.
    """
    steps, seeds, _ = batches.shape
    needed, local = _renumber(patches.rows[-1][batches].reshape(steps * seeds, -1))
    top = torch.as_tensor(local.reshape(*batches.shape, -1), device=device)
    tables = []
    for table in reversed(patches.tables):
        needed, local = _renumber(table[needed].reshape(steps * seeds, -1))
        flat = local.reshape(steps, seeds, -1) + needed.shape[1] * np.arange(seeds)[:, None]
        tables.append(torch.as_tensor(flat.reshape(steps, -1), device=device))
    values = torch.as_tensor(amplitude * patches.values[needed], dtype=dtype, device=device)
    values = values.view(steps, seeds, -1, 1)
    return [BatchPlan(values[t], [table[t] for table in reversed(tables)], top[t]) for t in range(steps)]


def _renumber(needed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct entries of each line, (lines, n) padded by the line's first, and each entry's place among them."""
    lines = len(needed)
    stride = int(needed.max()) + 1
    keys = needed + stride * np.arange(lines)[:, None]
    present = np.zeros(lines * stride, dtype=bool)  # marked, not sorted: several times as fast
    present[keys] = True
    distinct = np.flatnonzero(present)
    line = distinct // stride
    place = np.arange(len(distinct)) - np.searchsorted(line, np.arange(lines))[line]
    places = np.empty(lines * stride, dtype=np.int64)
    places[distinct] = place
    padded = np.repeat(needed.min(axis=1)[:, None], place.max() + 1, axis=1)
    padded[line, place] = distinct - stride * line
    return padded, places[keys]
