import numpy as np
import pytest
from scipy.integrate import dblquad

from simulate.noise import added_power, gaussian_powers, rectified_product
from simulate.operator import matrix
from theory.definitions.architecture import Architecture
from theory.definitions.task import ScaleDetection


@pytest.mark.parametrize(("a", "b", "rho"), [(0, 0, 0.5), (1.3, 0, 0.2), (0.4, 2.1, 0.75), (3, 3, 0)])
def test_rectified_product_is_the_double_integral(a: float, b: float, rho: float) -> None:
    def integrand(y: float, x: float) -> float:
        density = np.exp(-(x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2))) / (2 * np.pi * np.sqrt(1 - rho**2))
        return float(max(a + x, 0) * max(b + y, 0) * density)

    brute = dblquad(integrand, -a, 9, -b, 9, epsabs=1e-9)[0]
    assert rectified_product(a, b, rho) == pytest.approx(brute, abs=1e-7)  # dblquad's own error


def test_rectified_product_at_full_correlation() -> None:
    assert rectified_product(0, 0, 1) == pytest.approx(0.5)  # half of a unit variance
    near = rectified_product(0.7, 0.2, 1 - 1e-12)
    assert rectified_product(0.7, 0.2, 1) == pytest.approx(near, abs=1e-6)  # √(1−ρ²) = 1e-6


def test_arc_cosine_kernel() -> None:
    for rho in (0.0, 1 / 3, 2 / 3):
        angle = np.arccos(rho)
        closed = (np.sin(angle) + (np.pi - angle) * rho) / (2 * np.pi)
        assert rectified_product(0, 0, rho) == pytest.approx(closed, abs=1e-12)


@pytest.mark.parametrize("noise", ["rectified", "linear"])
def test_added_power_by_sampling(noise: str) -> None:
    operator = matrix(Architecture(3, 1, 1), 16, 3)
    rng = np.random.default_rng(0)
    eta = rng.normal(size=(200_000, 16)) * 1.3
    samples = ((np.maximum(eta, 0) if noise == "rectified" else eta) @ operator.T) ** 2
    power = samples.sum(axis=1)
    error = power.std() / np.sqrt(len(power))
    assert added_power(operator, 1.3**2, noise) == pytest.approx(power.mean(), abs=4 * error)  # type: ignore[arg-type]


def test_large_images_leave_the_rectifier_behind() -> None:
    """Where the image is far above the noise, gaussian noise passes the active patches unrectified."""
    task, architecture = ScaleDetection(2, 8, 4), Architecture(4, 4, 1)
    powers = gaussian_powers(task, architecture, np.full(len(task.pairs), 1e-6))
    variance = 1e-6 / 4  # of a mean of 4 pixels
    same = (task.labels == 1).mean()
    # one of two neurons is active for images of one block, both otherwise; a silent one keeps half of the variance
    expected = variance * (same * 1.5 + (1 - same) * 2)
    assert powers[0] == pytest.approx(expected, rel=1e-6)
