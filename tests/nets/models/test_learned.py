"""The split and its interventions against the algebra that they are named for."""

import math

import numpy as np
import pytest
import torch

from nets.models import learned
from nets.models.learned import Split, eigenspaces, interventions, spatial_modes, split
from nets.models.spectra import spectrum


def filters(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def a_split(*shape: int) -> Split:
    return split(filters(*shape), 0.4 * filters(*shape) + 0.1 * filters(*shape, seed=1))


@pytest.mark.parametrize("sizes", [(3,), (2,), (3, 3), (5, 5), (2, 3, 3), (1,), (1, 3)])
def test_eigenspaces_are_those_of_the_spectra(sizes: tuple[int, ...]) -> None:
    values, projectors = eigenspaces(sizes)
    for projector in projectors:
        np.testing.assert_allclose(projector @ projector, projector, atol=1e-12)
    np.testing.assert_allclose(sum(projectors), np.eye(math.prod(sizes)), atol=1e-12)
    np.testing.assert_allclose(projectors[0], 1 / math.prod(sizes), atol=1e-12)
    if math.prod(sizes) > 1:
        own = spectrum(filters(4, 5, *sizes))
        np.testing.assert_allclose(values, own.eigenvalues, atol=1e-12)
        powers = [float(mode.square().sum()) / 20 for mode in spatial_modes(filters(4, 5, *sizes))]
        np.testing.assert_allclose(powers, own.power, rtol=1e-10)


def test_the_regression_finds_the_decay_and_what_was_learned() -> None:
    start, u, v = filters(64, 48, 3), filters(64, seed=1), filters(48, seed=2)
    added = 0.1 * torch.einsum("c,d,o->cdo", u, v, torch.ones(3, dtype=torch.float64))
    part = split(start, 0.3 * start + added)
    assert part.sigma == pytest.approx(0.3, abs=4 * part.sigma_error)
    assert part.correlated
    assert float((part.learned * part.start).sum()) == pytest.approx(0, abs=1e-9)
    torch.testing.assert_close(part.end, 0.3 * start + added)
    assert part.shares[0] > 0.99
    assert part.end_shares[0] < 0.5
    rho = (1 - part.learned_share) / 3 + part.learned_share * part.shares[0]
    assert part.end_shares[0] == pytest.approx(rho, abs=0.02)


def test_uncorrelated_states_are_recognised() -> None:
    sigmas = [split(filters(16, 16, 3, seed=n), filters(16, 16, 3, seed=100 + n)) for n in range(40)]
    assert sum(part.correlated for part in sigmas) <= 2
    scores = np.array([part.sigma / part.sigma_error for part in sigmas])
    assert 0.7 < scores.std() < 1.3


@pytest.mark.parametrize("shape", [(6, 4, 3), (6, 4, 2), (6, 4, 3, 3), (6, 1, 5, 5)])
def test_interventions_do_what_they_are_named_for(shape: tuple[int, ...]) -> None:
    part, generator = a_split(*shape), torch.Generator().manual_seed(7)
    modes = spatial_modes(part.learned)
    changed = {name: change(part, generator) for name, change in interventions(len(modes)).items()}
    for n, mode in enumerate(modes):
        torch.testing.assert_close(part.end - changed[f"without mode {n}"], mode)
        torch.testing.assert_close(changed[f"only mode {n}"] - changed["start alone"], mode)
    torch.testing.assert_close(changed["start alone"] + changed["learned alone"], part.end)
    average = changed["averaged over channels"] - changed["start alone"]
    torch.testing.assert_close(average, part.learned.mean((0, 1)).expand_as(average))
    redrawn = changed["start redrawn"] - part.learned
    assert float(redrawn.norm()) == pytest.approx(abs(part.sigma) * float(part.start.norm()))
    assert torch.allclose(redrawn, part.sigma * part.start) == (shape[1] == 1)
    taken = part.end - changed["without a random constant mode"]
    assert float(taken.norm()) == pytest.approx(float(modes[0].norm()))
    torch.testing.assert_close(spatial_modes(taken)[0], taken)
    permuted = changed["constant mode, channels permuted"] - changed["start alone"]
    torch.testing.assert_close(permuted.flatten().sort().values, modes[0].flatten().sort().values)


def test_a_smaller_grid_has_no_such_mode() -> None:
    part = a_split(4, 4, 1, 1)
    assert torch.equal(learned.without_mode(2)(part, torch.Generator()), part.end)
    assert torch.equal(learned.only_mode(2)(part, torch.Generator()), part.sigma * part.start)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (filters(4, 4, 3), filters(4, 5, 3), r"\(4, 4, 3\) at the start and \(4, 5, 3\) at the end"),
        (filters(4, 4, 3), filters(4, 4, 3) / 0, "not finite"),
        (filters(4, 4, 3) * math.nan, filters(4, 4, 3), "not finite"),
        (torch.zeros(4, 4, 3), filters(4, 4, 3), "starts from zeros"),
    ],
)
def test_what_cannot_be_split_is_refused(start: torch.Tensor, end: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(start, end, "conv1")


def test_frozen_filters() -> None:
    start = filters(4, 4, 3).float()
    assert learned.frozen(split(start, start))
    assert learned.frozen(split(start, start * 0.37))
    assert not learned.frozen(a_split(4, 4, 3))
