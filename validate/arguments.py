"""Numbers and choices on command lines: one sentence for what is out of range, before anything of its size is made."""

import argparse
import math
from collections.abc import Callable

from theory.definitions.architecture import MOST
from theory.definitions.ranges import LARGEST


def whole_number(least: int = 1, most: int = LARGEST) -> Callable[[str], int]:
    """The type of an argument that is a whole number from least to most."""

    def number(word: str) -> int:
        try:
            value = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{_short(word)} is not a whole number: use one from {least} to {most}"
            ) from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{_short(word)} is out of range: use {least} to {most}")
        return value

    return number


def real_number(least: float, most: float) -> Callable[[str], float]:
    """The type of an argument that is a number from least to most."""

    def number(word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{_short(word)} is not a number from {least:g} to {most:g}: use one that is"
            )
        return value

    return number


def choice(*names: str) -> Callable[[str], str]:
    """The type of an argument that is one of these names."""

    def name(word: str) -> str:
        if word not in names:
            raise argparse.ArgumentTypeError(f"{_short(word)!r} is unknown: use {', '.join(names[:-1])} or {names[-1]}")
        return word

    return name


def _short(word: str) -> str:
    """At most 40 letters."""
    return word if len(word) <= 40 else word[:37] + "…"


def add_whole(
    p: argparse._ActionsContainer, option: str, metavar: str, explanation: str, least: int = 1, most: int = LARGEST,
    default: int | None = None,
) -> None:  # fmt: skip
    """An option that is a whole number from least to most."""
    p.add_argument(option, type=whole_number(least, most), metavar=metavar, default=default, help=explanation)


def add_real(
    p: argparse._ActionsContainer, option: str, metavar: str, explanation: str, least: float, most: float,
    default: float | None = None,
) -> None:  # fmt: skip
    """An option that is a number from least to most."""
    p.add_argument(option, type=real_number(least, most), metavar=metavar, default=default, help=explanation)


def add_choice(
    p: argparse._ActionsContainer, option: str, names: str, explanation: str, default: str | None = None
) -> None:
    """An option that is one of the names, which stand with spaces between."""
    known = names.split()
    explanation = f"{', '.join(known[:-1])} or {known[-1]}{explanation}"
    p.add_argument(option, type=choice(*known), metavar="NAME", default=default, help=explanation)


def filter_and_stride(word: str) -> tuple[int, int]:
    """3/2 for F = 3, s = 2; raises argparse.ArgumentTypeError, one sentence, for others."""
    size, _, stride = word.partition("/")
    try:
        numbers = int(size), int(stride)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word} is not a filter size and a stride: use 3/2") from None
    if not 1 <= numbers[1] <= numbers[0] <= MOST:
        raise argparse.ArgumentTypeError(f"{word} is no filter: use a size up to {MOST} and a stride up to the size")
    return numbers
