"""How `validate.scaling` trains its networks."""

from dataclasses import replace
from typing import Literal

from nets.simple.training import Training

Preset = Literal["quick", "paper"]


def preset_training(preset: Preset, task: Literal[1, 2], dim: int = 1, filter_size: int | None = None) -> Training:
    """The settings of a preset.

    paper  App. B.2: width 1000, ridge 0.01, batch 8, the 500× stop rule, 4 seeds (task 1) or 10 (task 2)
    quick  width 64, four seeds, a larger ridge for a fixed number of epochs, and a learning rate that falls to 0, so
           that the noise of the last steps, which blurs G, dies out. Task 1 takes all 48 images at once, since together
           they have fewer distinct patches, 1296, than 8 images have positions, 3072; heavy-ball momentum; and at the
           end the search for the solution of minimal norm, which gradient descent reaches very slowly there.

    There is no paper to follow in the plane, with 512 and 2048 images, where "quick" has width 32, and for F = 5 in
    task 1, where the learning rate must be smaller.
    """
    if dim > 1:
        return _plane(preset, task)
    if (task, filter_size) == (1, 5):
        wide = replace(preset_training(preset, task), images=84)
        quick = replace(wide, learning_rate=0.0005, momentum_from=3000, epochs=8000)
        return wide if preset == "paper" else quick
    images = 48 if task == 1 else 1024
    if preset == "paper":
        return Training(channels=1000, seeds=tuple(range(4 if task == 1 else 10)), images=images)
    if task == 1:
        return Training(
            channels=64,
            seeds=(0, 1, 2, 3),
            images=images,
            learning_rate=0.001,
            momentum=0.95,
            momentum_from=1000,
            cooldown=0.3,
            ridge=0.5,
            batch=None,
            epochs=8_000,
            minimal_norm=4,
            patience=None,
            evaluate_every=100,
        )
    return Training(
        channels=64,
        seeds=(0, 1, 2, 3),
        images=images,
        learning_rate=0.02,
        cooldown=0.8,
        ridge=0.04,
        epochs=500,
        patience=None,
    )


def _plane(preset: Preset, task: Literal[1, 2]) -> Training:
    images = 512 if task == 1 else 2048
    if preset == "paper":
        return Training(channels=1000, seeds=(0, 1, 2, 3), images=images)
    return Training(
        channels=32,
        seeds=(0, 1, 2, 3),
        images=images,
        learning_rate=0.005 if task == 1 else 0.02,
        cooldown=0.8,
        ridge=0.2 if task == 1 else 0.05,
        epochs=500 if task == 1 else 150,
        patience=None,
    )
