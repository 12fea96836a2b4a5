"""Eq. 3 on filters whose spectra are known."""

import numpy as np
import pytest
import torch
from torch import nn

from nets.models.spectra import model_spectra, spectrum
from tests.nets.models.small_models import TWINS, Standardised, convolution


def test_eigenspaces_are_those_of_the_grid() -> None:
    plane = spectrum(torch.randn(4, 3, 3, 3))
    np.testing.assert_allclose(plane.eigenvalues, [0, 1, 2, 3, 4, 6], atol=1e-12)
    assert plane.multiplicities.tolist() == [1, 2, 1, 2, 2, 1]
    # brute force: the Laplacian of the 3×5 grid
    path = [2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1) for n in (3, 5)]
    for line in path:
        line[0, 0] = line[-1, -1] = 1
    laplacian = np.kron(path[0], np.eye(5)) + np.kron(np.eye(3), path[1])
    values, vectors = np.linalg.eigh(laplacian)
    filters = torch.randn(6, 2, 3, 5, dtype=torch.float64)
    plane = spectrum(filters)
    np.testing.assert_allclose(np.repeat(plane.eigenvalues, plane.multiplicities), values, atol=1e-9)
    power = np.mean((filters.numpy().reshape(12, 15) @ vectors) ** 2, axis=0)
    np.testing.assert_allclose(plane.power, [power[np.abs(values - x) < 1e-6].sum() for x in plane.eigenvalues])


@pytest.mark.parametrize("shape", [(4, 3, 5), (4, 3, 3, 3), (2, 2, 1, 7), (2, 2, 3, 2, 4)])
def test_parseval(shape: tuple[int, ...]) -> None:
    filters = torch.randn(shape, dtype=torch.float64)
    power = filters.square().sum(tuple(range(2, len(shape)))).mean()
    assert spectrum(filters).power.sum() == pytest.approx(float(power), rel=1e-12)


def test_homogeneous_and_random_filters_are_told_apart() -> None:
    flat = spectrum(torch.ones(4, 4, 3, 3))
    assert flat.homogeneity == pytest.approx(1)
    assert flat.roughness == pytest.approx(0, abs=1e-12)
    checks = spectrum(torch.tensor([[1.0, -1, 1], [-1, 1, -1], [1, -1, 1]])[None, None])
    assert checks.homogeneity < 0.02
    assert checks.roughness > 1.5
    drawn = spectrum(torch.randn(200, 200, 3, 3, generator=torch.Generator().manual_seed(0)))
    assert drawn.roughness == pytest.approx(1, abs=0.01)  # 40 000 filters: standard error 0.002
    assert drawn.homogeneity == pytest.approx(1 / 9, abs=0.005)


def test_the_mean_filter_may_be_homogeneous_where_filters_are_not() -> None:
    """Random filters with a common constant: their mean has noise of power 9/40 000 beside the constant of 9/4."""
    noise = torch.randn(200, 200, 3, 3, generator=torch.Generator().manual_seed(0))
    filters_spectrum = spectrum(noise + 0.5)
    assert filters_spectrum.mean_homogeneity == pytest.approx(1, abs=1e-3)
    assert filters_spectrum.homogeneity == pytest.approx((1 + 9 / 4) / (9 + 9 / 4), abs=0.005)
    assert spectrum(noise).mean_homogeneity < 0.9
    mean = noise.double().mean((0, 1))
    assert spectrum(noise).mean_power.sum() == pytest.approx(float(mean.square().sum()), rel=1e-9)


def test_a_pair_of_modes_does_not_depend_on_its_basis() -> None:
    filters = torch.randn(5, 5, 3, 3)
    turned = spectrum(filters.transpose(2, 3))
    np.testing.assert_allclose(turned.power, spectrum(filters).power, rtol=1e-6)


def test_a_model_of_the_users() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, (1, 5)))
    assert [*model_spectra(model)] == ["0", "3"]
    with pytest.raises(ValueError, match="no convolution with filters of more than one pixel"):
        model_spectra(nn.Sequential(nn.Flatten(), nn.Linear(4, 1)))
    with pytest.raises(ValueError, match="1×1 pixels have one mode"):
        spectrum(torch.randn(4, 4, 1, 1))


def test_of_the_weights_that_act() -> None:
    images = torch.rand(2, 3, 16, 16)
    model, twin = TWINS["weight norm"]()
    for name, layer_spectrum in model_spectra(model, images).items():
        np.testing.assert_allclose(layer_spectrum.power, model_spectra(twin)[name].power, rtol=1e-5)
        np.testing.assert_allclose(layer_spectrum.power, model_spectra(model)[name].power, rtol=1e-5)
    standardised = nn.Sequential(convolution(3, 8), Standardised(8, 6, 3))
    (_, layer_spectrum) = model_spectra(standardised, images).values()
    # every filter of an output sums to 0 over channels and pixels, so the mean filter has no constant mode
    assert layer_spectrum.mean_homogeneity == pytest.approx(0, abs=1e-12)
    assert model_spectra(standardised)["1"].mean_homogeneity > 1e-3


def test_a_dead_convolution_has_no_shares_and_the_others_have() -> None:
    model = nn.Sequential(convolution(3, 8), convolution(8, 8))
    nn.init.zeros_(model[1].weight)
    for spectra in (model_spectra(model), model_spectra(model, torch.rand(1, 3, 8, 8))):
        assert np.isnan([spectra["1"].homogeneity, spectra["1"].mean_homogeneity, spectra["1"].roughness]).all()
        assert 0 < spectra["0"].homogeneity < 1


def test_a_mean_filter_of_rounding_has_no_share() -> None:
    filters = torch.randn(6, 5, 3, 3, generator=torch.Generator().manual_seed(0))
    filters_spectrum = spectrum(filters - filters.mean((0, 1)))
    assert np.isnan(filters_spectrum.mean_homogeneity)
    assert filters_spectrum.homogeneity > 0
