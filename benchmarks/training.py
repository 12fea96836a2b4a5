"""CPU milliseconds per step and seed of training: a plain loop, torch.func.vmap, and ours, one trick after another.

    python -m benchmarks.training [--preset quick] [--tasks 1 2] [--channels 1000] [--seeds 4] [--repeats 5]

plain       one network at a time: torch's conv1d on whole images, autograd, torch.optim.SGD, loss read at every step
vmap        the same loss of all seeds at once, torch.func.vmap of torch.func.grad: what one would write for speed
patches     one network at a time over the distinct patches of each batch, the gradient written out
+ seeds     all seeds in one batched product
+ forward   no backward pass for a seed without a hinge loss
+ jumps     idle steps jumped over (`nets.simple.idle_steps`), as in `nets.simple.training`

All start from the same networks: untrained ones, where all batches have a hinge loss ("interpolating"), and ours after
--start epochs ("ridge phase"). `+ jumps` takes --stretch epochs, looks at the whole training and validation set
included; the others 1 + --steps steps, of which the first is not counted. Every row says the mean of so many repeats,
their standard deviation, and how many times as long the plain loop and vmap take. CPU time of all threads, so that what
else runs on the machine hardly matters.
"""

import argparse
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from benchmarks.plain_training import loss, plain_parameters, plain_step
from nets.simple.descent import descend, outputs, step
from nets.simple.images import split_images
from nets.simple.network import SimpleCNNs
from nets.simple.patches import distinct_patches, plan_batches
from nets.simple.training import State, Training, begin, train, trained
from theory.definitions.architecture import Architecture, paper_architecture
from theory.definitions.task import ScaleDetection, paper_task
from validate.presets import preset_training


@dataclass(frozen=True)
class Case:
    """What is timed: networks of a task, and T batches of every seed, (T, S, B)."""

    task: ScaleDetection
    architecture: Architecture
    training: Training
    networks: SimpleCNNs
    batches: np.ndarray

    @property
    def labels(self) -> Tensor:
        return torch.as_tensor(self.task.labels[self.batches], dtype=torch.float32)

    @property
    def images(self) -> Tensor:
        """(T, S, B, N)."""
        flat = self.task.amplitude * self.task.active(self.task.pairs[self.batches.ravel()])
        return torch.as_tensor(flat, dtype=torch.float32).view(*self.batches.shape, -1)

    @property
    def rate(self) -> float:
        return self.training.learning_rate


def timed(steps: Iterator[object], seeds: int) -> float:
    """Milliseconds per step and seed of all but the first, which warms up."""
    next(steps)
    start = time.process_time()
    count = sum(1 for _ in steps)
    return 1e3 * (time.process_time() - start) / count / seeds


def plain(case: Case) -> float:
    parameters = plain_parameters(case.networks, 0)
    optimizer = torch.optim.SGD(parameters, lr=case.rate * case.training.channels)

    def steps() -> Iterator[object]:
        for images, labels in zip(case.images[:, 0], case.labels[:, 0], strict=True):
            yield plain_step(parameters, optimizer, images, labels, case.architecture, case.training.ridge)

    return timed(steps(), 1)


