"""Perturbations do to images what they say, on average and one by one."""

import math
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation, PixelMoves, image_generators, perturb


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def one_pixel(count: int, place: tuple[int, int], side: int = 7, channels: int = 1) -> Tensor:
    images = torch.zeros(count, channels, side, side)
    images[(slice(None), slice(None), *place)] = torch.arange(1.0, channels + 1)
    return images


NEIGHBOURS, DIAGONALS = [(2, 4), (4, 4), (3, 3), (3, 5)], [(2, 3), (2, 5), (4, 3), (4, 5)]


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        ("lazy", dict.fromkeys([*NEIGHBOURS, (3, 4)], 1 / 5)),
        ("free", dict.fromkeys(NEIGHBOURS, 1 / 4)),
        ("rounded", {**dict.fromkeys(NEIGHBOURS, 1 / 6), **dict.fromkeys(DIAGONALS, 1 / 12)}),
    ],
)
def test_a_pixel_goes_to_each_place_as_often_as_the_move_says(
    move: Literal["lazy", "free", "rounded"], expected: dict[tuple[int, int], float]
) -> None:
    count = 20_000
    moved = PixelMoves(move).draw(one_pixel(count, (3, 4)), generator())[:, 0].mean(0)
    shares = {(y, x): float(moved[y, x]) for y, x in moved.nonzero().tolist()}
    assert shares.keys() == expected.keys()
    for place, p in expected.items():
        # four standard errors of a share
        assert shares[place] == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / count))


def test_at_the_border_moves_are_undone_or_go_around() -> None:
    """Shares of 4000 moves, within five standard errors."""
    kept = PixelMoves("free").draw(one_pixel(4000, (0, 0)), generator())[:, 0].mean(0)
    assert float(kept[0, 0]) == pytest.approx(0.5, abs=0.04)
    around = PixelMoves("free", wrap=True).draw(one_pixel(4000, (0, 0)), generator())[:, 0].mean(0)
    assert {tuple(place) for place in around.nonzero().tolist()} == {(6, 0), (1, 0), (0, 6), (0, 1)}


def test_at_the_border_a_diagonal_step_keeps_its_other_half() -> None:
    """As coordinates that are clamped one by one: of the corner's steps 1/6 + 1/6 + 1/12 go nowhere, 1/12 + 1/6 along
    each axis and 1/12 inwards. Four standard errors of shares of 4000.
    """
    kept = PixelMoves("rounded").draw(one_pixel(4000, (0, 0)), generator())[:, 0].mean(0)
    for place, p in {(0, 0): 5 / 12, (0, 1): 1 / 4, (1, 0): 1 / 4, (1, 1): 1 / 12}.items():
        assert float(kept[place]) == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 4000))


def test_rounded_moves_are_of_a_line_or_a_plane() -> None:
    with pytest.raises(ValueError, match="not of dimension 3"):
        PixelMoves("rounded").draw(torch.zeros(1, 1, 3, 3, 3), generator())


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


def modes_of(field: Tensor) -> set[tuple[int, int]]:
    """The (i, j) of the sines in an (n, n) field, by projection: on the grid they are orthogonal."""
    side = len(field)
    orders = torch.arange(1, side - 1, dtype=torch.float64)
    waves = torch.sin(math.pi * orders[:, None] * torch.linspace(0, 1, side, dtype=torch.float64))
    amplitudes = waves @ field @ waves.T
    return {(i + 1, j + 1) for i, j in (amplitudes.abs() > 1e-9).nonzero().tolist()}


@pytest.mark.parametrize(
    ("convention", "cut_off", "largest"),
    [
        ("text", 1.5, 2),
        ("text", 3, 9),
        ("text", 5, 25),
        ("published", 3, 12),
        ("published", 4, 20),
        ("published", 4.5, 24),
    ],
)
def test_modes_of_either_convention(convention: Literal["text", "published"], cut_off: float, largest: float) -> None:
    """i² + j² ≤ c², or < (c + ½)²: at c = 3 four modes, or also (1, 3) and (3, 1)."""
    tau = Diffeomorphisms(1, cut_off, convention=convention)
    expected = {(i, j) for i in range(1, 7) for j in range(1, 7) if i**2 + j**2 <= largest}
    assert modes_of(tau.fields(1, (12, 12), generator())[0, 0]) == expected
    if cut_off == 3:
        assert len(expected) == {"text": 4, "published": 6}[convention]


