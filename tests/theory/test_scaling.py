import re
from typing import Any, Literal

import pytest
import sympy as sp

from theory import rectified_noise, scaling
from theory.definitions.architecture import Architecture

A = scaling.A


def test_rectified_moments() -> None:
    s = rectified_noise.sigma
    assert sp.simplify(rectified_noise.mean() - s / sp.sqrt(2 * sp.pi)) == 0
    assert sp.simplify(rectified_noise.moment(2) - s**2 / 2) == 0
    assert sp.simplify(rectified_noise.variance() / rectified_noise.mean() ** 2) == sp.pi - 1


@pytest.mark.parametrize(
    ("stride", "expected"), [("one", {"D": -2, "G": 1, "R": -3}), ("filter", {"D": -1, "G": 1, "R": -2})]
)
def test_exponents_are_exact_integers(stride: Literal["one", "filter"], expected: dict[scaling.Quantity, int]) -> None:
    for quantity, value in expected.items():
        exponent = scaling.exponent(quantity, stride)
        assert isinstance(exponent, sp.Rational)
        assert exponent == value


@pytest.mark.parametrize("stride", ["one", "filter"])
def test_without_rectification_noise_sensitivity_is_constant(stride: str) -> None:
    assert scaling.exponent("G", stride, "linear") == 0  # type: ignore[arg-type]
    assert scaling.prefactor("G", stride, "linear") == 2  # type: ignore[arg-type]


def test_prefactors() -> None:
    stride_one = [scaling.prefactor(q, "one") for q in ("D", "G", "R")]
    assert stride_one == [sp.Rational(1, 2), 2 / sp.sqrt(sp.pi), sp.sqrt(sp.pi) / 4]
    assert [scaling.prefactor(q, "filter") for q in ("D", "G", "R")] == [2, 1 / sp.pi, 2 * sp.pi]


def test_laws_at_finite_field_are_those_of_their_docstrings() -> None:
    d, g = (scaling.sensitivity(q, "one") for q in ("D", "G"))
    assert sp.simplify(d - 2 * (1 - sp.exp(-1 / (4 * A**2)))) == 0
    assert sp.simplify(g - (2 / sp.sqrt(sp.pi) * A + 1 - 1 / sp.pi)) == 0
    d, g = (scaling.sensitivity(q, "filter") for q in ("D", "G"))
    assert sp.simplify(d - 2 / A) == 0
    assert sp.simplify(g - (A / sp.pi + 1 - 1 / sp.pi)) == 0


def test_receptive_field() -> None:
    assert scaling.receptive_field(Architecture(3, 1, 12), 12) == sp.sqrt(8)
    assert scaling.receptive_field(Architecture(2, 2, 7), 5) == 32


def test_exponents_in_any_dimension() -> None:
    d = scaling.dimension
    assert [scaling.exponent(q, "one", dim=d) for q in ("D", "G", "R")] == [-2, d, -2 - d]
    assert [scaling.exponent(q, "filter", dim=d) for q in ("D", "G", "R")] == [-1, d, -1 - d]
    assert scaling.prefactor("G", "one", dim=3) == 8 * sp.sqrt(sp.pi)


def test_displacement_is_unaltered_in_any_dimension() -> None:
    for stride in ("one", "filter"):
        plane, line = (scaling.sensitivity("D", stride, dim=d) for d in (scaling.dimension, 1))
        assert sp.simplify(plane - line) == 0


@pytest.mark.parametrize("of", [scaling.exponent, scaling.prefactor, scaling.sensitivity])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("x", "one"), "quantity = 'x' is unknown: use 'D', 'G' or 'R'"),
        (("D", "two"), "stride = 'two' is unknown: use 'one' or 'filter'"),
        (("R", "two"), "stride = 'two' is unknown"),
        (("G", "one", "pink"), "noise = 'pink' is unknown"),
        (("D", "one", "linear", 0), "dim = 0 is out of range"),
    ],
)
def test_unknown_names_are_refused(of: Any, arguments: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        of(*arguments)
