import pytest

from validate.appendix import conditions


def test_data_fall_on_one_curve_and_on_no_rivals() -> None:
    found = conditions.crossover([2, 3, 5])
    assert len(found) == 3 * 2 * 9
    assert conditions.collapse(found) <= conditions.COLLAPSE_TOLERANCE
    assert conditions.collapse(found, lambda one: 1.02 * one.field) > conditions.COLLAPSE_TOLERANCE
    assert conditions.collapse(found, lambda one: one.paper_field) > 10 * conditions.COLLAPSE_TOLERANCE


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("width", [32, 500])
def test_ranges_are_where_they_were_predicted(size: int, width: int) -> None:
    for found in conditions.ranges(size, width, 12):
        assert found.predicted, found


def test_ends_of_a_range_are_its_last_good_layers() -> None:
    kernel, d, _ = conditions.ranges(3, 128, 12)
    for found in (kernel, d):
        quantity = found.quantity
        assert abs(conditions.depth_error(quantity, 3, found.first)) <= conditions.TOLERANCE
        assert abs(conditions.depth_error(quantity, 3, found.first - 1)) > conditions.TOLERANCE
        assert abs(conditions.width_error(quantity, 3, 128, found.last)) <= conditions.TOLERANCE
        assert abs(conditions.width_error(quantity, 3, 128, found.last + 1)) > conditions.TOLERANCE


def test_the_papers_own_network() -> None:
    """F = 3, L = 32, K̃ = 12: wide enough, not deep enough for any of the three laws to hold to 1 %."""
    kernel, d, g = conditions.ranges(3, 32, 12)
    assert all(found.first > 12 and found.last > 12 for found in (kernel, d, g))
    assert (kernel.first, kernel.last, kernel.empty) == (19, 42, False)
    assert d.empty
    assert g.empty


def test_wrapped_gaussian_is_the_continuum_on_the_ring() -> None:
    """Its error is the Gaussian's where the ring is wide, some 0.2/k at any depth."""
    for row in conditions.network(3, 32, 200):
        if row.layer >= 6:
            assert row.wrapped_error <= 0.25 / row.layer
        if row.layer > 100:
            assert row.gaussian_error > 0.1


def test_flat_kernel_has_no_noise() -> None:
    last = conditions.network(2, 64, 10**9)[-1]
    assert last.D == 0
    assert last.wrapped_error == 0
    assert last.field == pytest.approx(64 / 12**0.5, rel=1e-3)
