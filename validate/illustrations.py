"""Figs. 5 and 6: example images of both tasks, and the representations of one image layer by layer."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulate.operator import apply, receptive_field
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection

# two pixels in the plane, as the paper draws them; the tasks of App. B.2 are their lines
PLANES = (ScaleDetection(1, 32, 11, gap=4, dim=2), ScaleDetection(2, 32, 8, dim=2))
# (architecture, pixels, positions of the active pixels): s = 1, F = 5 and s = F = 2
STACKS = ((Architecture(5, 1, 12), 64, (22, 40)), (Architecture(2, 2, 5), 32, (6, 21)))


def examples(seed: int = 0) -> Figure:
    """Fig. 5: an image of either class of both tasks, in two dimensions."""
    figure, axes = plt.subplots(1, 4, figsize=(11, 3.3), layout="constrained")
    rng = np.random.default_rng(seed)
    for task, pair in zip(PLANES, (axes[:2], axes[2:]), strict=True):
        for axis, label in zip(pair, (-1, 1), strict=True):
            i, j = task.pairs[rng.choice(np.flatnonzero(task.labels == label))]
            _example(axis, task, int(i), int(j), label)
    figure.suptitle("Task 1 (left): the distance of the pixels and the scale ξ; task 2 (right): their blocks of ξ × ξ")
    return figure


def _example(axis: Axes, task: ScaleDetection, i: int, j: int, label: int) -> None:
    width, scale = task.width, task.scale
    positions = np.array([divmod(i, width), divmod(j, width)])
    if task.kind == 2:
        blocks = np.add.outer(*[np.arange(width) // scale] * 2) % 2
        axis.imshow(blocks, cmap="Pastel1", vmin=0, vmax=8, origin="lower", extent=(-0.5, width - 0.5) * 2)
    else:
        angle = np.linspace(0, 2 * np.pi, 200)
        row, column = positions[0, 0] + scale * np.sin(angle), positions[0, 1] + scale * np.cos(angle)
        axis.plot(column % width, row % width, "r.", ms=1, label=f"distance ξ = {scale}")
        axis.legend(loc="upper right", fontsize=7, frameon=False)
    axis.plot(positions[:, 1], positions[:, 0], "ks", ms=4)
    axis.set(
        xlim=(-0.5, width - 0.5), ylim=(-0.5, width - 0.5), xlabel="pixel", ylabel="pixel",
        title=f"task {task.kind}: $y = {label:+d}$", aspect="equal",
    )  # fmt: skip


def layers() -> Figure:
    """Fig. 6: f_k of an image of two active pixels with homogeneous filters, stride 1 and stride F."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    for axis, (architecture, width, positions) in zip(axes, STACKS, strict=True):
        last, strided = architecture.depth, architecture.stride > 1
        image = np.zeros(width)
        image[list(positions)] = 1
        rows = np.empty((last + 1, width))
        for k in range(last + 1):
            f = apply(architecture, image, k)
            # a sum over the block counts active pixels; a diffusing pixel is shown over its height
            rows[k] = np.repeat(f * architecture.filter_size**k if strided else f / f.max(), width // len(f))
        drawn = axis.imshow(rows, aspect="auto", cmap="Blues", vmin=0, extent=(-0.5, width - 0.5, last + 0.5, -0.5))
        field = receptive_field(architecture, width, last)
        centre = (positions[0] // field + 0.5) * field - 0.5 if strided else positions[0]
        half = field / 2 if strided else field
        label = f"$A_{{{last}}} = {field:.3g}$ pixels" + ("" if strided else " to both sides")
        axis.plot([centre - half, centre + half], [last, last], "r-", lw=3, label=label)
        axis.set(
            xlabel="pixel of the image", ylabel="layer $k$",
            title=f"$F = {architecture.filter_size}$, $s = {architecture.stride}$: simulation, homogeneous filters",
        )  # fmt: skip
        axis.legend(loc="lower right", fontsize=8)
        shade = figure.colorbar(drawn, ax=axis, label="active pixels in sight" if strided else "$f_k$ over its maximum")
        if strided:
            shade.set_ticks([0, 1, 2])
    return figure
