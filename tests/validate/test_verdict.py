import math

import numpy as np
import pytest

from validate.exponents import Exponent
from validate.verdict import DISTANCE_TOLERANCE, EXPONENT_TOLERANCE, distance, same_exponent

CURVE = np.array([0.5, 0.26, 0.13, 0.07])


def test_distance_is_the_median_over_layers() -> None:
    far = distance(np.array([CURVE * np.exp([0.01, -0.02, 0.03, 0.5])] * 3), CURVE)
    assert far.median == pytest.approx(0.025)
    assert far.per_seed == pytest.approx([0.025] * 3)


def test_curves_within_ten_percent_agree_and_beyond_do_not() -> None:
    assert distance(np.array([CURVE * 1.04, CURVE * 1.05, CURVE * 1.045]), CURVE).agrees
    assert not distance(np.array([CURVE * 1.12, CURVE * 1.13, CURVE * 1.12]), CURVE).agrees


def test_seeds_that_disagree_with_each_other_widen_the_bound() -> None:
    scattered = distance(np.array([CURVE * 1.01, CURVE * 1.15]), CURVE)
    assert scattered.median < DISTANCE_TOLERANCE < scattered.upper
    assert not scattered.agrees


@pytest.mark.parametrize("seeds", [0, 1])
def test_too_few_seeds_cannot_agree(seeds: int) -> None:
    assert not distance(np.tile(CURVE, (seeds, 1)), CURVE).agrees


def test_no_layers_cannot_agree() -> None:
    assert not distance(np.empty((4, 0)), np.empty(0)).agrees


def test_undefined_layers_cannot_agree() -> None:
    broken = np.tile(CURVE, (3, 1))
    broken[0, 1] = math.nan
    assert not distance(broken, CURVE).agrees


def test_exponents() -> None:
    fitted = Exponent(-2.000001, 1e-9, 100, 1000, 12)
    assert same_exponent(-2, fitted)
    assert not same_exponent(-2 - 2 * EXPONENT_TOLERANCE, fitted)
    assert not same_exponent(-2.2, fitted)
    assert not same_exponent(-2, Exponent(math.nan, math.nan, 100, 1000, 12))
