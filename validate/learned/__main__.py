"""`python -m validate.learned`: which part of what was learned pools, by intervening on trained filters.

W = σ W(0) + ΔW: a spatial mode of ΔW is removed, or kept alone, ΔW is averaged over channels or dropped, the rest of
the start is drawn anew; D_k and G_k are measured again.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from nets.simple.settings import MOST_CHANNELS, MOST_SEEDS
from sweep.run import Run
from sweep.store import provenances
from theory.definitions.task import Kind
from validate.arguments import add_choice, add_real, add_whole
from validate.command import AGREE, DISAGREE, Parser, add_out, execute, output_folder
from validate.files import provenance, write_json, write_text
from validate.learned.figures import draw
from validate.learned.judgement import Judgement, judge
from validate.learned.measurements import joined
from validate.learned.partial import joined_curves
from validate.learned.settings import (
    CHANNELS,
    DEEP_SEEDS,
    SEEDS,
    WIDTH_FACTOR,
    DeepNetworks,
    LearnedSettings,
    SimpleNetwork,
    partial_networks,
    runs_of,
)
from validate.learned.states import StateSettings, measure_states
from validate.learned.tables import tables
from validate.record import as_json
from validate.runs.settings import add_arguments, results_of, run_settings


def parser() -> Parser:
    """The command line of `validate.learned`."""
    p = Parser(prog="python -m validate.learned", description=__doc__)
    simple = p.add_argument_group("simple CNNs")
    add_choice(simple, "--preset", "quick paper", f": {CHANNELS['quick']} channels or 1000 (quick)", "quick")
    add_choice(simple, "--task", "all 1 2 parity none", ": the paper's, or the control that forbids pooling (all)",
               "all")  # fmt: skip
    add_whole(simple, "--channels", "H", "channels in every layer", 2, MOST_CHANNELS)
    add_whole(simple, "--seeds", "N", f"networks of each kind, at least 2 ({SEEDS}; deep: {DEEP_SEEDS})", 2, MOST_SEEDS)
    add_whole(simple, "--seeds-per-run", "N", "seeds trained as one run (2)", 1, MOST_SEEDS, default=2)
    simple.add_argument("--partial", action="store_true", help="beside partly learned networks of infinite width")
    deep = p.add_argument_group("deep networks, on the task of Fig. 8")
    deep.add_argument(
        "--architectures", nargs="+", default=[], metavar="NAME", help="lenet, alexnet, vgg11bn, … (none)"
    )
    add_real(deep, "--width-factor", "W", "of the channels in every layer (1/8)", 1e-3, 64)
    add_choice(deep, "--batch-norm", "recalibrated kept", ": statistics after a change (recalibrated)", "recalibrated")
    add_arguments(p)
    model = p.add_argument_group("a model of yours instead of all this")
    model.add_argument("--model", metavar="NAME", help="resnet18, … of torchvision, timm:NAME, or module:function")
    model.add_argument("--before", type=Path, metavar="FILE", help="its state before training, .pt or .safetensors")
    model.add_argument("--after", type=Path, metavar="FILE", help="its state after training")
    model.add_argument("--images", type=Path, metavar="PATH", help="a folder of photographs, or (n, C, H, W) numbers, "
                       ".npy")  # fmt: skip
    model.add_argument("--layers", nargs="+", metavar="NAME", help="modules (the innermost that are called)")
    add_out(p)
    return p


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 every statement holds and every control is refused, 1 otherwise, 2 bad
    usage, 130 interrupted.
    """
    return execute(parser(), words, _act)


def needed(arguments: argparse.Namespace) -> Sequence[Run]:
    """The runs that the command takes."""
    return [] if states_of(arguments) else all_runs(networks_of(arguments), arguments.partial)


def all_runs(networks: Sequence[SimpleNetwork | DeepNetworks], partial: bool) -> list[Run]:
    """Interventions on all networks, then the partly learned ones of infinite width."""
    chosen = partial_networks(networks) if partial else []
    return [*runs_of(networks), *(run for network in chosen for run in network.partial_runs)]


