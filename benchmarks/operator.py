"""Time and error of D_k, G_k and the kernel: Fourier form, dense matrix power, Monte Carlo.

    python -m benchmarks.operator [--filter-size F]

The table is of ‖f_k(δ_i)‖² = C_k(0), the denominator of Eqs. 4 and 6, with relative errors against integers. A dense
power takes some log₂ k products of L × L matrices. In Monte Carlo C_k(0) is the probability that two walkers meet; its
standard error falls as 1/√pairs, so its time at the Fourier form's error (2⁻⁵³ at least) is extrapolated from here.
D_k, G_k and the kernel of 60 layers stand above the table; for F = 2 they have a closed form, D_k = 2/(k+1).
"""

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from simulate import exact, operator
from simulate.sensitivity import one_pixel_sensitivities
from theory.definitions.architecture import Architecture

T = TypeVar("T")

SIZES = ((64, 16), (256, 64), (1024, 1024), (2048, 4096), (2**16, 4096), (2**20, 4096))
LARGEST_DENSE = 2048
PAIRS = 200_000
YEAR = 365.25 * 24 * 3600


def timed(work: Callable[[], T], repeats: int = 3) -> tuple[T, float]:
    """What `work` answers and its shortest time in seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def fourier(architecture: Architecture, width: int, layer: int) -> float:
    """C_k(0) as the project computes it, nothing remembered from call to call."""
    operator.log_modulus.cache_clear()
    return operator.norm(architecture, width, layer)


def dense(architecture: Architecture, width: int, layer: int) -> float:
    """C_k(0) from the k-th power of the circulant matrix."""
    matrix = np.zeros((width, width))
    for o in architecture.offsets:
        matrix[np.arange(width), (np.arange(width) + o) % width] += 1 / architecture.filter_size
    h = np.linalg.matrix_power(matrix, layer)[:, 0]
    return float(np.sum(h**2))


def monte_carlo(architecture: Architecture, width: int, layer: int) -> float:
    """C_k(0) from pairs of walkers."""
    rng = np.random.default_rng(0)
    apart = np.zeros(PAIRS, dtype=np.int64)
    for _ in range(layer):
        apart += rng.integers(0, architecture.filter_size, PAIRS) - rng.integers(0, architecture.filter_size, PAIRS)
    return float(np.mean(apart % width == 0))


def scientific(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds > YEAR:
        return f"{seconds / YEAR:.0e} years"
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{1000 * seconds:.2g} ms"


def compare(size: int) -> Table:
    """One row for each L and k."""
    architecture = Architecture(size, 1, 1)
    table = Table(title=f"‖f_k(δ)‖², F = {size}: time and relative error")
    for heading in (
        "L",
        "k",
        "Fourier",
        "error",
        "dense power",
        "error",
        "ratio",
        "walkers",
        "error",
        "at Fourier's error",
    ):
        table.add_column(heading, justify="right")
    for width, layer in SIZES:
        true = float(exact.norm(architecture, width, layer))
        rows = [timed(partial(fourier, architecture, width, layer))]
        if width <= LARGEST_DENSE:
            rows.append(timed(partial(dense, architecture, width, layer), 1))
        rows.append(timed(partial(monte_carlo, architecture, width, layer), 1))
        errors = [abs(value / true - 1) for value, _ in rows]
        errors[-1] = float(np.sqrt((1 - true) / true / PAIRS))
        cells = [str(width), str(layer), scientific(rows[0][1]), f"{errors[0]:.0e}"]
        if width <= LARGEST_DENSE:
            cells += [scientific(rows[1][1]), f"{errors[1]:.0e}", f"{rows[1][1] / rows[0][1]:.0f}"]
        else:
            cells += [f"{8 * width**2 / 2**30:.0f} GiB", "—", "—"]
        # an error of 0 is one that double precision cannot tell from it
        needed = rows[-1][1] * (errors[-1] / max(errors[0], 2.0**-53)) ** 2
        table.add_row(*cells, scientific(rows[-1][1]), f"{errors[-1]:.0e}", scientific(needed))
    table.caption = f"walkers: {PAIRS} pairs"
    return table


def largest(size: int) -> str:
    """D, G, A and the kernel at 60 layers up to 10⁶ on 2²⁰ pixels: time, memory, and the error where it is known."""
    architecture, width = Architecture(size, 1, 1), 2**20
    layers = np.unique(np.rint(np.geomspace(1, 10**6, 63)).astype(int))

    def everything() -> np.ndarray:
        sensitivities = one_pixel_sensitivities(architecture, width, layers)
        for k in layers.tolist():
            operator.kernel(architecture, width, k)
        return sensitivities.D

    d, seconds = timed(everything, 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    known = layers <= 4096
    true = np.array([float(exact.displacement(architecture, 2**20, k)) for k in layers[known].tolist()])
    error = f"error {np.abs(d[known] / true - 1).max():.0e} for k ≤ 4096"
    if size == 2:
        error += f", {np.abs(d / (2 / (layers + 1)) - 1).max():.0e} for all k"
    what = f"F = {size}: D, G, A and kernel at {len(layers)} layers to 10⁶, L = 2²⁰"
    return f"{what}: {seconds:.2f} s, {memory:.2f} GiB; D: {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter-size", type=int, default=3)
    size = parser.parse_args().filter_size
    console = Console(width=120)
    for line in (largest(filter_size) for filter_size in sorted({2, size})):
        console.print(line)
    console.print(compare(size))


if __name__ == "__main__":
    main()
