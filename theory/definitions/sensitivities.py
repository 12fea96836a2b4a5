"""The record in which every witness gives its result: D_k, G_k, R_k of Eq. 1 against the receptive field A_k."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sensitivities:
    """D_k = E‖f_k(τ(x)) − f_k(x)‖² / E‖f_k(x₁) − f_k(x₂)‖², G_k = E‖f_k(x+η) − f_k(x)‖² / the same, R_k = D_k/G_k
    (Eq. 1) in layers k = 1 … K, of one network or of S.

    layer             (K,) layer numbers k, or names
    receptive_field   (K,) effective receptive field A_k in input pixels; NaN where it is not known
    D, G              (K,) or (S, K), dimensionless; NaN where the denominator is 0: one representation for all images
    source            what they were measured on, in words
    D_error, G_error  their standard errors where a finite sample was drawn; None where nothing was sampled
    """

    layer: np.ndarray
    receptive_field: np.ndarray
    D: np.ndarray
    G: np.ndarray
    source: str
    D_error: np.ndarray | None = None
    G_error: np.ndarray | None = None

    @property
    def R(self) -> np.ndarray:
        """R_k = D_k/G_k (Eq. 1)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.D / self.G)
