"""What training added to filters, W = σ W(0) + ΔW, and interventions on its spatial modes: causes, not shares.

Everything is linear algebra in float64 on (out, in, F₁, …, F_d) filters; an intervention returns the filters of a
changed network, whose sensitivities then say what the part that was changed does.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nets.models.spectra import spectrum

# eigenvalues that differ by less than rounding are one
ROUNDING = 1e-9
# what is left of W by rounding of its stored numbers is nothing that was learned
UNCHANGED = 1e-6
# standard errors of σ below which it is noise
CERTAIN = 3.0


@dataclass(frozen=True)
class Split:
    """W = σ W(0) + ΔW of one convolution's filters, (out, in, F₁, …, F_d) in float64; ⟨W(0), ΔW⟩ = 0.

    start   W(0)          learned   ΔW          sigma   σ = ⟨W, W(0)⟩/⟨W(0), W(0)⟩, the regression of W on W(0)
    """

    start: Tensor
    learned: Tensor
    sigma: float

    @property
    def end(self) -> Tensor:
        """W."""
        return self.sigma * self.start + self.learned

    @property
    def sigma_error(self) -> float:
        """|ΔW|/(√n |W(0)|): by how much σ scatters where n start weights are random and ΔW does not know them."""
        return float(self.learned.norm() / (math.sqrt(self.start.numel()) * self.start.norm()))

    @property
    def correlated(self) -> bool:
        """Whether σ is more than noise."""
        return abs(self.sigma) > CERTAIN * self.sigma_error

    @property
    def learned_share(self) -> float:
        """q = |ΔW|²/|W|²."""
        return float(self.learned.square().sum() / self.end.square().sum())

    @property
    def shares(self) -> np.ndarray:
        """(E,) share of ΔW's power in each eigenspace of the grid's Laplacian; γ, of the constant mode, first."""
        return self._shares(self.learned)

    @property
    def end_shares(self) -> np.ndarray:
        """(E,) the same of W; ρ first."""
        return self._shares(self.end)

    def _shares(self, filters: Tensor) -> np.ndarray:
        power = spectrum(filters).power
        return np.asarray(power / power.sum())


def split(start: Tensor, end: Tensor, name: str = "the layer") -> Split:
    """W = σ W(0) + ΔW; raises ValueError, one sentence, for filters of different shapes, that are not finite, or whose
    start is 0.
    """
    if start.shape != end.shape:
        raise ValueError(
            f"{name} has filters of {tuple(start.shape)} at the start and {tuple(end.shape)} at the end: give two "
            "states of one architecture"
        )
    first, last = start.detach().double().cpu(), end.detach().double().cpu()
    if not (first.isfinite().all() and last.isfinite().all()):
        raise ValueError(f"{name} has weights that are not finite: give the weights of a training that did not diverge")
    power = float(first.square().sum())
    if power == 0:
        raise ValueError(f"{name} starts from zeros, so that all of it was learned: give a start with random weights")
    sigma = float((last * first).sum()) / power
    return Split(first, last - sigma * first, sigma)


def frozen(part: Split) -> bool:
    """Whether nothing was learned: W is σW(0) but for rounding."""
    return float(part.learned.norm()) <= UNCHANGED * float(part.end.norm())


def eigenspaces(sizes: tuple[int, ...]) -> tuple[np.ndarray, list[np.ndarray]]:
    """(E,) eigenvalues λ of the Laplacian of the F₁ × … × F_d grid, ascending, and the (N, N) projectors on their
    eigenspaces; λ = 0 is the constant mode, the next are gradients.
    """
    laplacian = np.zeros((1, 1))
    for size in sizes:
        path = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
        path[0, 0] = path[-1, -1] = 1 if size > 1 else 0
        laplacian = np.kron(laplacian, np.eye(size)) + np.kron(np.eye(len(laplacian)), path)
    values, vectors = np.linalg.eigh(laplacian)
    first = np.flatnonzero(np.diff(values, prepend=-1.0) > ROUNDING)
    groups = np.split(vectors, first[1:], axis=1)
    return np.abs(values[first]), [group @ group.T for group in groups]


def spatial_modes(filters: Tensor) -> list[Tensor]:
    """The filters' parts in each eigenspace, λ ascending; their sum is the filters."""
    _, projectors = eigenspaces(tuple(filters.shape[2:]))
    flat = filters.flatten(2)
    return [(flat @ torch.from_numpy(projector)).view(filters.shape) for projector in projectors]


