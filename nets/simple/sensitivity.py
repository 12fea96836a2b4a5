"""D_k, G_k, R_k of Eq. 1 for simple CNNs: all images and all moves for D, sampled noise for G."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from nets.simple.network import SimpleCNNs, layer, representations
from nets.simple.patches import Patches, distinct_patches
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection

# float32 outputs of images that a network cannot tell apart still differ by rounding
ROUNDING = 1e-10
# draws of image and noise for G, unless more are wanted
NOISY_IMAGES = 512


@torch.no_grad()
def measure(
    networks: SimpleCNNs,
    task: ScaleDetection,
    architecture: Architecture,
    conventions: Conventions,
    device: str = "cpu",
    noisy_images: int = NOISY_IMAGES,
    average_channels: bool = False,
    noise_seeds: Sequence[int] | None = None,
) -> Sensitivities:
    """Eq. 1 of each of S networks in every layer, on all images of `task`: (S, K), with the standard error of G over
    the images and noises that were drawn.

    average_channels   take ⟨f_k⟩ over channels for the representation, as the published code's "mean channel"
    noisy_images       images, drawn by their weights, that get one noise each
    noise_seeds        one for each network: networks with different draws have independent errors of G, which their
                       scatter then contains; default: `draw_noise` with seed 0 for all
    """
    if conventions.noise == "linear":
        raise ValueError(
            "noise 'linear' is of a network without rectifier, these have it: use 'rectified' or 'gaussian'"
        )
    networks = networks.to(device)
    outcomes = _moved_pairs(task, conventions)
    # every image and moved image once, by the code N·i + j of its pixels
    codes, places = np.unique(
        np.concatenate([_codes(task, p) for _, p in outcomes] + [_codes(task, task.pairs)]), return_inverse=True
    )
    patches = distinct_patches(architecture, task.active(np.stack(np.divmod(codes, task.pixels), axis=1)), task.dim)
    moved, at = np.split(places, [len(outcomes) * len(task.pairs)])
    moved = moved.reshape(len(outcomes), -1)
    probabilities = np.array([p for p, _ in outcomes])
    displacement, denominator = [], []
    for k, rows in enumerate(_rows(networks, patches, task, device, average_channels)):
        displacement.append(_displacement(rows, patches.rows[k], at, moved, probabilities, task))
        denominator.append(_image_distance(rows, patches.rows[k][at], task, conventions))
    below = torch.stack(denominator, dim=1).cpu().numpy()
    d = torch.stack(displacement, dim=1).cpu().numpy() / below
    seeds = [0] * len(d) if noise_seeds is None else noise_seeds
    draws = [draw_noise(task, conventions, noisy_images, seed) for seed in seeds]
    power, error = _noise_power(networks, task, architecture, draws, device, average_channels)
    layers, source = np.arange(1, architecture.depth + 1), "trained or untrained CNNs, Eq. 1, all images"
    return Sensitivities(layers, np.full(len(layers), np.nan), d, power / below, source, G_error=error / below)


def draw_noise(task: ScaleDetection, conventions: Conventions, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """((count, N) images, drawn by their weights; the same with one noise each) that `measure` takes for G."""
    rng = np.random.default_rng([seed, 3])
    chosen = rng.choice(len(task.pairs), count, p=task.weights)
    images = task.amplitude * task.active(task.pairs[chosen])
    eta = rng.normal(size=images.shape) * np.sqrt(_noise_variance(task, conventions)[chosen, None])
    return images, images + (np.maximum(eta, 0) if conventions.noise == "rectified" else eta)


def _moved_pairs(task: ScaleDetection, conventions: Conventions) -> list[tuple[float, np.ndarray]]:
    """Every outcome of the two independent moves: (probability, (P, 2) pixels of each moved image)."""
    single = move_outcomes(task, conventions.move)
    i, j = task.pairs.T
    return [(p * q, np.stack([moved[i], other[j]], axis=1)) for p, moved in single for q, other in single]


def _codes(task: ScaleDetection, pairs: np.ndarray) -> np.ndarray:
    low, high = np.sort(pairs, axis=1).T
    return np.asarray(low * task.pixels + high)


def _rows(
    networks: SimpleCNNs, patches: Patches, task: ScaleDetection, device: str, average_channels: bool
) -> Iterator[Tensor]:
    """Yield (S, n_k, H) float64: f_k of every distinct patch, k = 1 … K."""
    seeds = len(networks.offset)
    values = torch.as_tensor(task.amplitude * patches.values, dtype=networks.first.dtype, device=device)
    f = values.view(1, -1, 1).expand(seeds, -1, 1)
    for k, table in enumerate(patches.tables, start=1):
        index = torch.as_tensor(table.reshape(-1), device=device)
        f = layer(networks, k, f[:, index].reshape(seeds, len(table), -1))
        rows = f.double()
        yield rows.mean(2, keepdim=True) if average_channels else rows


def _displacement(
    rows: Tensor,
    image_rows: np.ndarray,
    at: np.ndarray,
    moved: np.ndarray,
    probabilities: np.ndarray,
    task: ScaleDetection,
) -> Tensor:
    """(S,) E_x,τ‖f(τ(x)) − f(x)‖²: each pair of differing rows once, with its probability."""
    count = rows.shape[1]
    before = np.broadcast_to(image_rows[at], (len(moved), *image_rows[at].shape))
    after = image_rows[moved]
    differ = before != after
    weights = np.broadcast_to((probabilities[:, None] * task.weights)[:, :, None], before.shape)[differ]
    pairs, inverse = np.unique(before[differ].astype(np.int64) * count + after[differ], return_inverse=True)
    total = torch.as_tensor(np.bincount(inverse, weights, len(pairs)), device=rows.device)
    first, second = (torch.as_tensor(index, device=rows.device) for index in np.divmod(pairs, count))
    displacement = torch.zeros(len(rows), dtype=torch.float64, device=rows.device)
    for part in torch.arange(len(pairs), device=rows.device).split(4096):  # type: ignore[no-untyped-call]
        displacement += ((rows[:, first[part]] - rows[:, second[part]]).square().sum(2) * total[part]).sum(1)
    return displacement


def _image_distance(rows: Tensor, image_rows: np.ndarray, task: ScaleDetection, conventions: Conventions) -> Tensor:
    """(S,) E‖f(x₁) − f(x₂)‖² = 2(E‖f‖² − ‖Ef‖²), NaN where it is 0 to rounding, from the images' rows."""
    positions = image_rows.shape[1]
    cell = np.arange(positions) * rows.shape[1] + image_rows
    weights = np.repeat(task.weights, positions)
    share = np.bincount(cell.reshape(-1), weights, positions * rows.shape[1]).reshape(positions, -1)
    occupancy = torch.as_tensor(share, device=rows.device)
    square = rows.square().sum(2) @ occupancy.sum(0)
    # subtract the mean first: close representations must not cancel
    centre = (rows * occupancy.sum(0)[None, :, None]).sum(1, keepdim=True) / positions
    rows = rows - centre
    variance = rows.square().sum(2) @ occupancy.sum(0) - torch.matmul(occupancy, rows).square().sum((1, 2))
    if conventions.denominator == "distinct":
        variance = variance / (1 - float(task.weights @ task.weights))
    return torch.where(variance > ROUNDING * square, 2 * variance, torch.nan)


