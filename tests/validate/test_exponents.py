import math

import numpy as np
import pytest
from scipy.stats import t

from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.task import ScaleDetection, paper_task
from validate.exponents import corrected_power_law, interval, power_law, window

A = np.geomspace(100, 1000, 12)


def test_power_law_is_recovered() -> None:
    assert power_law(A, 3 * A**-1.7).value == pytest.approx(-1.7, abs=1e-13)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("alpha", [-2.0, 1.0])
def test_corrected_law_is_recovered_where_the_plain_one_fails(order: int, alpha: float) -> None:
    small = np.geomspace(3, 100, 15)
    x = 0.3 * small**alpha * (1 + 0.8 * small**-order)
    assert corrected_power_law(small, x, order).value == pytest.approx(alpha, abs=1e-9)
    assert abs(power_law(small, x).value - alpha) > 1e-3


def test_standard_error_is_that_of_repeated_fits() -> None:
    """The error bar by a second route: the spread of fits to fresh noise."""
    rng = np.random.default_rng(0)
    fits = [power_law(A, A**-2 * np.exp(0.01 * rng.normal(size=len(A)))) for _ in range(2000)]
    spread = np.std([fit.value for fit in fits])
    # the mean of s over samples of 10 degrees of freedom is 0.975 of σ; 2000 samples know σ to 1.6 %
    assert np.mean([fit.stderr for fit in fits]) == pytest.approx(0.975 * spread, rel=0.06)


def test_undefined_values_give_no_exponent() -> None:
    assert math.isnan(power_law(A[:3], np.array([1, np.nan, 2])).value)
    assert math.isnan(power_law(A[:2], np.array([1, 0.0])).value)
    assert math.isnan(power_law(A[:1], np.array([1.0])).value)


def test_interval_is_students() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0])
    low, high = interval(values)
    assert (low, high) == pytest.approx(t.interval(0.95, 3, values.mean(), values.std(ddof=1) / 2))
    assert all(math.isnan(x) for x in interval(values[:1]))


def test_windows() -> None:
    inside = window(paper_task(1), paper_architecture(1), np.sqrt(2 / 3 * np.arange(1, 13)))
    assert np.flatnonzero(inside).tolist() == list(range(5))  # 2k ≤ ξ = 11
    shallow = window(paper_task(1), Architecture(3, 1, 6), np.sqrt(2 / 3 * np.arange(1, 7)))
    assert np.flatnonzero(shallow).tolist() == list(range(4))  # ⌈2·6/3⌉ layers
    two = window(paper_task(2), paper_architecture(2), 2.0 ** np.arange(1, 8))
    assert np.flatnonzero(two).tolist() == [0, 1, 2, 3]  # 2^k < ξ = 32
    assert window(paper_task(2), Architecture(2, 2, 1), np.array([2.0])).tolist() == [True]
    # at stride 1 a neuron of layer k sees pixels 2k apart with F = 3, and ξ = 4
    plane = window(ScaleDetection(1, 12, 4, gap=2, dim=2), Architecture(3, 1, 5), np.sqrt(2 / 3 * np.arange(1, 6)))
    assert np.flatnonzero(plane).tolist() == [0, 1]
