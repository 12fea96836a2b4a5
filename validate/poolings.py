"""Fig. 2: pooling in space and over channels, computed on a small representation and a small image."""

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# a horizontal edge, and its copies rotated by 90° each: four channels
EDGE = np.array([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]])
CHANNELS = tuple(np.rot90(EDGE, turns) for turns in range(4))
Move = Callable[[np.ndarray], np.ndarray]
STILL = "as it is"
MOVES: dict[str, Move] = {"shifted": lambda x: np.roll(x, 1, axis=0), "rotated": np.rot90}


@dataclass(frozen=True)
class Pooling:
    """One kind of pooling of an image that is moved.

    images           {move: image}, STILL for none; `representations` and `pooled` of each
    """

    images: dict[str, np.ndarray]
    representations: dict[str, np.ndarray]
    pooled: dict[str, np.ndarray]

    def left(self, move: str, pooled: bool) -> float:
        """‖f(τx) − f(x)‖² / ½(‖f(τx)‖² + ‖f(x)‖²), what the representation keeps of a move: 0 nothing, 2 all."""
        values = self.pooled if pooled else self.representations
        moved, still = values[move], values[STILL]
        return float(2 * ((moved - still) ** 2).sum() / ((moved**2).sum() + (still**2).sum()))


def spatial_pooling() -> Pooling:
    """A representation of 8 × 8 neurons with one smooth spot, averaged over squares of 2 × 2."""
    row, column = np.indices((8, 8))
    spot = np.exp(-((row - 2.0) ** 2 + (column - 1.5) ** 2) / 2)
    return _pooling(spot, lambda x: x, lambda f: f.reshape(4, 2, 4, 2).mean((1, 3)))


def channel_pooling() -> Pooling:
    """The rectified responses of an edge filter and its rotated copies in the middle of an image, averaged."""
    image = np.zeros((5, 5))
    image[:2], image[2] = 1.0, 0.5
    return _pooling(image, _responses, lambda f: f.mean(keepdims=True))


def _responses(image: np.ndarray) -> np.ndarray:
    """(4,) φ(w_c · x) of the middle 3 × 3 pixels."""
    return np.array([max(0.0, float((channel * image[1:4, 1:4]).sum())) for channel in CHANNELS])


def _pooling(image: np.ndarray, represent: Move, pool: Move) -> Pooling:
    images = {STILL: image, **{name: move(image) for name, move in MOVES.items()}}
    representations = {name: represent(each) for name, each in images.items()}
    return Pooling(images, representations, {name: pool(f) for name, f in representations.items()})


def poolings() -> Figure:
    """Fig. 2: above, a representation and its means over squares; below, an image and its channels with their mean."""
    figure, axes = plt.subplots(2, 6, figsize=(13, 5.2), layout="constrained")
    space, channels = spatial_pooling(), channel_pooling()
    for n, name in enumerate(space.images):
        _show(axes[0, 2 * n], space.representations[name], f"representation, {name}")
        _show(axes[0, 2 * n + 1], space.pooled[name], _title(space, name, "mean of 2 × 2"))
        _show(axes[1, 2 * n], channels.images[name], f"image, {name}")
        axis = axes[1, 2 * n + 1]
        axis.bar(range(4), channels.representations[name], color="0.7")
        axis.axhline(float(channels.pooled[name][0]), color="C3", lw=2, label="mean over channels")
        axis.set_title(_title(channels, name, "rotated filters"), fontsize=9)
        axis.set(xticks=range(4), xlabel="channel", ylim=(0, 3.3))
    axes[1, 1].legend(fontsize=8, frameon=False)
    figure.suptitle("Pooling in space forgets shifts, pooling over rotated channels forgets rotations", fontsize=11)
    return figure


def _title(pooling: Pooling, name: str, kind: str) -> str:
    if name == STILL:
        return kind
    return f"{kind}\nleft: {pooling.left(name, False):.2f}, pooled {pooling.left(name, True):.2f}"


def _show(axis: Axes, values: np.ndarray, title: str) -> None:
    axis.imshow(values, cmap="Blues", vmin=0, vmax=1)
    axis.set_title(title, fontsize=9)
    axis.set(xticks=[], yticks=[])
