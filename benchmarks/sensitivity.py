"""Time of `nets.models.sensitivity.measure_sensitivities` over that of the forward passes that it needs: all layers,
D and G, batches of 64.

    python -m benchmarks.sensitivity [--architecture vgg11] [--images 500]

Three passes are needed: of the images, and of two perturbed copies. Perturbing is timed apart. Both columns are the
shortest of three, taken in turns.
"""

import argparse
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table

from nets.deep.architectures import NAMES, build
from nets.models.perturbations import AddedNoise, Diffeomorphisms, perturb
from nets.models.sensitivity import measure_sensitivities

BATCH, REPEATS = 64, 3


def seconds(work: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


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
    arguments = p.parse_args()
    images = torch.rand(arguments.images, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = build(arguments.architecture, 3, 32, 10).eval()
    tau = Diffeomorphisms()
    perturbations = {"D": tau, "G": AddedNoise(tau)}
    generator = torch.Generator().manual_seed(0)
    table = Table(title=f"{arguments.architecture}, {arguments.images} images of 3 × 32 × 32, every module")
    for heading in ("threads", "forward passes", "measured", "of it perturbing", "ratio"):
        table.add_column(heading, justify="right")
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        plain, measured, changing = (
            min(column)
            for column in zip(
                *(
                    (
                        seconds(lambda: forward(model, images)),
                        seconds(lambda: measure_sensitivities(model, images, perturbations, batch=BATCH)),
                        seconds(
                            lambda: [
                                perturb(perturbation, images, generator) for perturbation in perturbations.values()
                            ]
                        ),
                    )
                    for _ in range(REPEATS)
                ),
                strict=True,
            )
        )
        table.add_row(
            str(threads), f"{plain:.2f} s", f"{measured:.2f} s", f"{changing:.2f} s", f"{measured / plain:.2f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
