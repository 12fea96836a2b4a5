"""Sums over images do not keep the images' numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nets.models.sums import BLOCK, LayerSums, Moments


@given(st.lists(st.integers(1, 2 * BLOCK), min_size=1, max_size=5), st.floats(-1e6, 1e6), st.integers(0, 99))
def test_moments_are_those_of_all_rows(lengths: list[int], offset: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    batches = [offset + rng.standard_normal((length, 2)) for length in lengths]
    moments, whole = Moments(2), np.concatenate(batches)
    for batch in batches:
        moments.add(batch)
    assert moments.last is batches[-1]
    assert moments.count == len(whole)
    # rounding of numbers of size `offset`, of which differences of size 1 are taken
    scale = 1e-13 * (1 + abs(offset))
    np.testing.assert_allclose(moments.mean, whole.mean(0), rtol=1e-13, atol=scale)
    apart = whole - whole.mean(0)
    np.testing.assert_allclose(moments.scatter, apart.T @ apart, rtol=1e-12, atol=len(whole) * scale)


def test_the_ratio_and_its_error_are_those_of_all_images_at_once() -> None:
    """Of 3,000 images in batches of 7, against the quotient of means and the delta method on all of them."""
    generator = torch.Generator().manual_seed(0)
    f = 3 + torch.randn(3000, 5, generator=generator, dtype=torch.float64)
    moved = f + 0.1 * torch.randn(3000, 5, generator=generator, dtype=torch.float64)
    sums = LayerSums(f[:7], 0.0)
    for start in range(0, len(f), 7):
        sums.add(f[start : start + 7])
        sums.move("D", f[start : start + 7], moved[start : start + 7])
    above, n = (moved - f).square().sum(1), len(f)
    square = (f - f.mean(0)).square().sum(1)
    below = 2 * float(square.sum()) / (n - 1)
    value, error = sums.ratio("D")
    assert value == pytest.approx(float(above.mean()) / below, rel=1e-12)
    rest = above - value * 2 * (f - f[:7].mean(0)).square().sum(1)
    assert error == pytest.approx(float(rest.std()) / n**0.5 / below, rel=1e-10)


def test_memory_does_not_grow_with_the_number_of_images() -> None:
    sums, f = LayerSums(torch.zeros(64, 3), 0.0), torch.randn(64, 3)
    for _ in range(200):
        sums.add(f)
        sums.move("D", f, f + 1)
        for moments in (sums.squares, *sums.moments.values()):
            assert sum(map(len, moments._block)) < BLOCK
    assert sums.squares.count == sums.moments["D"].count == 200 * 64
