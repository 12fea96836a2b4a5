"""One experiment of the simple CNNs: trained, gone on with or taken from the folder, and compared."""

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from nets.checkpoint import is_unfinished, keep_every, read, settings_of
from nets.training import State
from validate.asked import Asked
from validate.comparison import Comparison, compare
from validate.pace import Pace
from validate.report import settings, training_progress


def run(
    one: Asked, arguments: argparse.Namespace, device: str, console: Console, reuse: bool = False
) -> tuple[Comparison, Pace]:
    """Say what is asked, train with progress and checkpoints in the folder of --out, and compare; with the pace.

    `reuse`: a training of the same settings that has ended is not repeated. Raises ValueError, one sentence,
    where a training that has not ended would be lost, or cannot be gone on with.
    """
    state, keep = _prepare(one, checkpoint(one, arguments), arguments, device, console.print, reuse)
    console.print(settings(one))
    pace = Pace(resumed_from=state.epoch if state else None)
    with training_progress(console) if one.training else contextlib.nullcontext() as report:
        watched = pace.watch(report) if report else None
        found = compare(one.task, one.architecture, one.conventions, one.training, device, watched, state, keep)
    return found, pace


def checkpoint(one: Asked, arguments: argparse.Namespace) -> Path:
    """Where the training is kept."""
    return Path(arguments.out) / f"task{one.task.kind}.pt"


def interrupted(one: Asked, arguments: argparse.Namespace) -> str:
    """What to say of an interrupted command."""
    hint = "; go on with --resume" if is_unfinished(checkpoint(one, arguments)) else ""
    return f"interrupted: no results were written{hint}"


def _prepare(
    one: Asked, path: Path, arguments: argparse.Namespace, device: str, say: Callable[[str], None], reuse: bool = False
) -> tuple[State | None, Callable[[State], None]]:
    """(the state to go on from, what keeps states in the file `path`).

    `reuse`: take a training of the same settings that ended, if there is one. Raises ValueError, one sentence, where
    a training that has not ended would be lost, or cannot be gone on with.
    """
    if one.training is None:
        return None, lambda state: None
    settings = settings_of(one.task, one.architecture, one.training)
    keep = keep_every(path, settings, arguments.save_every, say)
    state = None
    if arguments.resume:
        state = read(path, settings, device)
    elif is_unfinished(path):
        raise ValueError(f"{path} holds a training that has not ended: go on with --resume, or remove the file")
    elif reuse and path.exists():
        try:
            state = read(path, settings, device)
        except ValueError as error:
            say(f"training anew: {error}")
    if state is not None:
        say(f"{path}: going on from epoch {state.epoch}")
    return state, keep
