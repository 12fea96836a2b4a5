"""`python -m validate.scaling --task 2`: theory, exact simulation and trained networks side by side, judged."""

import sys
import time
from collections.abc import Sequence

from nets.device import choose_device
from validate.asked import add_arguments, asked
from validate.command import AGREE, DISAGREE, INTERRUPTED, Parser, terminal, writable_folder
from validate.comparison import Comparison
from validate.experiment import interrupted, run
from validate.figure import draw_sensitivities
from validate.files import write_json, write_text
from validate.record import as_dict
from validate.report import settings, tables


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
    console = terminal()
    started = time.monotonic()
    try:
        one = asked(arguments, arguments.task)
        device = choose_device(arguments.device)
        stem = writable_folder(arguments.out) / f"task{one.task.kind}"
        comparison, pace = run(one, arguments, device, console)
        record = as_dict(comparison, one, pace, device, time.monotonic() - started)
        draw_sensitivities([comparison], stem.with_suffix(".png"))
        write_text(stem.with_suffix(".txt"), [settings(one), tables(comparison)])
        write_json(stem.with_suffix(".json"), record)
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(f"the results cannot be written to {stem.parent} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print(interrupted(one, arguments))
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
