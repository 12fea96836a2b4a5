"""The ranges of numbers in settings, checked where a value is made. A definition, shared by every room."""

import math
import operator
from collections.abc import Sequence
from typing import Any, SupportsFloat

# no setting is a larger whole number: sizes beyond it are refused before anything of that size is made
LARGEST = 2**31 - 1


def require_whole(settings: object, **ranges: tuple[int, int]) -> None:
    """Each named field is a whole number of Python's, from least to most; NumPy's become Python's. None is left alone.

    Raises TypeError for what is no whole number, ValueError for one out of range: one sentence.

    >>> from types import SimpleNamespace
    >>> require_whole(SimpleNamespace(depth=0), depth=(1, 1000))
    Traceback (most recent call last):
    ValueError: depth = 0 is out of range: use a whole number from 1 to 1000
    """
    for field, (least, most) in ranges.items():
        value = getattr(settings, field)
        if value is not None:
            object.__setattr__(settings, field, whole(field, value, least, most))


def require_wholes(settings: object, **ranges: tuple[int, int]) -> None:
    """Each named field is a tuple of one or more whole numbers, each from least to most."""
    for field, (least, most) in ranges.items():
        values = getattr(settings, field)
        sentence = f"{field} = {_short(values)} holds no whole numbers: use one or more from {least} to {most}"
        if not isinstance(values, tuple | list | range):
            raise TypeError(sentence)
        if not values:
            raise ValueError(sentence)
        object.__setattr__(settings, field, tuple(whole(field, value, least, most) for value in values))


def require_real(settings: object, **ranges: tuple[float, float]) -> None:
    """The same for real numbers, which become Python's floats."""
    for field, (least, most) in ranges.items():
        value = getattr(settings, field)
        if value is not None:
            object.__setattr__(settings, field, real(field, value, least, most))


def require_choice(settings: object, **choices: Sequence[Any]) -> None:
    """Each named field is one of the choices; raises ValueError, one sentence, where it is none."""
    for field, names in choices.items():
        choice(field, getattr(settings, field), names)


def choice(name: str, value: Any, names: Sequence[Any]) -> None:
    """Raises ValueError, one sentence, where the value is none of these names.

    >>> choice("quantity", "x", ("D", "G", "R"))
    Traceback (most recent call last):
    ValueError: quantity = 'x' is unknown: use 'D', 'G' or 'R'
    """
    if not isinstance(value, str | int) or value not in names:
        listed = f"{', '.join(map(repr, names[:-1]))} or {names[-1]!r}"
        raise ValueError(f"{name} = {_short(value)} is unknown: use {listed}")


def whole(name: str, value: Any, least: int = 1, most: int = LARGEST) -> int:
    """The value as Python's int; raises TypeError or ValueError, one sentence, where it is none from least to most."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} = {_short(value)} is no whole number: use one from {least} to {most}") from None
    if not least <= number <= most:
        raise ValueError(f"{name} = {_short(number)} is out of range: use a whole number from {least} to {most}")
    return number


def real(name: str, value: SupportsFloat, least: float, most: float) -> float:
    """The value as Python's float, an int staying one; TypeError or ValueError, one sentence, as for `whole`."""
    if isinstance(value, str | bytes) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} = {_short(value)} is no number: use one from {least:g} to {most:g}")
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        number = math.nan
    if not least <= number <= most:
        raise ValueError(f"{name} = {_short(value)} is out of range: use a number from {least:g} to {most:g}")
    return value if type(value) in (int, float) else number  # type: ignore[return-value]


def _short(value: object) -> str:
    """At most 40 characters."""
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python prints
        return "a number of thousands of digits"
    return text if len(text) <= 40 else text[:37] + "…"
