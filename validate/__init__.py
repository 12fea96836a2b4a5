"""Theory, simulation and networks compared: the commands."""

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130


def interrupted(signal_number: int, frame: FrameType | None) -> None:
    """Ctrl-C while modules are still being imported: no traceback of theirs."""
    os.write(2, b"interrupted before anything was done\n")
    os._exit(INTERRUPTED)


if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # `python -m validate…` is importing; validate.command.execute takes over
    signal.signal(signal.SIGINT, interrupted)
