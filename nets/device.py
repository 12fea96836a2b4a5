"""Where networks are trained."""

import os

import torch


def choose_device(name: str = "auto", deterministic: bool = True) -> str:
    """ "cuda" or "cpu"; "auto" takes CUDA where there is one. Sets PyTorch to deterministic algorithms, which not every
    model of a user's has, unless that is not wanted.

    Raises ValueError for a device that is not here.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device {name!r} is unknown: use 'auto', 'cpu' or 'cuda'")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("PyTorch finds no device 'cuda': use --device cpu or install a CUDA build")
    chosen = "cuda" if name != "cpu" and torch.cuda.is_available() else "cpu"
    if not deterministic:
        return chosen
    if chosen == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when cuBLAS starts, needed for the next line
    torch.use_deterministic_algorithms(True)
    return chosen
