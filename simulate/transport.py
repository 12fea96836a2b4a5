"""D_k in two parts, by experiment: images through the strided stack, displaced, and their outputs transported.

The displacement by t pixels of the image is one by t/S neurons of layer K, made exactly on the ring of its neurons:
each Fourier mode is turned by e^{−iθt/S}. On an even number of neurons the mode θ = π takes the real part of it.
"""

import numpy as np

from simulate.stack import apply, line_sensitivities, response
from theory.definitions.moved_lost import MovedLost
from theory.definitions.stack import Stack, strides


def transport(representation: np.ndarray, displacement: float) -> np.ndarray:
    """The (…, n) real representations on rings of n neurons, displaced by a number of neurons."""
    neurons = representation.shape[-1]
    turn = np.exp(-2j * np.pi * np.arange(neurons // 2 + 1) * displacement / neurons)
    return np.asarray(np.fft.irfft(np.fft.rfft(representation) * turn, neurons))


def squares(before: np.ndarray, after: np.ndarray, displacement: float) -> np.ndarray:
    """(3, n): ‖f(τx) − f(x)‖², moved ‖τf(x) − f(x)‖² and lost ‖f(τx) − τf(x)‖² of each of n representations f(x) and
    f(τx), (n, neurons) both, τ the displacement by a number of neurons.
    """
    transported = transport(before, displacement)
    return np.array([np.sum(d**2, axis=-1) for d in (after - before, transported - before, after - transported)])


def pixel_split(stack: Stack, neurons: int, transported_by: float = 1.0) -> MovedLost:
    """One active pixel at every position of a ring of `neurons` of each layer, moved by one pixel; over ‖f_k(δ)‖².

    A pixel at i gives f_k(a) = h(i − S a), every S-th weight of the kernel. `transported_by`: pixels, 1 but for a
    negative control. Raises ValueError for a kernel wider than the ring.
    """
    parts = []
    for k in range(1, len(stack) + 1):
        kernel, size = response(stack[:k]), strides(stack)[k]
        if len(kernel) > neurons * size:
            raise ValueError(f"the kernel of {len(kernel)} pixels does not fit {neurons} neurons: use more of them")
        ring = np.pad(kernel, (0, neurons * size - len(kernel)))
        # the pixel at i + S n sees what the pixel at i does, n neurons further: S positions are all
        reversed_ring = np.roll(ring[::-1], 1)
        before = np.stack(np.split(reversed_ring, neurons), axis=1)
        after = np.stack(np.split(np.roll(reversed_ring, 1), neurons), axis=1)
        square = np.sum(kernel**2) / size
        parts.append(squares(before, after, transported_by / size).mean(1) / square)
    d, moved, lost = np.array(parts).T
    layers, field = np.arange(1, len(stack) + 1), line_sensitivities(stack).receptive_field
    return MovedLost(layers, field, d, moved, lost, f"one pixel on a ring of {neurons} neurons")


def image_split(stack: Stack, neurons: int, images: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """((D, moved, lost) of the last layer, their standard errors), over half the distance of two random images.

    Images are non-negative, their pixels independent; they and their displaced copies go through one layer after the
    other, as Section 4 writes it.
    """
    size = strides(stack)[-1]
    x = np.random.default_rng(seed).exponential(size=(images, neurons * size))
    before, after = apply(stack, x), apply(stack, np.roll(x, 1, axis=1))
    parts = squares(before, after, 1 / size).T
    half_distances = np.sum((before - np.roll(before, 1, axis=0)) ** 2, axis=1) / 2
    values = parts.mean(0) / half_distances.mean()
    deviations = parts - values * half_distances[:, None]
    return values, deviations.std(0, ddof=1) / np.sqrt(images) / half_distances.mean()


def translation_split(stack: Stack, images: np.ndarray, weights: np.ndarray) -> MovedLost:
    """D, moved, lost of the layers for a translation of whole images by one pixel of their ring, over
    E‖f_k(x₁) − f_k(x₂)‖² of (n, L) images with these weights; NaN where they have one representation.
    """
    parts = []
    before, after = images, np.roll(images, 1, axis=1)
    for layer, step in zip(stack, strides(stack)[1:], strict=True):
        before, after = apply((layer,), before), apply((layer,), after)
        power = np.sum(before**2, axis=1)
        distance = 2 * (weights @ power - np.sum((weights @ before) ** 2))
        sums = squares(before, after, 1 / step) @ weights
        parts.append(sums / (distance if distance > 1e-12 * (weights @ power) else np.nan))
    d, moved, lost = np.array(parts).T
    layers, field = np.arange(1, len(stack) + 1), line_sensitivities(stack).receptive_field
    return MovedLost(layers, field, d, moved, lost, f"{len(images)} images, translated")
