import numpy as np
import pytest

from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture
from validate.appendix import corrections
from validate.exponents import power_law


@pytest.mark.parametrize("size", [2, 3, 4, 5, 40])
def test_terms_hold_and_neighbours_are_refused(size: int) -> None:
    found = corrections.coefficients(size)
    assert len(found) == 5
    for term in found:
        assert term.holds, term
        assert not term.holds_for(1.02 * term.predicted)
        assert not term.holds_for(0)


def test_places_of_the_rectifier_are_told_apart() -> None:
    terms = {term.name: term for term in corrections.coefficients(3)}
    image, layer = (terms[f"G_k: constant, rectified in {where}"] for where in ("the image", "layer 1"))
    assert not image.holds_for(layer.predicted)


def test_local_slopes_follow_the_expansions_to_the_next_order() -> None:
    found = corrections.slopes(3, np.array([20, 200, 2000]))
    off_d, off_g = np.abs(found.D - found.predicted_D), np.abs(found.G - found.predicted_G)
    # relatively k⁻² for D and k⁻³ᐟ² for G: two and one and a half decades for each of k
    assert off_d[:-1] / off_d[1:] == pytest.approx(100, rel=0.2)
    assert (off_g[:-1] / off_g[1:] > 15).all()
    assert off_d[0] < 2e-3
    assert off_g[0] < 2e-3


def test_naive_fits_by_depth_are_least_squares() -> None:
    layers = np.arange(1, 30)
    found = one_pixel_sensitivities(Architecture(3, 1, 1), 4096, layers)
    fits = corrections.fits_by_depth(found.receptive_field, found.G)
    for depth in (2, 5, 29):
        expected = power_law(found.receptive_field[:depth], found.G[:depth]).value
        assert fits[depth - 2] == pytest.approx(expected, rel=1e-9)


def test_naive_depths() -> None:
    d, g = corrections.naive_fits(3)
    one = Architecture(3, 1, 1)
    for fit in (d, g):
        for depth, settled in ((fit.depth, True), (fit.depth - 1, False)):
            found = one_pixel_sensitivities(one, 2**20, np.arange(1, depth + 1))
            slope = power_law(found.receptive_field, getattr(found, fit.quantity)).value
            assert (abs(slope - fit.exponent) <= corrections.NAIVE_TOLERANCE) == settled
        assert abs(fit.local - fit.predicted_local) <= 1
