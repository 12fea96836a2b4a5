"""The record of D_k split into what moves with the image and what is lost, for every witness."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MovedLost:
    """‖f_k(τx) − f_k(x)‖² of layers k = 1 … K, and with τ_k the displacement brought to the grid of layer k

        lost = ‖f_k(τx) − τ_k f_k(x)‖²,        moved = ‖τ_k f_k(x) − f_k(x)‖²,

    each averaged and over the same denominator.

    layer                 (K,) layer numbers k, or names
    receptive_field       (K,) A_k in input pixels; NaN where it is not known
    D, moved, lost        (K,), dimensionless
    source                what they are of, in words
    """

    layer: np.ndarray
    receptive_field: np.ndarray
    D: np.ndarray
    moved: np.ndarray
    lost: np.ndarray
    source: str

    @property
    def cross(self) -> np.ndarray:
        """D − moved − lost, twice the scalar product of the two parts."""
        return np.asarray(self.D - self.moved - self.lost)
