"""The form in which every witness answers: D_k, G_k, R_k of Eq. 1 against the receptive field A_k."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sensitivities:
    """Sensitivities of layers k = 1 … K.

    layer            (K,) layer numbers k
    receptive_field  (K,) effective receptive field A_k in input pixels
    D, G             (K,) sensitivities of Eq. 1, dimensionless; NaN where the denominator is 0 (undefined)
    source           what they were measured on, in words
    """

    layer: np.ndarray
    receptive_field: np.ndarray
    D: np.ndarray
    G: np.ndarray
    source: str

    @property
    def R(self) -> np.ndarray:
        """R_k = D_k/G_k (Eq. 1)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.D / self.G)
