"""How simple CNNs are trained (App. B.2)."""

import math
from dataclasses import dataclass
from typing import Any


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
        at_least_one = {
            "width": self.channels,
            "number of seeds": len(self.seeds),
            "batch": self.batch,
            "number of epochs": self.epochs,
        }
        for name, value in at_least_one.items():
            if value is not None and value < 1:
                raise ValueError(f"the {name} is {value} and must be at least 1: use 1 or more")
        if self.batch is not None and self.batch > self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use at most {self.images}"
            )
        for name, rate in (("ridge", self.ridge), ("learning rate", self.learning_rate)):
            if not 0 <= rate < math.inf:
                raise ValueError(f"the {name} is {rate:g} and must be a number of 0 or more: use 0.01")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"the momentum is {self.momentum:g} and must be at least 0 and below 1: use 0.9")
        if self.minimal_norm < 0:
            raise ValueError(f"{self.minimal_norm} rounds towards minimal norm are too few: use 0 or more")
        if self.minimal_norm and (self.epochs is None or self.patience is not None):
            raise ValueError(
                "the search for minimal norm follows a fixed number of epochs: give --epochs, no stop rule"
            )
        if self.epochs is None and self.patience is None:
            raise ValueError("training has neither a number of epochs nor a stop rule: give one of them")

    def decay(self, learning_rate: Any, depth: int) -> Any:
        """2·learning rate·ridge/K, by which a step shrinks the filters of K = `depth` layers."""
        return 2 * learning_rate * self.ridge / depth
