"""Sum rule or homogeneity: which of the two did networks learn whose stride does not divide the filter size?"""

from dataclasses import dataclass

import numpy as np

from validate.exponents import interval, power_law
from validate.law.trained import Trained, Witness
from validate.verdict import distance

# the sum rule predicts a defect of 0, homogeneity that of the homogeneous filter; the middle decides
MIDDLE = 0.5


@dataclass(frozen=True)
class Preference:
    """The answer of one set of networks, over the layers judged; one number for each of n seeds that count.

    defect    mean sum-rule defect of the mean filters over that of the homogeneous filter: 0 under the sum rule, 1 if
              homogeneous
    nearer    distance of D_k from the homogeneous curve less that from the curve of the nearest sum-rule filters, both
              medians over layers of |ln ratio|
    """

    defect: np.ndarray
    nearer: np.ndarray

    @property
    def sum_rule(self) -> bool:
        """Whether the 95 % interval of the mean defect lies below the middle; false for fewer than two seeds."""
        return bool(interval(self.defect)[1] < MIDDLE)

    @property
    def follows(self) -> bool:
        """Whether the 95 % interval of `nearer` lies above 0: D_k follows the sum-rule filters."""
        return bool(interval(self.nearer)[0] > 0)


def preference(trained: Trained, witness: Witness) -> Preference:
    """Ask the networks after or before training; only where the homogeneous filter breaks the sum rule."""
    counted, judged = trained.counted(witness), trained.window
    defect = witness.defect[counted][:, judged].mean(1) / trained.homogeneous_defect
    far = [
        distance(witness.measured.D[counted][:, judged], curve)
        for curve in (trained.homogeneous.D[judged], witness.nearest.D[counted][:, judged])
    ]
    return Preference(defect, far[0] - far[1])


def slopes(trained: Trained, d: np.ndarray) -> np.ndarray:
    """(n,) exponents of (n, K) values of D_k in A_k, over the layers judged."""
    field = trained.homogeneous.receptive_field[trained.window]
    return np.array([power_law(field, row[trained.window]).value for row in np.atleast_2d(d)])
