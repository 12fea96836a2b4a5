import numpy as np
import pytest

from theory import printed, random_walk
from validate.appendix import convergence
from validate.appendix.coefficients import drift_and_diffusion


@pytest.mark.parametrize("size", [2, 3, 4, 5, 30])
def test_rates_hold_and_rivals_are_refused(size: int) -> None:
    gauss, edgeworth = convergence.rates(size)
    assert gauss.holds
    assert edgeworth.holds
    assert (gauss.predicted, edgeworth.predicted) == (-1, -2)
    for rival in convergence.rivals(size):
        assert not rival.holds, rival.name
        assert rival.error[-1] > 0.005  # it stays, where the exact one is below 1e-5
    assert gauss.error[-1] < 1e-5


def test_printed_error_of_odd_filters_stays_where_the_coefficients_say() -> None:
    """sup|e^{−x²/2} − ρ^{−1/2} e^{−x²/(2ρ)}| lies at x = 0, ρ printed over exact D."""
    for size in (3, 5):
        ratio = float(printed.diffusion_ratio("odd").subs(random_walk.F, size))
        stays = convergence.rivals(size)[0].error[-1]
        assert stays == pytest.approx(abs(1 - ratio**-0.5), rel=1e-3)


def test_a_wrong_constant_alone_is_refused() -> None:
    gauss = convergence.rates(3)[0]
    exponents = (gauss.predicted, gauss.relative.value, gauss.absolute.value)
    ratio = gauss.constant / gauss.predicted_constant
    assert convergence.converges(*exponents, ratio)
    assert not convergence.converges(*exponents, ratio / 1.02)


def test_gaussian_and_expansion_of_order_zero_are_the_same() -> None:
    for size in (2, 3):
        (a, _), coefficients = convergence.centred_kernel(size, 50), map(float, drift_and_diffusion(size))
        leading = convergence.expansion(size, 0)(a, 50)
        np.testing.assert_allclose(convergence.gaussian(*coefficients)(a, 50), leading, rtol=1e-12)


def test_drawn_gaussians_have_the_drifts_of_derivation_and_paper() -> None:
    kernel = convergence.kernel(2, 100)
    assert kernel.simulated.sum() == pytest.approx(1, abs=1e-5)
    weights = np.diff(kernel.grid)[0] * np.array([kernel.exact, kernel.printed])
    assert weights @ kernel.grid == pytest.approx([50, 25], rel=1e-4)  # −vk, v = −1/2 and as printed −1/4
