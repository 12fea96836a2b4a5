import pytest

from theory.scaling import Stride
from validate.appendix import dimensions
from validate.asymptotics import TORUS_TOLERANCE
from validate.verdict import same_exponent


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("stride", ["one", "filter"])
def test_exponents(dim: int, stride: Stride) -> None:
    d, g = dimensions.judge_dimension(dim, stride).laws
    assert d.holds
    assert g.holds
    assert (d.predicted, g.predicted) == (-2 if stride == "one" else -1, dim)
    assert d.unaltered_holds
    assert g.unaltered_holds == (dim == 1)
    assert not same_exponent(1.1 * d.predicted, d.fitted, TORUS_TOLERANCE)
