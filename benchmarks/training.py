"""Steps per second of training: ours beside a plain implementation, in one run.

    python -m benchmarks.training [--widths 64 256 1000] [--steps 120]

Plain: one network at a time, torch's conv1d on whole images, autograd, torch.optim.SGD, the loss read at every step.
Ours: four seeds at once over the distinct patches of each batch. Both start from the same weights and take the same
batches of 8; "interpolating" has a hinge loss in every batch, "ridge phase" in none, as most have once the training
set is fitted. Planning the batches is counted. Prints milliseconds per step and seed, their ratio, the arithmetic and
the bytes of filters that a step of ours needs, and the shares of this machine's rates that it reaches: of a product of
1024 × 1024 matrices and of a copy. --steps is for width 64; wider networks take fewer, in proportion.
"""

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from nets.descent import step
from nets.images import split_images
from nets.patches import BatchPlan, distinct_patches, plan_batches
from nets.simple import SimpleCNNs, initialize
from theory.architecture import Architecture, paper_architecture
from theory.task import ScaleDetection, paper_task

SEEDS, BATCH, RATE, RIDGE = [0, 1, 2, 3], 8, 1e-6, 0.01


def plain_step(
    parameters: list[torch.Tensor],
    optimizer: torch.optim.SGD,
    images: torch.Tensor,
    labels: torch.Tensor,
    architecture: Architecture,
) -> float:
    """One step of one network as one would write it down; the hinge loss."""
    *layers, readout, offset = parameters
    size, f = architecture.filter_size, images[:, None, :]
    for filters, bias in zip(layers[::2], layers[1::2], strict=True):
        if architecture.stride == 1:
            f = functional.pad(f, (size // 2, (size - 1) // 2), mode="circular")
        fan_in = size * filters.shape[1]
        f = math.sqrt(size) * torch.relu(
            functional.conv1d(f, filters / math.sqrt(fan_in), bias, stride=architecture.stride)
        )
    output = f.mean(2) @ readout / len(readout) + offset
    hinge = torch.relu(1 - labels * output).mean()
    norm = sum(filters.square().sum() for filters in layers[::2])
    loss = hinge + RIDGE * norm / (len(readout) * architecture.depth)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return hinge.item()


def plain_parameters(networks: SimpleCNNs, seed: int) -> list[torch.Tensor]:
    """Filters (H, H_in, F) and biases layer by layer, readout and offset of one seed, for conv1d."""
    answer = []
    for k in range(1, networks.depth + 1):
        answer += [networks.filters(k)[seed].permute(2, 1, 0).contiguous(), networks.bias[k - 1, seed, 0].clone()]
    answer += [networks.readout[seed, :, 0].clone(), networks.offset[seed, 0, 0].clone()]
    return [tensor.requires_grad_() for tensor in answer]


@dataclass(frozen=True)
class Timing:
    """Per step and seed: milliseconds of both, and what ours needs, in GFLOP and GB of filters read and written."""

    plain: float
    ours: float
    arithmetic: float
    traffic: float


def needs(networks: SimpleCNNs, plan: BatchPlan, fitted: bool) -> tuple[float, float]:
    """(GFLOP, GB) of one step of one seed over the plan's rows.

    Forward, a product of patches and filters; backward two more, but for the errors of the image. The filters are read
    once forward, once backward, and are read and written by the ridge and by the update.
    """
    seeds = len(networks.offset)
    products, entries = 0.0, 0.0
    for k, table in enumerate(plan.tables, start=1):
        weight = networks.weight(k)[0]
        product = 2 * len(table) / seeds / networks.patch_size * weight.numel()
        products += product * (1 if fitted else 3 if k > 1 else 2)
        entries += weight.numel() * (3 if fitted else 6)
    return products / 1e9, 4 * entries / 1e9


def rates() -> tuple[float, float]:
    """(GFLOP/s of a product of 1024 × 1024 matrices, GB/s read and written by a copy) of this machine, now."""
    one, other, large = torch.randn(1024, 1024), torch.randn(1024, 1024), torch.randn(2**26)
    target = torch.empty_like(large)

    def fastest(work: Callable[[], object]) -> float:
        times = []
        for _ in range(8):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)

    return 2 * 1024**3 / fastest(lambda: one @ other) / 1e9, 8 * 2**26 / fastest(lambda: target.copy_(large)) / 1e9


def measure(task: ScaleDetection, architecture: Architecture, width: int, steps: int, fitted: bool) -> Timing:
    """Plain and ours on the same batches."""
    sets = np.array([split_images(task, 48, 128, seed).train for seed in SEEDS])
    orders = [np.random.default_rng(seed) for seed in SEEDS]
    batches = np.array(
        [[order.choice(one, BATCH) for order, one in zip(orders, sets, strict=True)] for _ in range(steps)]
    )
    labels = torch.as_tensor(task.labels[batches], dtype=torch.float32)
    networks = initialize(architecture, width, SEEDS)
    if fitted:  # an offset that satisfies every image of a batch of one class
        networks.offset.fill_(1e3)
        labels.fill_(1)
    images = torch.as_tensor(task.amplitude * task.active(task.pairs[batches.ravel()]), dtype=torch.float32)
    images = images.view(steps, len(SEEDS), BATCH, -1)
    parameters = plain_parameters(networks, 0)
    optimizer = torch.optim.SGD(parameters, lr=RATE * width)
    start = time.perf_counter()
    for n in range(steps):
        plain_step(parameters, optimizer, images[n, 0], labels[n, 0], architecture)
    plain = time.perf_counter() - start
    patches = distinct_patches(architecture, task.active(task.pairs))
    start = time.perf_counter()
    plans = plan_batches(patches, batches, task.amplitude)
    for plan, target in zip(plans, labels, strict=True):
        step(networks, plan, target, RATE, RIDGE)
    ours = (time.perf_counter() - start) / len(SEEDS)
    return Timing(1e3 * plain / steps, 1e3 * ours / steps, *needs(networks, plans[0], fitted))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 256, 1000])
    parser.add_argument("--steps", type=int, default=120)
    arguments = parser.parse_args()
    multiply, copy = rates()
    table = Table(
        title=f"milliseconds per step and seed, batch {BATCH}, {torch.get_num_threads()} threads; "
        f"matrix product {multiply:.0f} GFLOP/s, copy {copy:.0f} GB/s"
    )
    headings = ("task", "width", "phase", "plain", "ours", "ratio", "GFLOP", "of product", "GB", "of copy")
    for heading in headings:
        table.add_column(heading, justify="right")
    for kind in (1, 2):
        task, architecture = paper_task(kind), paper_architecture(kind)
        for width in arguments.widths:
            steps = max(4, arguments.steps * 64 // width)
            for fitted in (False, True):
                measure(task, architecture, width, 2, fitted)  # warm up
                found = measure(task, architecture, width, steps, fitted)
                seconds = found.ours / 1e3
                table.add_row(
                    str(kind),
                    str(width),
                    "ridge phase" if fitted else "interpolating",
                    f"{found.plain:.2f}",
                    f"{found.ours:.2f}",
                    f"{found.plain / found.ours:.1f}",
                    f"{found.arithmetic:.3f}",
                    f"{found.arithmetic / seconds / multiply:.0%}",
                    f"{found.traffic:.4f}",
                    f"{found.traffic / seconds / copy:.0%}",
                )
    Console().print(table)


if __name__ == "__main__":
    main()