def test_published_displacement_is_smaller_than_its_name() -> None:
    """T = 4δ²/(π n² ln c); the mean of sin² over n points of [0, 1] is (n − 1)/2n, and Σ 1/(i² + j²) over the six modes
    is 49/40: RMS² = 2 T n² ((n − 1)/2n)² 49/40, which is (0.816 δ)² at n = 32.
    """
    tau = Diffeomorphisms(1.0, 3, convention="published")
    assert tau.temperature((32, 32)) == pytest.approx(4 / (math.pi * 32**2 * math.log(3)))
    for n in (16, 32):
        closed = math.sqrt(2 * 4 / (math.pi * math.log(3)) * ((n - 1) / (2 * n)) ** 2 * 49 / 40)
        assert tau.rms((n, n)) == pytest.approx(closed)
    assert tau.rms((32, 32)) == pytest.approx(0.816, abs=0.0005)
    rms, error = tau.measured(4000, (32, 32), generator())
    assert abs(rms - tau.rms((32, 32))) < 4 * error < 0.05
    assert Diffeomorphisms(2.0, 3, convention="published").rms((32, 32)) == pytest.approx(2 * tau.rms((32, 32)))


@pytest.mark.parametrize("convention", ["text", "published"])
def test_temperature_gives_back_the_displacement(convention: Literal["text", "published"]) -> None:
    tau = Diffeomorphisms(1.5, 3, convention=convention)
    again = Diffeomorphisms.at_temperature(tau.temperature((28, 28)), (28, 28), convention=convention)
    assert again.displacement == pytest.approx(1.5)
    assert again.convention == convention
    if convention == "text":
        assert tau.rms((28, 28)) == pytest.approx(1.5)


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

    def norms(norm: Literal["image", "average"]) -> Tensor:
        noisy = AddedNoise(like, norm).draw(images, generator())
        apart: Tensor = (noisy - images).flatten(1)
        return apart.square().sum(1).sqrt()

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
    added = AddedNoise(5.0, rectified=True).draw(images, generator())
    assert float(added.min()) == 0
    plain = AddedNoise(5.0).draw(images, generator())
    torch.testing.assert_close(added, plain.relu())
    # a share of the power of N = 4000 normal numbers has the standard deviation √(3/4N) = 0.014
    np.testing.assert_allclose(float(added.square().sum()) / float(plain.square().sum()), 0.5, atol=4 * 0.014)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: PixelMoves("jump"), "move = 'jump' is unknown"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms(1, 1), "c = 1 leaves no mode"),
        (lambda: Diffeomorphisms(1, 1, convention="published"), "c = 1 gives no temperature"),
        (lambda: Diffeomorphisms(1, 3, convention="code"), "convention = 'code' is unknown"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms(-1), "displacement = -1"),
        (lambda: Diffeomorphisms(math.nan), "displacement = nan"),
        (lambda: Diffeomorphisms(1, 3, "cubic"), "interpolation = 'cubic'"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms.at_temperature(-1, (8, 8)), "temperature is -1"),
        (lambda: AddedNoise(-1), "norm of the noise is -1"),
        (lambda: AddedNoise(1, "sum"), "norm = 'sum' is unknown"),  # type: ignore[arg-type]
        (lambda: Diffeomorphisms().draw(torch.zeros(2, 1, 8), generator()), r"\(2, 1, 8\) cannot be deformed"),
    ],
)
def test_what_cannot_be_is_one_sentence(make: object, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        make()  # type: ignore[operator]
    assert "\n" not in str(refusal.value)
