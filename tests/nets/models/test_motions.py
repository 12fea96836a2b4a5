"""Motions move by what they say, with the small-size limit D ~ size²; classes survive shifts or not."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nets.models.consistency import shift_consistency
from nets.models.motions import Motion, local_slopes
from nets.models.sensitivity import measure_sensitivities
from tests.nets.models.small_models import Model


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def slope(side: int) -> Tensor:
    """(1, 2, side, side) the coordinates right and down from the middle."""
    place = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    return torch.stack([place.expand(side, side), place[:, None].expand(side, side)])[None]


def test_where_a_pixel_shows() -> None:
    """Of images of coordinates, linear interpolation shows exactly where each pixel reads, away from the border."""
    place, middle = slope(21), (..., slice(6, 15), slice(6, 15))
    moved = Motion("translation", 2.5).draw(place.expand(9, -1, -1, -1), generator())[middle] - place[middle]
    np.testing.assert_allclose(moved.square().sum(1).sqrt(), 2.5, atol=1e-12)
    assert len({tuple(each[:, 0, 0].tolist()) for each in moved}) == 9
    turned = Motion("rotation", 30).draw(place, generator())[middle]
    np.testing.assert_allclose(turned.square().sum(1), place[middle].square().sum(1), atol=1e-12)
    cosine = (turned * place[middle]).sum(1) / place[middle].square().sum(1)
    np.testing.assert_allclose(cosine[place[middle].square().sum(1) > 0], np.cos(np.pi / 6), atol=1e-12)
    scaled = Motion("scaling", 0.25).draw(place.expand(9, -1, -1, -1), generator())[middle]
    ratios = (scaled[:, 0, 0, 0] / place[middle][0, 0, 0, 0]).tolist()
    assert {round(ratio, 12) for ratio in ratios} == {0.75, 1.25}


@pytest.mark.parametrize("kind", ["translation", "rotation", "scaling"])
def test_small_motions_have_the_slope_2(kind: str) -> None:
    """Of images that interpolation does not change, each a plane of random slopes."""
    random = torch.randn(30, 2, 1, 1, generator=generator(), dtype=torch.float64)
    images = (slope(15) * random).sum(1, keepdim=True)
    sizes = [0.01, 0.02, 0.04]
    sensitivities = measure_sensitivities(nn.Identity(), images, {f"D {size:g}": Motion(kind, size) for size in sizes})  # type: ignore[arg-type]
    slopes = local_slopes(sizes, [torch.from_numpy(sensitivities.values[f"D {size:g}"]) for size in sizes])
    # the border, and the next order of cos and sin
    np.testing.assert_allclose(slopes, 2, atol=0.02)


def test_random_numbers_do_not_depend_on_the_batch() -> None:
    images = torch.rand(11, 1, 9, 9)
    whole, cut = (measure_sensitivities(nn.Identity(), images, {"D": Motion("rotation", 9)}, batch=b) for b in (11, 3))
    assert cut.norm["D"] == pytest.approx(whole.norm["D"], rel=1e-12)


def test_shift_consistency() -> None:
    images = torch.rand(200, 1, 12, 12, generator=generator())
    pooled = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(1, 3))
    same = shift_consistency(Model(lambda m, x: torch.ones(len(x), 3) * torch.arange(3.0)), images, 4)
    assert (same.share, same.error, same.images) == (1, 0, 200)
    assert shift_consistency(pooled, images, 4, batch=7) == shift_consistency(pooled, images, 4)
    # the brighter of two halves of noise is another after most shifts: a share of 25 + 1 in 25 · 2 shifts agrees
    corner = Model(lambda m, x: torch.stack([x[:, 0, 0, 0], 1 - x[:, 0, 0, 0]], 1))
    consistency = shift_consistency(corner, images, 4)
    assert consistency.share == pytest.approx(26 / 50, abs=4 * consistency.error)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: Motion("shear", 1), "motion 'shear' is unknown"),  # type: ignore[arg-type]
        (lambda: Motion("scaling", 1), "a scaling by 1 is none"),
        (lambda: Motion("rotation", 1).draw(torch.rand(2, 3, 8), generator()), "cannot be moved"),
        (lambda: shift_consistency(nn.Identity(), torch.rand(2, 1, 8, 8), 2), "no \\(n, classes\\)"),
        (lambda: shift_consistency(nn.Identity(), torch.rand(2, 1, 8, 8), 8), "leave nothing when shifted"),
        (lambda: shift_consistency(nn.Identity(), torch.rand(2, 1, 8, 8), 0), "move nothing"),
    ],
)
def test_what_cannot_be_is_one_sentence(call: object, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        call()  # type: ignore[operator]
    assert "\n" not in str(refusal.value)