# of a part, with random numbers: the filters of the changed network
Intervention = Callable[[Split, torch.Generator], Tensor]


def without_mode(mode: int) -> Intervention:
    """ΔW loses the part in one eigenspace; filters of a smaller grid, without it, stay as they are."""

    def change(part: Split, _: torch.Generator) -> Tensor:
        modes = spatial_modes(part.learned)
        return part.end - modes[mode] if mode < len(modes) else part.end

    return change


def only_mode(mode: int) -> Intervention:
    """Of ΔW only the part in one eigenspace is left; filters of a smaller grid, without it, lose all of ΔW."""

    def change(part: Split, _: torch.Generator) -> Tensor:
        modes = spatial_modes(part.learned)
        return part.sigma * part.start + (modes[mode] if mode < len(modes) else 0)

    return change


def averaged(part: Split, _: torch.Generator) -> Tensor:
    """ΔW is its mean over channels, which Tables 1 and 2 show, in every pair of channels."""
    return part.sigma * part.start + part.learned.mean((0, 1), keepdim=True)


def start_alone(part: Split, _: torch.Generator) -> Tensor:
    """σW(0): all that was learned is dropped."""
    return part.sigma * part.start


def learned_alone(part: Split, _: torch.Generator) -> Tensor:
    """ΔW: all that is left of the start is dropped."""
    return part.learned


def redrawn(part: Split, generator: torch.Generator) -> Tensor:
    """σW(0) is replaced by a Gaussian matrix of the same norm; a filter of one input channel, whose start is no small
    part of it and which later layers read, stays.
    """
    return part.end if part.start.shape[1] == 1 else part.learned + _random(part.sigma * part.start, generator)


def without_random_constant(part: Split, generator: torch.Generator) -> Tensor:
    """Control: the constant mode of a Gaussian matrix, as large as that of ΔW, is subtracted from W."""
    constant = spatial_modes(part.learned)[0]
    noise = spatial_modes(torch.randn(constant.shape, generator=generator, dtype=torch.float64))[0]
    taken: Tensor = noise * (constant.norm() / noise.norm())
    return part.end - taken


def permuted_constant(part: Split, generator: torch.Generator) -> Tensor:
    """Control: only ΔW's constant mode is left, of the same share and norm, with its channels in a random order."""
    constant = spatial_modes(part.learned)[0]
    order = [torch.randperm(channels, generator=generator) for channels in constant.shape[:2]]
    return part.sigma * part.start + constant[order[0]][:, order[1]]


def interventions(modes: int) -> dict[str, Intervention]:
    """By name, for filters of at most so many eigenspaces."""
    numbered: dict[str, Intervention] = {f"without mode {mode}": without_mode(mode) for mode in range(modes)}
    numbered |= {f"only mode {mode}": only_mode(mode) for mode in range(modes)}
    return numbered | {
        "averaged over channels": averaged,
        "start alone": start_alone,
        "learned alone": learned_alone,
        "start redrawn": redrawn,
        "without a random constant mode": without_random_constant,
        "constant mode, channels permuted": permuted_constant,
    }


def _random(like: Tensor, generator: torch.Generator) -> Tensor:
    """A Gaussian matrix of the same shape and norm."""
    drawn = torch.randn(like.shape, generator=generator, dtype=torch.float64)
    scaled: Tensor = drawn * (like.norm() / drawn.norm())
    return scaled
