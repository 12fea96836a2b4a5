"""What each of the two poolings keeps of a shift and of a rotation."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from validate.poolings import CHANNELS, STILL, channel_pooling, poolings, spatial_pooling


def test_pooling_in_space_keeps_less_of_a_shift_and_all_of_a_rotation() -> None:
    pooling = spatial_pooling()
    assert pooling.left("shifted", True) < 0.6 * pooling.left("shifted", False)
    assert pooling.left("rotated", True) > 0.9 * pooling.left("rotated", False) > 1


def test_pooling_over_rotated_channels_keeps_nothing_of_a_rotation_and_a_shift() -> None:
    """A rotation permutes the channels; a shift by a pixel halves the edge in sight: (1 − ½)²·2/(1 + ¼) = 0.4."""
    pooling = channel_pooling()
    assert sorted(pooling.representations["rotated"]) == sorted(pooling.representations[STILL])
    assert pooling.left("rotated", False) == pytest.approx(2)
    assert pooling.left("rotated", True) == 0
    assert pooling.left("shifted", True) == pytest.approx(pooling.left("shifted", False))
    assert pooling.left("shifted", True) == pytest.approx(0.4)


def test_channels_are_rotations_of_one_filter() -> None:
    for before, after in pairwise(CHANNELS):
        assert np.array_equal(after, np.rot90(before))


def test_the_figure_shows_them() -> None:
    figure = poolings()
    titles = [axis.get_title() for axis in figure.axes]
    assert "mean of 2 × 2\nleft: 0.44, pooled 0.23" in titles[3]
    bars = [patch.get_height() for patch in figure.axes[7].patches if isinstance(patch, Rectangle)]
    np.testing.assert_allclose(bars, channel_pooling().representations[STILL])
