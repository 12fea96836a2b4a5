"""The operator of k homogeneous layers, circulant for stride 1 (Eq. 10) and strided for stride F, to machine precision.

A layer averages patches: f(a) = (1/F) Σ_o f'(s·a + o). The filters sum to 1; Eq. 1 does not see this normalisation.
"""

import numpy as np
from scipy.special import diric

from theory.architecture import Architecture


def transfer(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(width//2 + 1,) Fourier multiplier of k layers before subsampling, Π_{l<k} ŵ(s^l q) at q = 2πn/width.

    ŵ(q) = (1/F) Σ_o e^{iqo} is the Dirichlet kernel times the phase of the patch's centre. Phases are reduced modulo
    2π in integers, so that nothing is lost for any k.
    """
    n = np.arange(width // 2 + 1)
    steps = layer if architecture.stride == 1 else sum(_powers(architecture, layer))
    twice_centre = int(architecture.offsets[0] + architecture.offsets[-1])
    half_turns = (n * twice_centre * steps) % (2 * width)
    return np.asarray(modulus(architecture, width, layer) * np.exp(1j * np.pi * half_turns / width))


def modulus(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(width//2 + 1,) `transfer` without the phase of the patches' centres: real, and enough for power spectra."""
    n = np.arange(width // 2 + 1)
    if architecture.stride == 1:
        return np.asarray(diric(2 * np.pi * n / width, architecture.filter_size) ** layer)
    # two turns: the kernel of an even filter changes sign from one to the next
    turns = diric(2 * np.pi * np.arange(2 * width) / width, architecture.filter_size)
    answer = np.ones(len(n))
    for power in _powers(architecture, layer):
        answer *= turns[(n * power) % (2 * width)]
    return answer


def _powers(architecture: Architecture, layer: int) -> list[int]:
    """s^l for l < k: the step, in input pixels, of each layer's filter."""
    return [architecture.stride**step for step in range(layer)]


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
    spectrum = transfer(architecture, width, layer)
    response = np.fft.irfft(spectrum, n=width)
    if architecture.stride > 1:
        return float(np.count_nonzero(np.abs(response) > 0.5 * np.abs(response).max()))
    # the first Fourier coefficient points at the centre of the response on the ring
    centre = -np.angle(spectrum[1]) * width / (2 * np.pi)
    distance = (np.arange(width) - centre + width / 2) % width - width / 2
    return float(np.sqrt(np.sum(response * distance**2)))
