"""CPU time of `nets.models.sensitivity.measure_sensitivities` over that of the forward passes that it needs: all
modules, D and G, batches of 64.

    python -m benchmarks.sensitivity [--architecture vgg11] [--images 500] [--repeats 5]

Three passes are needed: of the images, and of two perturbed copies. Perturbing is timed apart. Each repetition takes
all three in turns, and gives one ratio; rows say their mean ± standard deviation, and the least.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nets.deep.architectures import NAMES, build
from nets.models.perturbations import AddedNoise, Diffeomorphisms, Perturbation, perturb
from nets.models.sensitivity import measure_sensitivities

BATCH = 64


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call, of all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


@torch.no_grad()
def forward(model: torch.nn.Module, images: torch.Tensor) -> None:
    """The passes that D and G need."""
    for _ in range(3):
        for start in range(0, len(images), BATCH):
            model(images[start : start + BATCH])


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.sensitivity", description=__doc__.splitlines()[0])
    p.add_argument("--architecture", choices=NAMES, default="vgg11")
    p.add_argument("--images", type=int, default=500)
    p.add_argument("--repeats", type=int, default=5)
    arguments = p.parse_args()
    images = torch.rand(arguments.images, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = build(arguments.architecture, 3, 32, 10).eval()
    table = Table(title=f"{arguments.architecture}, {arguments.images} images of 3 × 32 × 32, every module")
    for heading in ("threads", "n", "forward passes", "measured", "of it perturbing", "ratio", "least"):
        table.add_column(heading, justify="right")
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        times = np.array([repetition(model, images) for _ in range(arguments.repeats)])
        cells = [f"{mean:.2f} ± {std:.2f} s" for mean, std in zip(times.mean(0), times.std(0, ddof=1), strict=True)]
        ratios = times[:, 1] / times[:, 0]
        ratio = f"{ratios.mean():.3f} ± {ratios.std(ddof=1):.3f}"
        table.add_row(str(threads), str(len(times)), *cells, ratio, f"{ratios.min():.3f}")
    Console().print(table)


def repetition(model: torch.nn.Module, images: torch.Tensor) -> tuple[float, float, float]:
    """Of the forward passes, the measurement, and perturbing alone."""
    tau = Diffeomorphisms()
    perturbations: dict[str, Perturbation] = {"D": tau, "G": AddedNoise(tau)}
    generator = torch.Generator().manual_seed(0)
    return (
        seconds(lambda: forward(model, images)),
        seconds(lambda: measure_sensitivities(model, images, perturbations, batch=BATCH)),
        seconds(lambda: [perturb(perturbation, images, generator) for perturbation in perturbations.values()]),
    )


if __name__ == "__main__":
    main()
