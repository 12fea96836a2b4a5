"""What every command does with words that it cannot take."""

import signal
from collections.abc import Callable, Sequence

import pytest


def assert_refused(
    main: Callable[[Sequence[str]], int], words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, one line on standard error, which names what is wrong."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert named in said, said
    assert said.count("\n") == 1


def take_interrupts() -> None:
    """Let this process take Ctrl-C, also where the tests run in the background of a shell, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
