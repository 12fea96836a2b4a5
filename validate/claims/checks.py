"""Definitions and illustrations, each computed a second way: Eqs. 1–3, Figs. 2, 5, 6, Section 3."""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch.nn import functional

from nets.models.spectra import spectrum
from nets.simple.network import initialize, representations
from simulate.operator import apply, kernel
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions
from theory.definitions.task import ScaleDetection, paper_task
from validate.illustrations import STACKS
from validate.poolings import channel_pooling, spatial_pooling


@dataclass(frozen=True)
class Checks:
    """What was computed.

    eq1, eq2, eq3     largest relative distance of two ways to compute them
    shift_*           largest change beside the shift of a representation: stride 1, stride 2 by one pixel, summed
    spatial, channel  (what a representation keeps of a move, the same pooled), 0 … 2
    least_homogeneous least value of homogeneous layers of images, over the largest
    gap, unchanged    of task 1: g, and the largest change of the distance that changes no label
    inside_gap        images of task 1 with ξ − g/2 ≤ d < ξ + g/2      images     all
    wrong_labels      of both tasks, against the sentence               norms      smallest and largest ‖x‖²/L
    gaussian_error    of Fig. 6, left, over the peak, at its last layer
    counting_error    of Fig. 6, right                                  counts     values that occur
    sizes             neurons of each layer of App. B.2's task 2        leaving    F^k · probability to leave a block
    one_pixel_norms   ‖f_k(δ_i)‖² with filters that count pixels
    """

    eq1: float
    eq2: float
    eq3: float
    shift_stride_one: float
    shift_stride_two: float
    shift_summed: float
    spatial: tuple[float, float]
    channel: tuple[float, float]
    least_homogeneous: float
    gap: float
    unchanged: int
    inside_gap: int
    images: int
    wrong_labels: int
    norms: tuple[float, float]
    gaussian_error: float
    counting_error: float
    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    leaving: tuple[float, ...]
    one_pixel_norms: tuple[float, ...]


def checks() -> Checks:
    """All of them, a second."""
    space, channels = spatial_pooling(), channel_pooling()
    task = paper_task(1)
    distance = _distances(task)
    half = task.gap / 2
    counted = _counted()
    blocks = [2**k for k in range(1, 6)]
    return Checks(
        eq1=eq1(), eq2=eq2(), eq3=eq3(), **_shifts(),
        spatial=(space.left("shifted", False), space.left("shifted", True)),
        channel=(channels.left("rotated", False), channels.left("rotated", True)),
        least_homogeneous=_least_homogeneous(),
        gap=task.gap, unchanged=_unchanged(task, distance),
        inside_gap=int(((distance >= task.scale - half) & (distance < task.scale + half)).sum()), images=len(distance),
        wrong_labels=_wrong_labels(),
        norms=_norms(task),
        gaussian_error=_gaussian_error(), counting_error=counted[0], counts=counted[1],
        sizes=tuple(apply(Architecture(2, 2, k), np.zeros(128), k).shape[-1] for k in range(1, 8)),
        leaving=tuple(b * _leaving(b) for b in blocks),
        one_pixel_norms=tuple(float((kernel_of_pixel(k) ** 2).sum()) for k in range(1, 7)),
    )  # fmt: skip


def eq1() -> float:
    """D_k of Eq. 1 by enumeration of all images, moves and pairs, against the exact homogeneous network's."""
    task, architecture = ScaleDetection(2, 16, 4), Architecture(2, 2, 3)
    images = np.zeros((len(task.pairs), task.width))
    np.put_along_axis(images, task.pairs, 1.0, axis=1)
    exact = homogeneous_sensitivities(task, architecture, Conventions()).D
    distances = []
    for k in range(1, architecture.depth + 1):
        f = apply(architecture, images, k)
        moved = []
        for steps in product((-1, 1), repeat=2):
            moved_images = np.zeros_like(images)
            np.add.at(moved_images, (np.arange(len(images))[:, None], (task.pairs + np.array(steps)) % task.width), 1.0)
            moved.append(((apply(architecture, moved_images, k) - f) ** 2).sum(1))
        pairs = ((f[:, None] - f[None]) ** 2).sum(2).mean()
        distances.append(abs(np.mean(moved) / pairs / exact[k - 1] - 1))
    return float(max(distances))


def eq2() -> float:
    """f_k of Eq. 2 by patches, against convolutions of PyTorch, untrained networks of stride 1."""
    architecture, images = Architecture(3, 1, 3), torch.randn(4, 12, generator=torch.Generator().manual_seed(0))
    networks = initialize(architecture, 5, [0])
    f, worst = images[:, None, :], 0.0
    for k, layer in enumerate(representations(networks, architecture, images), start=1):
        filters = networks.filters(k)[0].permute(2, 1, 0)
        z = functional.conv1d(functional.pad(f, (1, 1), mode="circular"), filters) / math.sqrt(3 * filters.shape[1])
        f = math.sqrt(3) * torch.relu(z + networks.bias[k - 1, 0, 0][:, None])
        worst = max(worst, float((layer[0] - f.transpose(1, 2)).abs().max() / f.abs().max()))
    return worst


