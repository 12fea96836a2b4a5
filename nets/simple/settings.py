"""How simple CNNs are trained (App. B.2)."""

from dataclasses import dataclass
from typing import Any

from theory.definitions.ranges import LARGEST, require_real, require_whole, require_wholes, whole

# networks of one training, and channels of a layer
MOST_SEEDS, MOST_CHANNELS = 10_000, 2**16


@dataclass(frozen=True)
class Training:
    """How networks are trained.

    channels       H, width of every layer
    seeds          one network each; a seed fixes initialisation, training images and their order
    images         P, training images, half of each class
    validation     images of the validation set (at most this many; all others are for the test)
    learning_rate  mean-field learning rate: the step on every parameter is learning_rate·H·gradient
    cooldown       share of `epochs` at the end over which the learning rate falls linearly to 0 (paper: 0)
    ridge          the loss carries ridge·Σ|w|²/(H·K) over the filters; biases and readout are free
    batch          images a step; None: all P at once
    epochs         the most epochs; None: until the stop rule alone ends it
    momentum       heavy-ball coefficient from epoch `momentum_from` on (paper: 0, plain descent); the effective step is
                   learning_rate/(1 − momentum)
    minimal_norm   rounds of the search for the solution of minimal norm after the last epoch (paper: 0, none)
    patience       stop rule: hinge loss exactly 0 on the training set, validation error 0, and epoch ≥ patience ×
                   the epoch at which the training loss first was 0; None: train all `epochs`
    evaluate_every  epochs between two evaluations of the whole training and validation set

    Raises ValueError, one sentence, for numbers that cannot be trained with.
    """

    channels: int
    seeds: tuple[int, ...]
    images: int
    validation: int = 128
    learning_rate: float = 0.01
    cooldown: float = 0.0
    ridge: float = 0.01
    batch: int | None = 8
    epochs: int | None = None
    patience: int | None = 500
    evaluate_every: int = 10
    momentum: float = 0.0
    momentum_from: int = 0
    minimal_norm: int = 0

    def __post_init__(self) -> None:
        require_wholes(self, seeds=(0, LARGEST))
        whole("number of seeds", len(self.seeds), 1, MOST_SEEDS)
        require_whole(
            self, channels=(1, MOST_CHANNELS), images=(1, LARGEST), validation=(0, LARGEST), batch=(1, LARGEST),
            epochs=(1, LARGEST), patience=(1, LARGEST), evaluate_every=(1, LARGEST), momentum_from=(0, LARGEST),
            minimal_norm=(0, 1000),
        )  # fmt: skip
        require_real(self, learning_rate=(0, 1e30), cooldown=(0, 1), ridge=(0, 1e30))
        if self.batch is not None and self.batch > self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use at most {self.images}"
            )
        require_real(self, momentum=(0, 0.999999))
        if self.minimal_norm and (self.epochs is None or self.patience is not None):
            raise ValueError(
                "the search for minimal norm follows a fixed number of epochs: give --epochs, no stop rule"
            )
        if self.epochs is None and self.patience is None:
            raise ValueError("training has neither a number of epochs nor a stop rule: give one of them")

    def decay(self, learning_rate: Any, depth: int) -> Any:
        """2·learning rate·ridge/K, by which a step shrinks the filters of K = `depth` layers."""
        return 2 * learning_rate * self.ridge / depth
