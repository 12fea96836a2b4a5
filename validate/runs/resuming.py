"""A run that goes on from what an interrupted process left in its folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from validate.runs.run import Place


class _Trained(Protocol):
    epoch: int


T = TypeVar("T", bound=_Trained)


def resumed(place: Place, path: Path, read: Callable[[], T]) -> T | None:
    """Where an interrupted training stood, as `read` finds it in `path`; None where it begins.

    A checkpoint that cannot be gone on with is kept beside, as .refused, and named.
    """
    if not path.exists() or not place.resume:
        return None
    try:
        state = read()
    except ValueError as error:
        path.replace(path.with_suffix(".refused"))
        place.say(f"training from the start, the old file is kept as {path.stem}.refused: {error}")
        return None
    place.say(f"going on from epoch {state.epoch}")
    return state
