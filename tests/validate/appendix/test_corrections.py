import numpy as np
import pytest

from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture
from validate.appendix import corrections
from validate.exponents import power_law


@pytest.mark.parametrize("size", [2, 3, 4, 5, 40])
def test_terms_hold_and_neighbours_are_refused(size: int) -> None:
    terms = corrections.terms(size)
    assert len(terms) == 5
    for term in terms:
        assert term.holds, term
        assert term.rivals_refused, term
        assert not corrections.same(term.measured, 1.02 * term.predicted)
        assert not corrections.same(term.measured, 0)


def test_places_of_the_rectifier_are_distinguished() -> None:
    terms = {term.name: term for term in corrections.terms(3)}
    image, layer = (terms[f"G_k: constant, rectified in {where}"] for where in ("the image", "layer 1"))
    assert not corrections.same(image.measured, layer.predicted)


def test_local_slopes_follow_the_expansions_to_the_next_order() -> None:
    depths = corrections.finite_depths(3, np.array([20, 200, 2000]))
    off_d, off_g = (np.abs(quantity.slopes - quantity.predicted_slopes) for quantity in depths)
    # relatively k⁻² for D and k⁻³ᐟ² for G: two and one and a half decades for each of k
    assert off_d[:-1] / off_d[1:] == pytest.approx(100, rel=0.2)
    assert (off_g[:-1] / off_g[1:] > 15).all()
    assert off_d[0] < 2e-3
    assert off_g[0] < 2e-3


def test_naive_fits_by_depth_are_least_squares() -> None:
    layers = np.arange(1, 30)
    exact = one_pixel_sensitivities(Architecture(3, 1, 1), 4096, layers)
    fits = corrections.fits_by_depth(exact.receptive_field, exact.G)
    for depth in (2, 5, 29):
        expected = power_law(exact.receptive_field[:depth], exact.G[:depth]).value
        assert fits[depth - 2] == pytest.approx(expected, rel=1e-9)


def test_naive_depths() -> None:
    for fit in corrections.finite_depths(3):
        for depth, settled in ((fit.depth, True), (fit.depth - 1, False)):
            exact = one_pixel_sensitivities(Architecture(3, 1, 1), 2**20, np.arange(1, depth + 1))
            slope = power_law(exact.receptive_field, getattr(exact, fit.quantity)).value
            assert (abs(slope - fit.exponent) <= corrections.NAIVE_TOLERANCE) == settled
        assert abs(fit.local - fit.predicted_local) <= 1
