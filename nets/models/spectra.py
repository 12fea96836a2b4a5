"""How homogeneous filters are: their power by frequency (Eq. 3), in the eigenspaces of the grid's Laplacian."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nets.models.evaluation import evaluation_mode, inner_model
from nets.models.trace import trace_model

# eigenvalues that differ by less than rounding are one
ROUNDING = 1e-9


@dataclass(frozen=True)
class Spectrum:
    """Power of a layer's filters, ⟨‖w‖²⟩ in all, by eigenspace of the Laplacian of the F₁ × … × F_d grid.

    eigenvalues     (E,) λ in ascending order; 0 is the constant mode          multiplicities  (E,) modes of each
    power           (E,) ⟨Σ_l (Ψ_l·w)²⟩ over the modes l of the eigenspace, averaged over filters: γ_{k,l} of Eq. 3,
                    summed where modes depend on the choice of a basis; shares of filters that are all 0 are NaN
    mean_power      (E,) Σ_l (Ψ_l·⟨w⟩)² of the filters' mean over all pairs of channels, the filter of the mean
                    channel; 0 where it is rounding
    """

    eigenvalues: np.ndarray
    multiplicities: np.ndarray
    power: np.ndarray
    mean_power: np.ndarray

    @property
    def homogeneity(self) -> float:
        """Share of the constant mode: 1 for homogeneous filters, 1/N on average for independent random entries."""
        return _share(self.power[0], self.power.sum())

    @property
    def mean_homogeneity(self) -> float:
        """The same of the mean filter; 1 where filters are random but for a common constant, NaN where it is 0 but for
        rounding.
        """
        return _share(self.mean_power[0], self.mean_power.sum())

    @property
    def roughness(self) -> float:
        """N (Σ_l λ_l)⁻¹ ⟨‖w‖²⟩⁻¹ Σ_l λ_l ⟨(Ψ_l·w)²⟩, as in Fig. 12: 0 for homogeneous filters, 1 on average for
        independent random entries.
        """
        mean = (self.multiplicities @ self.eigenvalues) / self.multiplicities.sum()
        return _share(self.eigenvalues @ self.power, mean * self.power.sum())


def spectrum(filters: Tensor) -> Spectrum:
    """The spectrum of (out, in, F₁, …, F_d) filters, every (out, in) pair one filter.

    The eigenvectors of the grid's Laplacian are products of Ψ_l(o) ∝ cos(π l (o + ½)/F), of eigenvalue 4 sin²(π l/2F)
    along each axis. Raises ValueError for filters of one pixel, which have no frequencies.
    """
    sizes = tuple(filters.shape[2:])
    if math.prod(sizes) < 2:
        raise ValueError(f"filters of {'×'.join(map(str, sizes)) or 'no'} pixels have one mode: use larger filters")
    modes = filters.detach().double().cpu()
    eigenvalues = np.zeros(())
    for axis, size in enumerate(sizes, start=2):
        modes = torch.movedim(torch.tensordot(modes, _cosines(size), dims=([axis], [1])), -1, axis)
        eigenvalues = np.add.outer(eigenvalues, 4 * np.sin(np.pi * np.arange(size) / (2 * size)) ** 2)
    power, mean_power = (x.numpy().ravel() for x in (modes.square().mean((0, 1)), modes.mean((0, 1)).square()))
    # all entries of a binade may be rounded alike when their mean is subtracted, so that N of them help nothing
    if mean_power.sum() <= torch.finfo(filters.dtype).eps ** 2 * power.sum():
        mean_power = np.zeros_like(mean_power)
    order = np.argsort(eigenvalues.ravel(), kind="stable")
    sorted_values = eigenvalues.ravel()[order]
    groups = np.concatenate([[0], np.cumsum(np.diff(sorted_values) > ROUNDING)])
    counts = np.bincount(groups)
    return Spectrum(
        eigenvalues=np.bincount(groups, sorted_values) / counts,
        multiplicities=counts,
        power=np.bincount(groups, power[order]),
        mean_power=np.bincount(groups, mean_power[order]),
    )


@torch.no_grad()
def model_spectra(model: nn.Module, image: Tensor | None = None) -> dict[str, Spectrum]:
    """{name: spectrum} of every convolution whose filters have more than one pixel, in the order of their calls on the
    (B, C, …) image: of the weights that act, whatever they are derived from. Without an image, of the weights of the
    model's convolutions, in its order.

    Raises ValueError, one sentence, where there is none.
    """
    filters = {}
    if image is None:
        with evaluation_mode(model):
            filters = {
                name: module.weight.detach()
                for name, module in inner_model(model).named_modules()
                if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
            }
    else:
        for call in trace_model(model, image).convolutions:
            filters.setdefault(call.name, call.filters)
    spectra = {name: spectrum(weights) for name, weights in filters.items() if math.prod(weights.shape[2:]) > 1}
    if not spectra:
        raise ValueError(
            f"{type(model).__name__} has no convolution with filters of more than one pixel: spectra are of those"
        )
    return spectra


def _share(part: float, whole: float) -> float:
    """part/whole, NaN where there is nothing."""
    return float(part / whole) if whole > 0 else math.nan


def _cosines(size: int) -> Tensor:
    """(F, F) eigenvectors of the path's Laplacian in rows, orthonormal."""
    angle = np.pi * np.outer(np.arange(size), np.arange(size) + 0.5) / size
    rows = np.cos(angle) * np.where(np.arange(size) == 0, 1, math.sqrt(2))[:, None] / math.sqrt(size)
    return torch.from_numpy(rows)
