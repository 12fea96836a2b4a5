"""`python -m validate.learned`: which part of what was learned pools, by intervening on trained filters.

W = σ W(0) + ΔW: a spatial mode of ΔW is removed, or kept alone, ΔW is averaged over channels or dropped, the rest of
the start is drawn anew; D_k and G_k are measured again.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from nets.simple.settings import MOST_CHANNELS, MOST_SEEDS
from sweep.run import Run
from sweep.store import provenances
from theory.definitions.task import Kind
from validate.arguments import add_choice, add_whole
from validate.command import AGREE, DISAGREE, Parser, add_out, execute, output_folder
from validate.files import provenance, write_json, write_text
from validate.learned.figures import draw
from validate.learned.judgement import Judgement, judge
from validate.learned.measurements import joined
from validate.learned.settings import CHANNELS, SEEDS, LearnedSettings, runs_of
from validate.learned.tables import tables
from validate.record import as_json
from validate.runs.settings import RunSettings, add_arguments, results_of, run_settings


def parser() -> Parser:
    """The command line of `validate.learned`."""
    p = Parser(prog="python -m validate.learned", description=__doc__)
    add_choice(p, "--preset", "quick paper", f": width of the networks, {CHANNELS['quick']} or 1000 (quick)", "quick")
    add_choice(p, "--task", "all 1 2 parity", ": of the paper, or the control that forbids pooling (all)", "all")
    add_whole(p, "--channels", "H", "channels in every layer", 2, MOST_CHANNELS)
    add_whole(p, "--seeds", "N", f"networks of each kind, at least 2 ({SEEDS})", 2, MOST_SEEDS, default=SEEDS)
    add_whole(p, "--seeds-per-run", "N", "seeds trained as one run (2)", 1, MOST_SEEDS, default=2)
    add_arguments(p)
    add_out(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 every statement holds and every control is refused, 1 otherwise, 2 bad
    usage, 130 interrupted.
    """
    return execute(parser(), words, _act)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return runs_of(settings_of(arguments).networks)


def settings_of(arguments: argparse.Namespace) -> LearnedSettings:
    """The settings that the command line describes."""
    tasks: dict[str, tuple[Kind, ...]] = {"all": (1, 2, "parity"), "1": (1,), "2": (2,), "parity": ("parity",)}
    channels = arguments.channels or CHANNELS[arguments.preset]
    return LearnedSettings(tasks[arguments.task], channels, arguments.seeds, arguments.seeds_per_run)


def _act(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    settings, making = settings_of(arguments), run_settings(arguments)
    stem = output_folder(arguments.out, making.dry_run) / "learned"
    judgement = judgement_of(settings, making, console)
    printed = tables(judgement)
    draw(judgement, stem.with_suffix(".png"))
    made = provenances(runs_of(settings.networks), making.store)
    seconds = time.monotonic() - started
    content = {"settings": settings, "judgement": judgement, "holds": judgement.holds, "runs": made}
    write_text(stem.with_suffix(".txt"), printed)
    write_json(stem.with_suffix(".json"), as_json({**content, "provenance": provenance("cpu", seconds, made)}))
    console.print(*printed)
    console.print(f"{seconds:.0f} s; written to {stem}.png, .txt and .json")
    return AGREE if judgement.holds else DISAGREE


def judgement_of(settings: LearnedSettings, making: RunSettings, console: Console) -> Judgement:
    """Make what is missing, and judge."""
    networks = settings.networks
    results = iter(results_of(runs_of(networks), making, console))
    return judge(
        [
            joined(network.name, network.moment, [next(results) for _ in network.runs], network.predicted_sigma)
            for network in networks
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