def vmapped(case: Case) -> float:
    each = [plain_parameters(case.networks, seed) for seed in range(len(case.networks.offset))]
    parameters = [torch.stack([tensor.detach() for tensor in same]) for same in zip(*each, strict=True)]

    def network_loss(parameters: list[Tensor], images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        return loss(parameters, images, labels, case.architecture, case.training.ridge)

    gradient = torch.func.vmap(torch.func.grad(network_loss, has_aux=True))

    def steps() -> Iterator[object]:
        for images, labels in zip(case.images, case.labels, strict=True):
            gradients, hinge = gradient(parameters, images, labels)
            torch._foreach_add_(parameters, gradients, alpha=-case.rate * case.training.channels)
            yield hinge.tolist()

    return timed(steps(), len(each))


def ours(case: Case, together: bool, always_backward: bool) -> float:
    """Over distinct patches, planning included."""
    places = [list(range(len(case.networks.offset)))] if together else [[0]]
    patches = distinct_patches(case.architecture, case.task.active(case.task.pairs))
    networks, training = case.networks.select(places[0]), case.training

    def steps() -> Iterator[object]:
        batches = case.batches[:, places[0]]
        for batch, labels in zip(batches, case.labels[:, places[0]], strict=True):
            (plan,) = plan_batches(patches, batch[None], case.task.amplitude)
            if always_backward:
                output, gathered, rows = outputs(networks, plan)
                slope = torch.where(labels * output < 1, -labels, 0.0) / labels.shape[1]
                networks.hidden.mul_(1 - training.decay(case.rate, networks.depth))
                descend(networks, networks, plan, slope, gathered, rows, case.rate, 1.0, 1.0, slice(None))
                yield slope
            else:
                yield step(networks, plan, labels, case.rate, training.ridge)

    return timed(steps(), len(places[0]))


def jumping(case: Case, state: State, stretch: int, repeats: int) -> list[float]:
    """Of successive stretches."""
    training = replace(case.training, epochs=state.epoch + repeats * stretch, patience=None)
    steps = stretch * (training.images // (training.batch or training.images)) * len(training.seeds)
    first, times = state.epoch, [time.process_time()]

    def keep(state: State) -> None:
        if (state.epoch - first) // stretch >= len(times):
            times.append(time.process_time())

    train(case.task, case.architecture, training, state=state, keep=keep)
    return [float(ms) for ms in 1e3 * np.diff(times) / steps]


def cases(kind: int, arguments: argparse.Namespace) -> Iterator[tuple[str, Case, State]]:
    """The phases of a task, each with its networks and batches."""
    task, architecture = paper_task(kind), paper_architecture(kind)  # type: ignore[arg-type]
    training = preset_training(arguments.preset, kind)  # type: ignore[arg-type]
    training = replace(
        training,
        channels=arguments.channels or training.channels,
        seeds=tuple(range(arguments.seeds)),
        epochs=arguments.start,
        patience=None,
        cooldown=0.0,
    )
    sets = np.array([split_images(task, training.images, training.validation, seed).train for seed in training.seeds])
    drawn, batch = np.random.default_rng(0), training.batch or training.images
    batches = np.stack([drawn.permuted(sets, axis=1)[:, :batch] for _ in range(1 + arguments.steps)])
    kept = [begin(task, architecture, training)]
    yield "interpolating", Case(task, architecture, training, kept[0].networks, batches), kept[0]
    train(task, architecture, training, keep=kept.append)
    yield "ridge phase", Case(task, architecture, training, trained(kept[-1]), batches), kept[-1]


def rows(phase: str, case: Case, state: State, arguments: argparse.Namespace) -> Iterator[tuple[str, list[float]]]:
    """(method, times) of one phase."""
    methods: dict[str, Callable[[Case], float]] = {
        "plain": plain,
        "vmap": vmapped,
        "patches": lambda case: ours(case, together=False, always_backward=True),
        "+ seeds": lambda case: ours(case, together=True, always_backward=True),
        "+ forward": lambda case: ours(case, together=True, always_backward=False),
    }
    for name, method in methods.items():
        yield name, [method(case) for _ in range(arguments.repeats)]
    if phase == "ridge phase":
        yield "+ jumps", jumping(case, copy.deepcopy(state), arguments.stretch, arguments.repeats)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=("quick", "paper"), default="quick")
    parser.add_argument("--tasks", type=int, nargs="+", choices=(1, 2), default=[1, 2])
    parser.add_argument("--channels", type=int)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--start", type=int, default=60)
    parser.add_argument("--stretch", type=int, default=60)
    parser.add_argument("--output", type=Path, help="write the table here, too")
    arguments = parser.parse_args()
    threads = torch.get_num_threads()
    title = f"{arguments.preset} preset: CPU ms per step and seed, torch threads: {threads}, n = {arguments.repeats}"
    table = Table(title=title)
    for heading in ("task", "width", "phase", "method", "CPU ms", "±", "of plain", "of vmap"):
        table.add_column(heading, justify="left" if heading in ("phase", "method") else "right")
    for kind in arguments.tasks:
        for phase, case, state in cases(kind, arguments):
            means: dict[str, float] = {}
            for name, times in rows(phase, case, state, arguments):
                means[name] = float(np.mean(times))
                speeds = [f"{means[other] / means[name]:.1f}" if other in means else "" for other in ("plain", "vmap")]
                spread = f"{np.std(times, ddof=min(1, len(times) - 1)):.2f}"
                table.add_row(
                    str(kind), str(case.training.channels), phase, name, f"{means[name]:.2f}", spread, *speeds
                )
    console = Console(record=True, width=120)
    console.print(table)
    if arguments.output:
        console.save_text(str(arguments.output))


if __name__ == "__main__":
    main()
