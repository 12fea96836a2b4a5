"""Mean filters judged beside the printed tables."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.validate.conftest import SMALL
from theory.printed import MEAN_FILTERS
from validate.scaling.comparison import Comparison
from validate.tables.mean_filters import LARGEST_DEVIATION, LayerFilters, judge


def test_mean_filters_are_judged(small: Comparison) -> None:
    judgement = judge(small, SMALL)
    assert judgement.holds
    assert judgement.untrained_refused
    assert all(layer.sign == 1 and layer.deviation < 0.1 for layer in judgement.layers if layer.judged)
    # the paper's networks are deeper: nothing is printed of these
    assert all(layer.printed is None and math.isnan(layer.magnitude) for layer in judgement.layers)


def test_networks_whose_filters_are_random_fail(small: Comparison) -> None:
    networks = small.networks
    assert networks is not None
    random = replace(networks, filters=networks.initial_filters)
    judgement = judge(replace(small, networks=random), SMALL)
    assert not judgement.holds
    assert judgement.untrained_refused


def test_the_allowed_deviation_is_that_of_the_printed_filters() -> None:
    """Layers called positive, 1 … 9 and 1 … 5, but for layer 5 of Table 2, whose filter is 40 times smaller."""
    printed = [np.array(after) for _, after in [*MEAN_FILTERS[1][:9], *MEAN_FILTERS[2][:4]]]
    largest = max(np.abs(w - w.mean()).max() / w.mean() for w in printed)
    assert 0.9 * LARGEST_DEVIATION < largest <= LARGEST_DEVIATION


def printed_layer(**change: Any) -> LayerFilters:
    filters = np.array([[0.38, 0.37], [0.36, 0.36], [0.39, 0.38]])
    layer = LayerFilters(1, 0.1 * filters, filters, np.ones(3), (0.0, 0.0), (0.3828, 0.3737), True, 1.0, True)
    return replace(layer, **change)


def test_a_printed_filter_needs_sign_likeness_and_magnitude() -> None:
    layer = printed_layer()
    assert layer.agrees
    assert layer.magnitude == pytest.approx(0.9873, abs=1e-3)
    assert not printed_layer(filters=-layer.filters).agrees
    assert not printed_layer(filters=layer.filters * [1.5, 0.5]).agrees
    assert not printed_layer(filters=0.7 * layer.filters).agrees
    assert printed_layer(filters=0.7 * layer.filters, same_training=False).agrees
    assert printed_layer(filters=0.1 * layer.filters, layer=2, scale=0.1).agrees
    assert not printed_layer(filters=layer.filters * [[1], [-1], [1]]).agrees  # no sign over the seeds
    assert not printed_layer(filters=layer.filters[:0]).agrees
    assert not printed_layer(filters=layer.filters[:1]).agrees


def test_the_filter_of_smallest_norm_with_given_sum_and_variance_is_a_parabola() -> None:
    offsets = np.arange(5) - 2
    constraints = np.stack([np.ones(5), offsets**2])
    smallest = np.linalg.pinv(constraints) @ [1, 2.4]  # of the smallest norm, by definition of the pseudo-inverse
    assert printed_layer(filters=smallest[None]).parabola == pytest.approx(1)
    assert printed_layer(filters=smallest[None] + [[0.1, 0, 0, 0, 0]]).parabola < 0.9
    drawn = np.random.default_rng(0).normal(size=(4000, 1, 5))
    shares = [printed_layer(filters=filters).parabola for filters in drawn]
    # the share of one of four dimensions, a beta variable of standard deviation √(2·1·3/(16·6)) = 0.25
    assert np.mean(shares) == pytest.approx(0.25, abs=4 * 0.25 / np.sqrt(4000))
    assert math.isnan(printed_layer().parabola)
