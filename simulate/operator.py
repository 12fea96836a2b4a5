"""The operator of k homogeneous layers, circulant for stride 1 (Eq. 10) and strided for s ≤ F, to machine precision.

A layer averages patches: f(a) = (1/F) Σ_o f'(s·a + o). The filters sum to 1; Eq. 1 does not see this normalisation.
"""

import functools
import math

import numpy as np
import scipy.fft
from scipy.special import diric, zeta

from theory.definitions.architecture import Architecture

# ln(sin y / y) by its series below this y/π: its 12 terms leave (1/8)²⁴
SERIES = 1 / 8


def multiplier(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(width//2 + 1,) Fourier multiplier of k layers before subsampling, Π_{l<k} ŵ(s^l q) at q = 2πn/width.

    ŵ(q) = (1/F) Σ_o e^{iqo} is the Dirichlet kernel times the phase of the patch's centre. Phases are reduced modulo
    2π in integers, so that nothing is lost for any k.
    """
    n = np.arange(width // 2 + 1)
    half_turns = (n * _twice_shift(architecture, layer)) % (2 * width)
    return np.asarray(modulus(architecture, width, layer) * np.exp(1j * np.pi * half_turns / width))


def modulus(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(width//2 + 1,) `multiplier` without the phase of the patches' centres: real, and enough for power spectra."""
    n = np.arange(width // 2 + 1)
    if architecture.stride == 1:
        if layer == 0:
            return np.ones(len(n))
        sign = 1 if layer % 2 == 0 else np.where(_sine(architecture.filter_size * n, width) < 0, -1, 1)
        return np.asarray(sign * np.exp(layer * log_modulus(architecture.filter_size, width)))
    # two turns: the kernel of an even filter changes sign from one to the next
    turns = diric(2 * np.pi * np.arange(2 * width) / width, architecture.filter_size)
    product = np.ones(len(n))
    for power in _powers(architecture, layer):
        product *= turns[(n * power) % (2 * width)]
    return product


@functools.lru_cache(maxsize=32)
def log_modulus(filter_size: int, width: int) -> np.ndarray:
    """(width//2 + 1,) ln|ŵ(q)| = g(Fq/2) − g(q/2), g(y) = ln|sin y / y|, at q = 2πn/width; read-only.

    Relative precision, not absolute, is what k layers multiply: ŵ^k computed from ŵ near 1 loses k ulp.
    """
    n = np.arange(width // 2 + 1)
    logarithm = _log_sinc(filter_size * n, width) - _log_sinc(n, width)
    logarithm.flags.writeable = False
    return np.asarray(logarithm)


def _log_sinc(numerator: np.ndarray, width: int) -> np.ndarray:
    """ln|sin y / y| at y = π·numerator/width; −∞ at its zeros."""
    turns = numerator / width
    small = turns < SERIES
    order = np.arange(1, 13)
    logarithm = np.empty(len(turns))
    # −Σ ζ(2n) (y/π)²ⁿ/n
    logarithm[small] = np.polynomial.polynomial.polyval(turns[small] ** 2, [0.0, *(-zeta(2 * order) / order)])
    with np.errstate(divide="ignore"):
        logarithm[~small] = np.log(np.abs(_sine(numerator[~small], width)) / (np.pi * turns[~small]))
    return logarithm


def _sine(numerator: np.ndarray, width: int) -> np.ndarray:
    """sin(π·numerator/width), exactly 0 at its zeros."""
    reduced = numerator % (2 * width)
    return np.where(reduced % width == 0, 0.0, np.sin(np.pi * reduced / width))


def _twice_shift(architecture: Architecture, layer: int) -> int:
    """Twice the distance, in input pixels, that the patches' centres add up to over k layers."""
    steps = layer if architecture.stride == 1 else sum(_powers(architecture, layer))
    return int(architecture.offsets[0] + architecture.offsets[-1]) * steps


def _powers(architecture: Architecture, layer: int) -> list[int]:
    """s^l for l < k: the step, in input pixels, of each layer's filter."""
    return [architecture.stride**step for step in range(layer)]


def apply(architecture: Architecture, images: np.ndarray, layer: int) -> np.ndarray:
    """M_k x for images (…, L), (…, L/s^k): two Fourier transforms whatever k."""
    width = images.shape[-1]
    diffused = np.fft.irfft(np.fft.rfft(images) * multiplier(architecture, width, layer), n=width)
    return np.asarray(diffused[..., :: architecture.stride**layer])


def kernel(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(L,) response of all layer-k neurons, before subsampling, to one pixel at 0: f_k(δ_0) for stride 1.

    Where the kernel is flat to rounding, 1/L.
    """
    narrow = _centred_kernel(architecture, sufficient_width(architecture, width, layer), layer)
    wide = np.zeros(width)
    half = len(narrow) // 2
    shift = _twice_shift(architecture, layer) // 2
    wide[(np.arange(-half, len(narrow) - half) - shift) % width] = np.roll(narrow, half)
    return wide


def sufficient_width(architecture: Architecture, width: int, layer: int) -> int:
    """A ring on which the kernel of k layers is that of the ring of `width` to the last digit, and quicker to find:
    a power of two, or `width` itself.

    For stride 1 it holds the k patches, or as much of them as the sum of k uniform steps can reach: beyond 40 of its
    standard deviations it has a mass below 2e^{−800}, which is 0 in double precision (the uniform law is sub-Gaussian).
    """
    if architecture.stride > 1:
        return width
    patches = layer * (architecture.filter_size - 1) + 2
    reach = 2 * math.ceil(40 * math.sqrt(layer) * float(np.std(architecture.offsets))) + 2
    narrow = 1 << (min(patches, reach) - 1).bit_length()
    return min(width, narrow)


def _centred_kernel(architecture: Architecture, width: int, layer: int) -> np.ndarray:
    """(L,) `kernel` moved by whole pixels so that its centre is 0, or −1/2 where it lies between two pixels."""
    spectrum = modulus(architecture, width, layer)
    if _twice_shift(architecture, layer) % 2:
        spectrum = spectrum * np.exp(1j * np.pi * np.arange(len(spectrum)) / width)
    return np.asarray(scipy.fft.irfft(spectrum, n=width, overwrite_x=True))


def wave_numbers(width: int) -> np.ndarray:
    """(width//2 + 1,) q = 2πn/width in [0, π], at which `multiplier` and `modulus` are given."""
    return 2 * np.pi * np.arange(width // 2 + 1) / width


def mean_over_modes(values: np.ndarray, width: int) -> float:
    """(1/L) Σ over all L wave numbers of an even function of q, given on [0, π]: by Parseval, Σ_a h(a)² for |ĥ(q)|²."""
    twice = 2 * values.sum() - values[0] - (values[-1] if width % 2 == 0 else 0)
    return float(twice / width)


def norm(architecture: Architecture, width: int, layer: int) -> float:
    """E_i‖f_k(δ_i)‖², averaged over the pixel's position: the denominator of Eqs. 4 and 6, C_k(0) for stride 1."""
    ring = sufficient_width(architecture, width, 2 * layer)
    power = modulus(architecture, ring, layer) ** 2
    return mean_over_modes(power, ring) / float(architecture.stride**layer)


def matrix(architecture: Architecture, width: int, layer: int, dim: int = 1) -> np.ndarray:
    """M_k as a dense (L_k^dim, L^dim) matrix; in dimension dim the square filter factorises."""
    line = apply(architecture, np.eye(width), layer).T
    dense = line
    for _ in range(dim - 1):
        dense = np.kron(dense, line)
    return dense


def receptive_field(architecture: Architecture, width: int, layer: int) -> float:
    """A_k in input pixels, measured: the standard deviation of f_k(δ_i) for stride 1; for larger strides the side of
    the box of the same variance, √(12 Var + 1), which is the number of pixels F^k of a block for stride F (Section 4).
    """
    narrow = sufficient_width(architecture, width, layer)
    response = _centred_kernel(architecture, narrow, layer)
    distance = np.arange(narrow) - narrow // 2
    centre = -0.5 * (_twice_shift(architecture, layer) % 2)
    variance = float(np.roll(response, narrow // 2) @ (distance - centre) ** 2)
    return math.sqrt(variance) if architecture.stride == 1 else math.sqrt(12 * variance + 1)
