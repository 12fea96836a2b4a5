"""How every command that may need runs ends."""

import argparse
from collections.abc import Callable

from rich.console import Console

from sweep.make import RunsFailed
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser
from validate.runs.command_line import OnlyPlanned


def exit_status(act: Callable[[], int], p: Parser, arguments: argparse.Namespace, console: Console) -> int:
    """What `act` answers; 0 where runs were only planned, 1 where some failed, 2 for bad usage, 130 if interrupted."""
    try:
        return act()
    except OnlyPlanned:
        return AGREE
    except RunsFailed as failed:
        console.print(str(failed), highlight=False, markup=False)
        more = f"`python -m validate.runs show NAME --store {arguments.store}` says more"
        console.print(more, highlight=False, markup=False, soft_wrap=True)
        return DISAGREE
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(
            f"the results cannot be written to {arguments.out} ({error.strerror}): make room or choose another --out"
        )
    except KeyboardInterrupt:
        jobs = "; jobs on the cluster go on" if arguments.executor == "slurm" else ""
        console.print(f"interrupted: no results were written{jobs}; the same command again goes on from here")
        return INTERRUPTED
