"""What is kept of a layer and what is replaced."""

from typing import get_args

import numpy as np
import pytest
import torch

from nets.models.learned import Split, split
from nets.simple.kept import Kept, kept_filters

WIDTH, BELOW = 40, 30


def a_part() -> Split:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn((WIDTH, BELOW, 3), generator=generator, dtype=torch.float64)
    u, v = torch.randn((WIDTH,), generator=generator), torch.randn((BELOW,), generator=generator)
    return split(start, 0.3 * start + 2 * torch.einsum("c,d,o->cdo", u, v, torch.ones(3)).double())


BIAS = np.random.default_rng(0).normal(size=WIDTH)


@pytest.mark.parametrize("rank", [0, 1, 8, 1000])
def test_learned_directions_and_the_rest_are_the_filters(rank: int) -> None:
    part = a_part()
    kept = kept_filters(part, BIAS, rank)
    most = min(rank, WIDTH)
    np.testing.assert_allclose(kept.directions.T @ kept.directions, np.eye(most), atol=1e-12)
    end = part.end.flatten(2).permute(2, 1, 0).flatten(0, 1).numpy()
    rest = end - kept.directions @ kept.amplitudes
    np.testing.assert_allclose(kept.directions.T @ rest, 0, atol=1e-10)
    assert kept.scatter**2 * (3 * BELOW - most) * WIDTH == pytest.approx((rest**2).sum())
    if rank == 1:
        # all that was learned, and it is not in the rest
        assert kept.scatter == pytest.approx(0.3, rel=0.05)
        # row o·H' + c' is pixel o of channel c' below, as in `SimpleCNNs`
        learned = part.learned.permute(2, 1, 0).flatten(0, 1).sum(1).numpy()
        assert abs(kept.directions[:, 0] @ learned) / np.linalg.norm(learned) > 0.95


def test_controls_keep_what_they_are_named_for() -> None:
    learned, random, gaussian = (kept_filters(a_part(), BIAS, 3, kept) for kept in get_args(Kept))
    assert np.abs(learned.directions.T @ random.directions).max() < 0.6
    assert random.scatter > 1.5 * learned.scatter
    np.testing.assert_array_equal(gaussian.directions, learned.directions)
    assert gaussian.scatter == learned.scatter
    assert gaussian.amplitudes.shape == learned.amplitudes.shape
    assert gaussian.amplitudes[0].std() == pytest.approx(learned.amplitudes[0].std(), rel=0.5)
    assert not np.allclose(gaussian.bias, learned.bias)
