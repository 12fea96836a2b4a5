"""The operator of k homogeneous layers, circulant for stride 1 (Eq. 10) and strided for stride F, to machine precision.

A layer averages patches: f(a) = (1/F) Σ_o f'(s·a + o). The filters sum to 1; Eq. 1 does not see this normalisation.
"""

import numpy as np
from scipy.special import diric

from theory.architecture import Architecture


def transfer(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(width//2 + 1,) Fourier multiplier of k layers before subsampling, Π_{l<k} ŵ(s^l q) at q = 2πn/width.

    ŵ(q) = (1/F) Σ_o e^{iqo} is the Dirichlet kernel times the phase of the patch's centre. The phase is reduced
    modulo 2π in integers, so that the k-th power of stride 1 keeps its precision for any k.
    """
    n = np.arange(width // 2 + 1)
    stride, twice_centre = architecture.stride, int(architecture.offsets[0] + architecture.offsets[-1])
    if stride == 1:
        modulus, turns = diric(2 * np.pi * n / width, architecture.filter_size) ** layer, layer
    else:
        modulus, turns = np.ones(len(n)), 0
        for power in (stride**step for step in range(layer)):
            # the argument is reduced in integers too: s^l q may be many turns
            modulus *= diric(2 * np.pi * (n * power % width) / width, architecture.filter_size) * _branch(n * power, width, architecture.filter_size)
            turns += power
    half_turns = (n * twice_centre * turns) % (2 * width)
    return modulus * np.exp(1j * np.pi * half_turns / width)


def _branch(n: np.ndarray, width: int, size: int) -> np.ndarray:
    """Sign of the Dirichlet kernel lost by reducing 2πn/width to one turn: it is 4π-periodic for even sizes."""
    return np.where((n // width % 2 == 1) & (size % 2 == 0), -1.0, 1.0)


def apply(architecture: Architecture, images: np.ndarray, layer: int) -> np.ndarray:
    """M_k x for images (…, L), (…, L/s^k): two Fourier transforms whatever k."""
    width = images.shape[-1]
    diffused = np.fft.irfft(np.fft.rfft(images) * transfer(architecture, width, layer), n=width)
    return np.asarray(diffused[..., :: architecture.stride**layer])


def kernel(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(L,) response of all layer-k neurons, before subsampling, to one pixel at 0: f_k(δ_0) for stride 1."""
    return np.fft.irfft(transfer(architecture, width, layer), n=width)


def matrix(architecture: Architecture, width: int, layer: int, dim: int = 1) -> np.ndarray:
    """M_k as a dense (L_k^dim, L^dim) matrix; in dimension dim the square filter factorises."""
    line = apply(architecture, np.eye(width), layer).T
    dense = line
    for _ in range(dim - 1):
        dense = np.kron(dense, line)
    return dense


def receptive_field(architecture: Architecture, width: int, layer: int) -> float:
    """A_k in input pixels, measured: the standard deviation of f_k(δ_i) for stride 1, the number of pixels that
    reach one neuron for stride F (Section 4).
    """
    response = kernel(architecture, width, layer)
    if architecture.stride > 1:
        return float(np.count_nonzero(np.abs(response) > 0.5 * np.abs(response).max()))
    angle = 2 * np.pi * np.arange(width) / width
    centre = np.angle(np.sum(response * np.exp(1j * angle)))
    distance = (angle - centre + np.pi) % (2 * np.pi) - np.pi
    return float(np.sqrt(np.sum(response * distance**2)) * width / (2 * np.pi))
