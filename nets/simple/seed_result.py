"""What became of each seed."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class SeedResult:
    """What became of one seed.

    status        "interpolated"; "not interpolated"; "collapsed": the output is the same for every training image;
                  "diverged": the loss is not finite
    interpolated  epoch of the first evaluation with hinge loss exactly 0 on the training set; None: never
    epochs        epochs trained
    active        steps with a hinge loss
    loss, train_error, validation_error, test_error   hinge loss and shares of wrong signs at the end
    norm, norm_gain   Σ|w|²/(H·K) after the search for minimal norm, and its relative decrease in the last round
    """

    seed: int
    status: str = "not interpolated"
    interpolated: int | None = None
    epochs: int = 0
    active: int = 0
    loss: float = math.nan
    train_error: float = math.nan
    validation_error: float = math.nan
    test_error: float = math.nan
    norm: float | None = None
    norm_gain: float | None = None

    @property
    def learned(self) -> bool:
        """Whether the seed counts in means."""
        return self.status == "interpolated"


def record(seed_result: SeedResult, name: str, outputs: np.ndarray, labels: np.ndarray, epoch: int) -> None:
    """Write into `seed_result` what the (n,) outputs on one set say, after this epoch."""
    error = float((outputs * labels <= 0).mean())
    if name == "validation":
        seed_result.validation_error = error
        return
    seed_result.train_error, seed_result.epochs = error, epoch
    seed_result.loss = float(np.maximum(1 - outputs * labels, 0).mean())
    if seed_result.loss == 0 and seed_result.interpolated is None:
        seed_result.interpolated = epoch
    if not np.isfinite(outputs).all():
        seed_result.status, seed_result.loss = "diverged", math.nan
    elif np.ptp(outputs) <= 1e-6 * max(1.0, float(np.abs(outputs).max())):  # float32 rounding of one constant
        seed_result.status = "collapsed"
    else:
        seed_result.status = (
            "interpolated" if seed_result.interpolated is not None and error == 0 else "not interpolated"
        )
