import pytest

from validate.appendix import conditions


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("width", [32, 500])
def test_ranges_are_where_they_were_predicted(size: int, width: int) -> None:
    for layers in conditions.ranges(size, width, 12):
        assert layers.predicted, layers


def test_ends_of_a_range_are_its_last_good_layers() -> None:
    kernel, d, _ = conditions.ranges(3, 128, 12)
    for layers in (kernel, d):
        quantity = layers.quantity
        assert abs(conditions.depth_error(quantity, 3, layers.first)) <= conditions.TOLERANCE
        assert abs(conditions.depth_error(quantity, 3, layers.first - 1)) > conditions.TOLERANCE
        assert abs(conditions.width_error(quantity, 3, 128, layers.last)) <= conditions.TOLERANCE
        assert abs(conditions.width_error(quantity, 3, 128, layers.last + 1)) > conditions.TOLERANCE


def test_the_papers_own_network() -> None:
    """F = 3, L = 32, K̃ = 12: wide enough, not deep enough for any of the three laws to hold to 1 %."""
    kernel, d, g = conditions.ranges(3, 32, 12)
    assert all(layers.first > 12 and layers.last > 12 for layers in (kernel, d, g))
    assert (kernel.first, kernel.last, kernel.empty) == (19, 42, False)
    assert d.empty
    assert g.empty


def test_wrapped_gaussian_is_the_continuum_on_the_ring() -> None:
    """Its error is the Gaussian's where the ring is wide, some 0.2/k at any depth."""
    network = conditions.network(3, 32, 200)
    layers = network.simulated.layer
    deep = layers >= 6
    assert (network.wrapped_error[deep] <= 0.25 / layers[deep]).all()
    assert (network.gaussian_error[layers > 100] > 0.1).all()


def test_flat_kernel_has_no_noise() -> None:
    network = conditions.network(2, 64, 10**9)
    assert network.simulated.D[-1] == 0
    assert network.wrapped_error[-1] == 0
    assert network.simulated.receptive_field[-1] == pytest.approx(64 / 12**0.5, rel=1e-3)
