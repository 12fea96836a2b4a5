"""`python -m validate.scaling --task 2`: theory, exact simulation and trained networks side by side, judged."""

import contextlib
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from nets.checkpoint import is_unfinished
from nets.device import choose_device
from validate.asked import add_arguments, asked, prepare
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser, writable_folder
from validate.comparison import Comparison, compare
from validate.figure import draw_sensitivities
from validate.files import TEXT_WIDTH, write_json, write_text
from validate.pace import Pace
from validate.record import as_dict
from validate.report import settings, tables, training_progress


def parser() -> Parser:
    """The command line of `validate.scaling`."""
    p = Parser(prog="python -m validate.scaling", description=__doc__)
    p.add_argument("--task", type=int, required=True, help="1: distance below a scale; 2: same block")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 all verdicts agree, 1 one does not, 2 bad usage, 130 interrupted."""
    p = parser()
    arguments = p.parse_args(words)
    console = Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)
    try:
        one = asked(arguments, arguments.task)
        device = choose_device(arguments.device)
        folder = writable_folder(arguments.out)
        stem = folder / f"task{one.task.kind}"
        saved = stem.with_suffix(".pt")
        state, keep = prepare(one, saved, arguments, device, console.print)
    except ValueError as error:
        p.error(str(error))
    heading = settings(one)
    console.print(heading)
    started, pace = time.monotonic(), Pace()
    try:
        with training_progress(console) if one.training else contextlib.nullcontext() as report:
            watched = pace.watch(report) if report else None
            comparison = compare(
                one.task, one.architecture, one.conventions, one.training, device, watched, state, keep
            )
        record = as_dict(comparison, one, device, time.monotonic() - started)
        record["provenance"]["training_steps_per_second"] = pace.steps_per_second
        draw_sensitivities([comparison], stem.with_suffix(".png"))
        write_text(stem.with_suffix(".txt"), [heading, tables(comparison)])
        write_json(stem.with_suffix(".json"), record)
    except OSError as error:
        p.error(f"the results cannot be written to {folder} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print(f"interrupted: no results were written{'; go on with --resume' if is_unfinished(saved) else ''}")
        return INTERRUPTED
    console.print(tables(comparison))
    agree = _all_agree(comparison)
    provenance = record["provenance"]
    console.print(f"{provenance['seconds']:.0f} s on {provenance['device']}; written to {stem}.json, .txt and .png")
    console.print("All verdicts agree." if agree else "At least one verdict is DISAGREE, or a control was accepted.")
    return AGREE if agree else DISAGREE


def _all_agree(comparison: Comparison) -> bool:
    verdicts = all(comparison.agrees(quantity) for quantity in ("D", "G", "R"))
    return verdicts and not any(accepted for *_, accepted in comparison.controls())


if __name__ == "__main__":
    sys.exit(main())