def networks_of(arguments: argparse.Namespace) -> list[SimpleNetwork | DeepNetworks]:
    """The networks that the command line names; raises ValueError, one sentence, where there are none."""
    tasks: dict[str, tuple[Kind, ...]] = {"all": (1, 2, "parity"), "1": (1,), "2": (2,), "parity": ("parity",)}
    channels, batch_norm = arguments.channels or CHANNELS[arguments.preset], arguments.batch_norm
    simple = LearnedSettings(tasks.get(arguments.task, ()), channels, arguments.seeds or SEEDS, arguments.seeds_per_run)
    deep = [
        DeepNetworks(name, arguments.seeds or DEEP_SEEDS, arguments.width_factor or WIDTH_FACTOR, batch_norm)
        for name in dict.fromkeys(arguments.architectures)
    ]
    if not simple.tasks and not deep:
        raise ValueError("--task none leaves no network: name some with --architectures")
    if arguments.partial and not set(simple.tasks) - {"parity"}:
        raise ValueError("--partial is of the simple CNNs on tasks 1 and 2: leave it out, or name one with --task")
    if arguments.width_factor is not None and not deep:
        raise ValueError("--width-factor is of deep networks: name some with --architectures, or leave it out")
    return [*simple.networks, *deep]


def states_of(arguments: argparse.Namespace) -> StateSettings | None:
    """The user's model, or None; raises ValueError, one sentence, where a part of it is missing."""
    values = {name: getattr(arguments, name) for name in ("model", "before", "after", "images")}
    missing = [f"--{name}" for name, value in values.items() if value is None]
    if len(missing) == len(values) and not arguments.layers:
        return None
    if missing:
        raise ValueError(f"a model between two states needs --model, --before, --after and --images: add {missing[0]}")
    if arguments.dry_run:
        raise ValueError("--dry-run is of runs, and a model needs none: leave it out")
    layers = tuple(arguments.layers) if arguments.layers else None
    return StateSettings(**values, batch_norm=arguments.batch_norm, layers=layers)


def _act(arguments: argparse.Namespace, console: Console) -> int:
    started = time.monotonic()
    states, making = states_of(arguments), run_settings(arguments)
    stem = output_folder(arguments.out, making.dry_run) / "learned"
    if states is not None:
        measured, frozen = measure_states(states)
        runs: list[Run] = []
        judgement = Judgement((measured,), (), True)
        content: dict[str, Any] = {"settings": states, "frozen": frozen}
    else:
        networks = networks_of(arguments)
        runs = all_runs(networks, arguments.partial)
        judgement = judgement_of(networks, arguments.partial, results_of(runs, making, console))
        content, frozen = {"networks": networks}, ()
    printed = tables(judgement, frozen)
    draw(judgement, stem.with_suffix(".png"))
    made = provenances(runs, making.store)
    seconds = time.monotonic() - started
    record = {**content, "judgement": judgement, "runs": made, "provenance": provenance("cpu", seconds, made)}
    write_text(stem.with_suffix(".txt"), printed)
    write_json(stem.with_suffix(".json"), as_json(record))
    console.print(*printed)
    console.print(f"{seconds:.0f} s; written to {stem}.png, .txt and .json")
    return AGREE if judgement.holds else DISAGREE


def judgement_of(
    networks: Sequence[SimpleNetwork | DeepNetworks], partial: bool, results: Sequence[dict[str, Any]]
) -> Judgement:
    """What the results of `all_runs` say."""
    rest = iter(results)
    measurements = [
        replace(
            joined(network.name, network.moment, [next(rest) for _ in network.runs], network.predicted_sigma),
            kind=network.role,
            carrier=network.carrier,
        )
        for network in networks
    ]
    curves = [
        joined_curves(network.name, network.moment, network.predicted_sigma, [next(rest) for _ in network.partial_runs])
        for network in (partial_networks(networks) if partial else ())
    ]
    return judge(measurements, curves)


if __name__ == "__main__":
    sys.exit(main())
