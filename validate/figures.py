"""`python -m validate.figures 7`: the paper's figures of the simple CNNs, made anew.

5   example images of both tasks              6   representations layer by layer, s = 1, F = 5 and s = F = 2
7   D_k, G_k, R_k against A_k, both tasks; a training of the same settings in the folder of --out is not repeated
"""

import argparse
import sys
from collections.abc import Sequence

from nets.device import choose_device
from validate import illustrations
from validate.asked import add_arguments, asked
from validate.command import AGREE, INTERRUPTED, Parser, terminal, writable_folder
from validate.experiment import run
from validate.figure import draw_sensitivities
from validate.files import write_figure


def parser() -> Parser:
    """The command line of `validate.figures`."""
    p = Parser(
        prog="python -m validate.figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("figure", type=int, help="5, 6 or 7")
    add_arguments(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 drawn, 2 bad usage, 130 interrupted."""
    p = parser()
    arguments = p.parse_args(words)
    console = terminal()
    try:
        if arguments.figure not in (5, 6, 7):
            raise ValueError(f"figure {arguments.figure} is not one of the simple CNNs: use 5, 6 or 7")
        device = choose_device(arguments.device)
        experiments = [asked(arguments, kind) for kind in (1, 2)] if arguments.figure == 7 else []
        folder = writable_folder(arguments.out)
        path = folder / f"figure{arguments.figure}.png"
        if arguments.figure == 7:
            draw_sensitivities([run(one, arguments, device, console, reuse=True)[0] for one in experiments], path)
        else:
            write_figure(path, illustrations.examples() if arguments.figure == 5 else illustrations.layers())
    except ValueError as error:
        p.error(str(error))
    except OSError as error:
        p.error(f"the figure cannot be written to {folder} ({error.strerror}): make room or choose another --out")
    except KeyboardInterrupt:
        console.print("interrupted: no figure was written")
        return INTERRUPTED
    console.print(f"written to {path}")
    return AGREE


if __name__ == "__main__":
    sys.exit(main())