def eq3() -> float:
    """γ of Eq. 3 from products of cosines, against eigenvectors of the 3 × 3 grid's Laplacian."""
    filters = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    path = np.array([[1.0, -1, 0], [-1, 2, -1], [0, -1, 1]])
    values, vectors = np.linalg.eigh(np.kron(path, np.eye(3)) + np.kron(np.eye(3), path))
    power = ((filters.reshape(12, 9).double().numpy() @ vectors) ** 2).mean(0)
    ours = spectrum(filters)
    grouped = [power[np.isclose(values, value)].sum() for value in ours.eigenvalues]
    return float(np.abs(ours.power / grouped - 1).max())


def _shifts() -> dict[str, float]:
    """A homogeneous layer of a random image and of the image shifted by one pixel."""
    image = np.random.default_rng(0).random(16)
    plain, strided = Architecture(3, 1, 1), Architecture(2, 2, 1)
    f, shifted = apply(plain, image, 1), apply(plain, np.roll(image, 1), 1)
    g, moved = apply(strided, image, 1), apply(strided, np.roll(image, 1), 1)
    nearest = min(float(np.abs(moved - np.roll(g, step)).max()) for step in range(len(g)))
    return {
        "shift_stride_one": float(np.abs(shifted - np.roll(f, 1)).max()),
        "shift_stride_two": nearest,
        "shift_summed": float(abs(shifted.sum() - f.sum())),
    }


def _least_homogeneous() -> float:
    """A rectifier changes nothing where no value is negative."""
    task = paper_task(1)
    images = np.zeros((len(task.pairs), task.width))
    np.put_along_axis(images, task.pairs, 1.0, axis=1)
    layers = [apply(Architecture(3, 1, k), images, k) for k in range(1, 13)]
    return float(min(f.min() for f in layers) / max(f.max() for f in layers))


def _distances(task: ScaleDetection) -> np.ndarray:
    apart = np.abs(task.pairs[:, 0] - task.pairs[:, 1])
    return np.asarray(np.minimum(apart, task.width - apart) if task.wrap else apart)


def _norms(task: ScaleDetection) -> tuple[float, float]:
    """Smallest and largest ‖x‖²/L."""
    images = np.zeros((len(task.pairs), task.width))
    np.put_along_axis(images, task.pairs, task.amplitude, axis=1)
    squares = (images**2).sum(1) / task.width
    return float(squares.min()), float(squares.max())


def _unchanged(task: ScaleDetection, distance: np.ndarray) -> int:
    """The largest m such that a change of d by up to m changes sign(ξ − d) of no image, y = +1 for d < ξ."""
    near = distance < task.scale
    return min(int(task.scale - 1 - distance[near].max()), int(distance[~near].min() - task.scale))


def _wrong_labels() -> int:
    """Images of both tasks whose label is not that of the sentence."""
    first, second = paper_task(1), paper_task(2)
    by_distance = np.where(_distances(first) < first.scale, 1, -1)
    blocks = second.pairs // second.scale
    by_block = np.where(blocks[:, 0] == blocks[:, 1], 1, -1)
    return int((first.labels != by_distance).sum() + (second.labels != by_block).sum())


def _gaussian_error() -> float:
    """Fig. 6, left: one pixel at the last layer against the Gaussian of its variance, over the peak."""
    architecture, width, _ = STACKS[0]
    h = kernel(architecture, width, architecture.depth)
    a = (np.arange(width) + width // 2) % width - width // 2
    variance = architecture.depth * (architecture.filter_size**2 - 1) / 12
    return float(np.abs(h - np.exp(-(a**2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)).max() / h.max())


def _counted() -> tuple[float, tuple[int, ...]]:
    """Fig. 6, right: every neuron against the number of active pixels in its block."""
    architecture, width, positions = STACKS[1]
    image = np.zeros(width)
    image[list(positions)] = 1
    worst, values = 0.0, set()
    for k in range(1, architecture.depth + 1):
        block = architecture.filter_size**k
        count = image.reshape(-1, block).sum(1)
        worst = max(worst, float(np.abs(apply(architecture, image, k) * block - count).max()))
        values |= set(count.astype(int).tolist())
    return worst, tuple(sorted(values))


def _leaving(block: int, width: int = 64) -> float:
    """Probability that a move by ±1 takes a pixel to another block, by enumeration."""
    positions = np.arange(width)
    return float(np.mean([(positions + step) % width // block != positions // block for step in (-1, 1)]))


def kernel_of_pixel(layer: int) -> np.ndarray:
    """f_k(δ_0) at stride F = 2 with filters that count pixels: 1 in one neuron."""
    image = np.zeros(64)
    image[0] = 1
    return np.asarray(apply(Architecture(2, 2, layer), image, layer) * 2**layer)
