"""How a deep network is trained (App. B.1, Fig. 8)."""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DeepTraining:
    """How one network is trained; the defaults are those of Fig. 8.

    architecture, width   as `nets.deep.architectures.build` has them
    seed                  fixes initialisation, images, their order, and dropout
    images, validation, test   how many of each, half of each class
    learning_rate         of the first step; it falls along a cosine to 0 after the last
    momentum, weight_decay     of SGD; only weights decay: parameters of two axes or more
    loss                  "hinge": max(0, 1 − y f); "cross-entropy": ln(1 + e^(−y f))
    evaluate_every        epochs between evaluations on the validation set; the network of the lowest error there is
                          kept, of those the one of the lowest loss
    precision             "float32", or "mixed": activations in bfloat16

    Raises ValueError, one sentence, for numbers that cannot be trained with.
    """

    architecture: str
    width: float = 1.0
    seed: int = 0
    images: int = 1024
    validation: int = 1024
    test: int = 8192
    epochs: int = 300
    batch: int = 128
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    loss: Literal["hinge", "cross-entropy"] = "hinge"
    evaluate_every: int = 1
    precision: Literal["float32", "mixed"] = "float32"

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("epochs between evaluations", self.evaluate_every)):
            if value < 1:
                raise ValueError(f"the number of {name} is {value} and must be at least 1: use 1 or more")
        if not 2 <= self.batch <= self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use 2 to {self.images}"
            )
        for name, rate in (("learning rate", self.learning_rate), ("weight decay", self.weight_decay)):
            if not 0 <= rate < math.inf:
                raise ValueError(f"the {name} is {rate:g} and must be a number of 0 or more: use 0.05 or 0.0005")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"the momentum is {self.momentum:g} and must be from 0 to below 1: use 0.9")
        if self.loss not in ("hinge", "cross-entropy") or self.precision not in ("float32", "mixed"):
            raise ValueError(
                f"loss {self.loss!r} in precision {self.precision!r} is unknown: use 'hinge' or 'cross-entropy', "
                "and 'float32' or 'mixed'"
            )

    @property
    def steps(self) -> int:
        """Steps of SGD in an epoch; a short rest is left out."""
        return self.images // self.batch
