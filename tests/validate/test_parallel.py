"""Work on all cores: every result, in its place; errors and leaving end the workers."""

import math
import multiprocessing
import time

import pytest

from validate.parallel import each


def test_every_piece_once() -> None:
    found = dict(each(math.sqrt, [4.0, 9.0, 16.0], 2))
    assert found == {0: 2.0, 1: 3.0, 2: 4.0}


def test_what_a_piece_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="math domain"):
        list(each(math.sqrt, [-1.0], 1))


def test_leaving_ends_the_workers() -> None:
    results = each(time.sleep, [0, 600], 2)
    next(results)
    started = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 30  # the second piece would sleep ten minutes
    for worker in multiprocessing.active_children():
        worker.join(30)
    assert not multiprocessing.active_children()
