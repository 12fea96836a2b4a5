from fractions import Fraction

import pytest

from theory.definitions.stack import Layer, box, layer, strides


def test_filters_are_scaled_to_sum_one() -> None:
    assert layer([1, 2, 1], 2).weights == (Fraction(1, 4), Fraction(1, 2), Fraction(1, 4))
    assert box(3).taps == {0: Fraction(1, 3), 1: Fraction(1, 3), 2: Fraction(1, 3)}
    assert layer([1, 0, 3], dilation=2).taps == {0: Fraction(1, 4), 4: Fraction(3, 4)}


def test_strides_multiply() -> None:
    assert strides((box(3), box(2, 2), box(3, 2))) == [1, 1, 2, 4]


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: box(3, 0), "stride = 0"),
        (lambda: box(2, 3), "never sees"),
        (lambda: box(3, 2, 2), "never sees"),
        (lambda: box(0), "filter_size = 0"),
        (lambda: box(3, 1, 0), "dilation = 0"),
        (lambda: layer([1, -1]), "sum 0"),
        (lambda: layer([1, -3]), "sum -2"),
        (lambda: layer([2, -1]), "non-negative"),
        (lambda: Layer((Fraction(1, 2),)), "sum 1"),
        (lambda: Layer(()), "sum 1"),
    ],
)
def test_what_is_no_layer_is_refused_in_one_sentence(make: object, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refusal:
        make()  # type: ignore[operator]
    assert "\n" not in str(refusal.value)
