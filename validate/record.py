"""Results as JSON and back: one converter for every record that the commands write."""

import math
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import cattrs
import numpy as np
import sympy as sp

T = TypeVar("T")


def as_json(value: Any) -> Any:
    """The value as JSON has it: dataclasses as objects of their fields, arrays as lists, fractions and symbols as text;
    numbers that are not finite are null.

    >>> as_json({"D": np.array([0.5, np.nan]), "alpha": Fraction(1, 2)})
    {'D': [0.5, None], 'alpha': '1/2'}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return as_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Fraction | Path | sp.Basic):
        return str(value)
    return value


def from_json(kind: type[T], content: Any) -> T:
    """The dataclass that `as_json` made this of; null is NaN where a number is wanted.

    Raises ValueError, one sentence, for content of another form.
    """
    try:
        return _converter.structure(content, kind)
    except (cattrs.BaseValidationError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"this is no record of {kind.__name__} ({error!r}): make it again") from None


def _symbol(content: Any, kind: Any) -> sp.Basic:
    """A rational number, or the text of what is none, uninterpreted: reading executes no code."""
    try:
        return sp.Rational(Fraction(content))
    except ValueError:
        return sp.Symbol(content)


def _array(content: Any, _: Any) -> np.ndarray:
    """Numbers with NaN for null, or names."""
    array = np.array(content)
    return np.array(content, dtype=float) if array.dtype == object else array


_converter = cattrs.Converter(detailed_validation=False)
_converter.register_structure_hook(float, lambda content, _: math.nan if content is None else float(content))
_converter.register_structure_hook(Fraction, lambda content, _: Fraction(content))
_converter.register_structure_hook(Path, lambda content, _: Path(content))
_converter.register_structure_hook(np.ndarray, _array)
_converter.register_structure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, sp.Basic), _symbol)
