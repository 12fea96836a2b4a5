"""Independent pieces of work on all cores of one machine."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

import torch

Work = TypeVar("Work")
Result = TypeVar("Result")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(function: Callable[[Work], Result], pieces: Sequence[Work], workers: int) -> Iterator[tuple[int, Result]]:
    """Yield (place in `pieces`, result) as they are done, by `workers` processes of one thread each.

    The number of workers changes no bit of any result. What a piece raises is raised here; leaving the loop, by Ctrl-C
    too, ends the workers at once.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process that has used threads may hang
    with ProcessPoolExecutor(workers, context, initializer=torch.set_num_threads, initargs=(1,)) as executor:
        places = {executor.submit(function, piece): n for n, piece in enumerate(pieces)}
        try:
            for done in as_completed(places):
                yield places[done], done.result()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.kill()  # a termination may be lost on a worker that is still starting
            raise
