"""What all runs of networks have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import torch

from nets.device import choose_device
from sweep.run import Run
from validate.files import provenance

# checkpoint and result of a training
WEIGHTS = "weights.safetensors"


class NetworkRun(Run):
    """PyTorch on one thread and one device; the code of `theory` and `nets` decides the result, and so do NumPy, which
    draws the images, and PyTorch, which trains.
    """

    packages: ClassVar[Sequence[str]] = ("theory", "nets")
    libraries: ClassVar[Sequence[str]] = ("numpy", "torch")

    @contextmanager
    def environment(self, device: str) -> Iterator[str]:
        """Neither cores nor load change a bit of a result."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield choose_device(device)
        finally:
            torch.set_num_threads(threads)

    def provenance(self, device: str, seconds: float) -> dict[str, Any]:
        """Versions, commit, device, threads, time and memory."""
        return provenance(device, seconds)