def _noise_power(
    networks: SimpleCNNs,
    task: ScaleDetection,
    architecture: Architecture,
    draws: Sequence[tuple[np.ndarray, np.ndarray]],
    device: str,
    average_channels: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """((S, K) E‖f_k(x+ξ) − f_k(x)‖², its standard error) over each network's (images, noisy images)."""
    count = len(draws[0][0])
    chunk = max(1, 2**24 // (task.pixels * networks.channels * networks.patch_size))
    powers = []
    for start in range(0, count, chunk):
        clean, dirty = (
            representations(
                networks,
                architecture,
                torch.as_tensor(
                    np.stack([draw[side][start : start + chunk] for draw in draws]),
                    dtype=networks.first.dtype,
                    device=device,
                ),
                task.dim,
            )
            for side in (0, 1)
        )
        reduced = [
            (a.mean(3) - b.mean(3)).unsqueeze(3) if average_channels else a - b
            for a, b in zip(dirty, clean, strict=True)
        ]
        powers.append(torch.stack([difference.double().square().sum((2, 3)) for difference in reduced], dim=2))
    power = torch.cat(powers, dim=1).cpu().numpy()
    return power.mean(1), power.std(1, ddof=1) / np.sqrt(count)


def _noise_variance(task: ScaleDetection, conventions: Conventions) -> np.ndarray:
    """(P,) σ² of each image's noise: N σ² = E‖τ(x)−x‖², over all images or over the moves of this one."""
    images = task.active(task.pairs)
    square = np.zeros(len(images))
    for probability, pairs in _moved_pairs(task, conventions):
        square += probability * ((task.active(pairs) - images) ** 2).sum(1)
    variances = square * task.amplitude**2 / task.pixels
    return variances if conventions.noise_norm == "image" else np.full_like(variances, task.weights @ variances)
