import pytest

from validate.appendix import dimensions


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("stride", ["one", "filter"])
def test_exponents(dim: int, stride: str) -> None:
    d, g = dimensions.laws(dimensions.simulate(dim, stride), dim, stride)
    assert d.holds
    assert g.holds
    assert (d.predicted, g.predicted) == (-2 if stride == "one" else -1, dim)
    assert d.accepts(d.unaltered)
    assert g.accepts(g.unaltered) == (dim == 1)
    assert not d.accepts(1.1 * d.predicted)
