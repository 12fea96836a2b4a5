"""How a deep network is trained (App. B.1, Fig. 8)."""

from dataclasses import dataclass
from typing import Literal

from theory.definitions.ranges import LARGEST, require_choice, require_real, require_whole

CHOICES = {
    "loss": ("hinge", "cross-entropy"),
    "precision": ("float32", "mixed"),
    "optimizer": ("sgd", "adam"),
    "schedule": ("cosine", "constant"),
}


@dataclass(frozen=True)
class DeepTraining:
    """How one network is trained; the defaults are those of Fig. 8.

    architecture, width   as `nets.deep.architectures.build` has them
    seed                  fixes initialisation, images, their order, and dropout
    images, validation, test   how many of each
    optimizer             "sgd", with momentum, or "adam", with its usual 0.9 and 0.999
    learning_rate         of the first step          schedule   "cosine": it falls to 0 after the last; "constant"
    momentum              of SGD                     weight_decay   of weights only: parameters of two axes or more
    loss                  "hinge" or "cross-entropy", as the task has them
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
    optimizer: Literal["sgd", "adam"] = "sgd"
    schedule: Literal["cosine", "constant"] = "cosine"

    def __post_init__(self) -> None:
        require_whole(
            self, seed=(0, LARGEST), images=(2, LARGEST), validation=(1, LARGEST), test=(1, LARGEST),
            epochs=(1, LARGEST), batch=(2, LARGEST), evaluate_every=(1, LARGEST),
        )  # fmt: skip
        require_real(self, learning_rate=(0, 1e30), weight_decay=(0, 1e30), momentum=(0, 0.999999))
        if not 2 <= self.batch <= self.images:
            raise ValueError(
                f"batches of {self.batch} cannot be drawn from {self.images} images: use 2 to {self.images}"
            )
        require_choice(self, **CHOICES)

    @property
    def steps(self) -> int:
        """Steps of SGD in an epoch; a short rest is left out."""
        return self.images // self.batch
