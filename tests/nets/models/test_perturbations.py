"""Perturbations do to images what they say, on average and one by one."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from nets.models.perturbations import Diffeomorphisms, Noise, Perturbation, PixelMoves, image_generators, perturb


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_pixel(count: int, place: tuple[int, int], side: int = 7, channels: int = 1) -> Tensor:
    images = torch.zeros(count, channels, side, side)
    images[(slice(None), slice(None), *place)] = torch.arange(1.0, channels + 1)
    return images


@pytest.mark.parametrize(("move", "outcomes"), [("lazy", 5), ("free", 4)])
def test_a_pixel_goes_to_each_neighbour_equally_often(move: str, outcomes: int) -> None:
    count = 20_000
    moved = PixelMoves(move).draw(one_pixel(count, (3, 4)), generator())[:, 0].mean(0)  # type: ignore[arg-type]
    there = {tuple(place): float(moved[tuple(place)]) for place in moved.nonzero().tolist()}
    neighbours = {(2, 4), (4, 4), (3, 3), (3, 5)} | ({(3, 4)} if move == "lazy" else set())
    assert there.keys() == neighbours
    # four standard errors of a share
    error = 4 * math.sqrt((1 / outcomes) * (1 - 1 / outcomes) / count)
    assert all(abs(share - 1 / outcomes) < error for share in there.values())


def test_at_the_border_moves_are_undone_or_go_around() -> None:
    """Shares of 4000 moves, within five standard errors."""
    kept = PixelMoves("free").draw(one_pixel(4000, (0, 0)), generator())[:, 0].mean(0)
    assert float(kept[0, 0]) == pytest.approx(0.5, abs=0.04)
    around = PixelMoves("free", wrap=True).draw(one_pixel(4000, (0, 0)), generator())[:, 0].mean(0)
    assert {tuple(place) for place in around.nonzero().tolist()} == {(6, 0), (1, 0), (0, 6), (0, 1)}


def test_channels_move_together_and_pixels_that_meet_add_up() -> None:
    images = one_pixel(500, (3, 3), channels=3)
    moved = PixelMoves().draw(images, generator())
    torch.testing.assert_close(moved[:, 1], 2 * moved[:, 0])
    # a share of 2000, within four standard errors
    images = torch.zeros(2000, 1, 9)  # a line
    images[:, :, [3, 5]] = 1
    moved = PixelMoves("free").draw(images, generator())
    assert torch.equal(moved.sum((1, 2)), images.sum((1, 2)))
    assert float((moved[:, 0, 4] == 2).float().mean()) == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize(("cut_off", "size"), [(3, (32, 32)), (1.5, (16, 16)), (5, (24, 40)), (10, (64, 64))])
def test_displacement_is_calibrated_on_the_grid(cut_off: float, size: tuple[int, int]) -> None:
    rms, error = Diffeomorphisms(2.0, cut_off).measured(2000, size, generator())
    assert abs(rms - 2.0) < 4 * error
    assert error < 0.05


def test_temperature_is_that_of_the_paper_for_many_modes() -> None:
    """δ² = (π/4) n² T ln c is the leading term: the sum over modes has a constant beside ln c."""
    ratios = []
    for cut_off in (30, 300):
        temperature = Diffeomorphisms(1.0, cut_off).temperature((1000, 1000))
        ratios.append(math.pi / 4 * 1000**2 * temperature * math.log(cut_off))
    # Σ 1/(i² + j²) over i, j ≥ 1 in the disk: (π/2) ln c + O(1), so δ² − asymptotic is a constant times T
    assert abs(ratios[1] - 1) < abs(ratios[0] - 1) < 0.5
    there = Diffeomorphisms.at_temperature(Diffeomorphisms(1.5).temperature((28, 28)), (28, 28))
    assert there.displacement == pytest.approx(1.5)


def test_the_published_code_has_two_modes_more_at_its_cut_off() -> None:
    """i² + j² < (c + ½)²: (1, 3) and (3, 1) at c = 3."""
    assert [int((Diffeomorphisms(1, c)._modes > 0).sum()) for c in (1.5, 3, 3.5)] == [1, 4, 6]


@pytest.mark.parametrize("interpolation", ["linear", "nearest", "gaussian"])
def test_deformed_images(interpolation: str) -> None:
    tau = Diffeomorphisms(1.5, 3, interpolation)  # type: ignore[arg-type]
    flat = torch.full((3, 2, 20, 20), 0.7)
    torch.testing.assert_close(tau.draw(flat, generator()), flat)
    # a slope shows the field itself, away from the border; nearest pixels round it
    slope = torch.arange(20.0).view(1, 1, 20, 1).expand(5, 1, 20, 20)
    field = tau.fields(5, (20, 20), generator())[:, 0, 6:-6, 6:-6]
    seen = (tau.draw(slope, generator()) - slope)[:, 0, 6:-6, 6:-6].double()
    # float32; half a pixel; and the Gaussian's mean place, which is off by at most 0.035 of a pixel
    close = {"linear": 1e-4, "nearest": 0.5 + 1e-4, "gaussian": 0.036}[interpolation]
    assert float((seen - field).abs().max()) < close
    still = Diffeomorphisms(0.0, 3, interpolation)  # type: ignore[arg-type]
    images = torch.rand(2, 1, 20, 20)
    # at a pixel's own place the Gaussian's neighbours have the weight 1 − (Σ_n e^(−n²/2σ²))⁻² = 0.3184
    off = 0.319 if interpolation == "gaussian" else 1e-4
    assert float((still.draw(images, generator()) - images).abs().max()) < off


def test_borders_stay() -> None:
    field = Diffeomorphisms(3.0).fields(4, (12, 12), generator())
    for edge in (field[..., 0, :], field[..., -1, :], field[..., 0], field[..., -1]):
        assert float(edge.abs().max()) < 1e-12


@pytest.mark.parametrize("like", [PixelMoves(), Diffeomorphisms(), 3.0, lambda x: 1.1 * x])
def test_noise_has_the_norm_of_what_it_is_like(like: Perturbation | float) -> None:
    images = torch.rand(400, 1, 12, 12, generator=generator(1))

    def norms(norm: str) -> Tensor:
        noisy = Noise(like, norm).draw(images, generator())  # type: ignore[arg-type]
        return (noisy - images).flatten(1).norm(dim=1)

    # an image's generator gives the noise's own numbers first, then the perturbation's
    after_noise = image_generators(generator(), 400)
    for each in after_noise:
        torch.empty(images.shape[1:], dtype=torch.float64).normal_(generator=each)
    if isinstance(like, float):
        wanted = torch.full((400,), like)
    else:
        wanted = (perturb(like, images, after_noise) - images).flatten(1).norm(dim=1)
    torch.testing.assert_close(norms("image"), wanted, atol=1e-4, rtol=1e-4)
    # χ² of 144 degrees of freedom: the mean over 400 images has the relative error √(2/144/400)
    ratio = float(norms("average").square().mean() / wanted.square().mean())
    assert ratio == pytest.approx(1, abs=4 * math.sqrt(2 / 144 / 400))


def test_rectified_noise_is_never_negative() -> None:
    images = torch.zeros(10, 1, 20, 20)
    added = Noise(5.0, rectified=True).draw(images, generator())
    assert float(added.min()) == 0
    plain = Noise(5.0).draw(images, generator())
    torch.testing.assert_close(added, plain.relu())
    np.testing.assert_allclose(float(added.square().sum()) / float(plain.square().sum()), 0.5, atol=0.05)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: PixelMoves("jump"), "move 'jump' is unknown"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms(1, 1), "c = 1 leaves no mode"),
        (lambda: Diffeomorphisms(-1), "displacement is -1"),
        (lambda: Diffeomorphisms(math.nan), "displacement is nan"),
        (lambda: Diffeomorphisms(1, 3, "cubic"), "interpolation 'cubic'"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms.at_temperature(-1, (8, 8)), "temperature is -1"),
        (lambda: Noise(-1), "norm of the noise is -1"),
        (lambda: Noise(1, "sum"), "norm 'sum' is unknown"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms().draw(torch.zeros(2, 1, 8), generator()), r"\(2, 1, 8\) cannot be deformed"),
    ],
)
def test_what_cannot_be_is_one_sentence(make: object, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        make()  # type: ignore[operator]
    assert "\n" not in str(refusal.value)
