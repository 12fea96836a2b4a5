import numpy as np
import pytest

from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN, deviations, judge_curve
from validate.scaling.rivals import distinguishable, wrong_curves

FIELD = np.sqrt(np.arange(1, 9) * 2 / 3)
CURVE = 0.5 / FIELD**1.8
EXPONENT, OTHER = -2.0, -1.0
NETWORKS = CURVE * np.exp(0.003 * np.random.default_rng(0).normal(size=(4, 8)))


def verdict(networks: np.ndarray, curve: np.ndarray = CURVE) -> str:
    return judge_curve(networks, curve, FIELD, EXPONENT).verdict


def test_slope_and_levels_are_those_of_the_definition() -> None:
    off = deviations(CURVE * 1.3 * FIELD**0.25, CURVE, FIELD)
    np.testing.assert_allclose(off[:-1], np.log(1.3) + 0.25 * np.log(FIELD), rtol=1e-12)
    assert off[-1] == pytest.approx(0.25, rel=1e-12)


def test_networks_on_the_curve_are_accepted() -> None:
    assert verdict(NETWORKS) == "holds"


@pytest.mark.parametrize("layer", range(8))
def test_one_layer_a_hundred_times_too_large_fails(layer: int) -> None:
    """The median over layers did not see it."""
    networks = NETWORKS.copy()
    networks[:, layer] *= 100
    assert verdict(networks) == "fails"


def test_eight_percent_off_everywhere_is_not_accepted() -> None:
    assert verdict(1.08 * NETWORKS) != "holds"
    assert verdict(NETWORKS / 1.08) != "holds"
    assert verdict(1.04 * NETWORKS) == "holds"


def test_a_curve_bent_until_its_exponent_is_off_is_refused() -> None:
    bent = CURVE * FIELD**-0.44
    bent *= CURVE[4] / bent[4]
    assert verdict(NETWORKS, bent) == "fails"


def test_the_slope_is_judged_where_every_layer_is_within_its_margin() -> None:
    flat = np.array([1.0, 1.1, 1.2])  # so short a range that an exponent 25 % off stays within 6 %
    curve, networks = flat**-2.0, flat**-2.5 * np.exp(1e-4 * np.arange(4))[:, None] * np.exp(0.045)
    test = judge_curve(networks, curve, flat, -2.0)
    assert all(abs(level.value) < LEVEL_MARGIN for level in test.levels)
    assert abs(test.slope.value) > SLOPE_MARGIN * 2 * 3
    assert test.verdict == "fails"


def test_every_wrong_curve_is_refused() -> None:
    names = {name for name, _ in wrong_curves(FIELD, EXPONENT, OTHER)}
    assert names == {
        "exponent 10 % off", "level 8 % off", "one layer 30 % off", "bent about the middle", "law of the other stride"
    }  # fmt: skip
    for _, factors in wrong_curves(FIELD, EXPONENT, OTHER):
        for factor in factors:
            assert distinguishable(factor, FIELD, EXPONENT)
            assert (
                verdict(CURVE * np.exp(0.003 * np.random.default_rng(1).normal(size=(4, 8))), CURVE * factor) != "holds"
            )


def test_a_curve_within_the_margins_is_no_rival() -> None:
    assert not distinguishable(np.full(8, 1.05), FIELD, EXPONENT)
    assert not distinguishable(FIELD**0.04, FIELD, EXPONENT)


def test_the_worst_layer_is_the_furthest() -> None:
    networks = NETWORKS.copy()
    networks[:, 5] *= 0.9
    assert judge_curve(networks, CURVE, FIELD, EXPONENT).worst.value == pytest.approx(np.log(0.9), abs=0.01)
