import math

import numpy as np
import pytest

from validate.exponents import Exponent
from validate.verdict import EXPONENT_TOLERANCE, distance, same_exponent

CURVE = np.array([0.5, 0.26, 0.13, 0.07])


def test_distance_is_the_median_over_layers() -> None:
    far = distance(np.array([CURVE * np.exp([0.01, -0.02, 0.03, 0.5])] * 3), CURVE)
    assert far == pytest.approx([0.025] * 3)
    assert distance(np.empty((4, 0)), np.empty(0)).size == 0


def test_exponents() -> None:
    fitted = Exponent(-2.000001, 1e-9, 100, 1000, 12)
    assert same_exponent(-2, fitted)
    assert not same_exponent(-2 - 2 * EXPONENT_TOLERANCE, fitted)
    assert not same_exponent(-2.2, fitted)
    assert not same_exponent(-2, Exponent(math.nan, math.nan, 100, 1000, 12))
