"""Maxima over windows, applied: to active pixels at all positions of a ring, and to noise."""

import numpy as np

from theory.definitions.stack import Stack


def apply_maximum(stack: Stack, images: np.ndarray) -> np.ndarray:
    """(…, L/S_K) maxima of the (…, L) images on a ring, layer after layer, over the places of the filters' weights.

    Raises ValueError where a stride does not divide the pixels that are left.
    """
    f = np.asarray(images, dtype=float)
    for layer in stack:
        width = f.shape[-1]
        if width % layer.stride:
            raise ValueError(f"stride {layer.stride} does not divide {width} pixels: choose another image")
        anchors = layer.stride * np.arange(width // layer.stride)
        f = np.max([f[..., (anchors + o) % width] for o in layer.taps], axis=0)
    return f


def displacement(stack: Stack, width: int, distance: int | None = None) -> float:
    """E‖f(τx) − f(x)‖²/E‖f(x)‖² over all positions of one active pixel, moved by one to the right or left; beside it,
    `distance` away to the right, a second one that stays.
    """
    moving, resting = np.eye(width), np.zeros((width, width))
    if distance is not None:
        resting = np.roll(moving, distance, axis=1)
    before = apply_maximum(stack, moving + resting)
    moved = [
        np.sum((apply_maximum(stack, np.roll(moving, way, axis=1) + resting) - before) ** 2, axis=1) for way in (1, -1)
    ]
    return float(np.mean(moved) / np.mean(np.sum(before**2, axis=1)))


def noise_power(stack: Stack, width: int, draws: int, height: float = 1e3, seed: int = 0) -> tuple[float, float]:
    """(G_k, its standard error) of one active pixel of `height`, in units in which it is 1: rectified noise of
    L σ² = 2, the pixel at a position drawn for each image.
    """
    rng = np.random.default_rng(seed)
    sigma = np.sqrt(2 / width)
    x = height * np.eye(width)[rng.integers(width, size=draws)]
    noise = np.maximum(sigma * rng.normal(size=x.shape), 0)
    before = apply_maximum(stack, x)
    power = np.sum((apply_maximum(stack, x + noise) - before) ** 2, axis=1)
    square = np.mean(np.sum((before / height) ** 2, axis=1))
    return float(power.mean() / square), float(power.std(ddof=1) / np.sqrt(draws) / square)
