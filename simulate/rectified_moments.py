"""E φ(X)φ(Y) of jointly Gaussian X, Y whose means are not 0: in closed form for pairs, as a series for whole matrices.

With X = σ(h + U), Y = σ'(k + V), U, V of variance 1 and correlation ρ,
    E φ(X)φ(Y)/σσ' = (hk + ρ)Φ₂(h, k; ρ) + k φ(h) Φ((k − ρh)/c) + h φ(k) Φ((h − ρk)/c) + c² φ₂(h, k; ρ), c² = 1 − ρ²,
φ, Φ the normal density and distribution, φ₂, Φ₂ those of two variables; Φ₂ by Owen's T. Mehler's series is
    E φ(X)φ(Y)/σσ' = Σ_n ρⁿ a_n(h) a_n(k),   a_0 = hΦ + φ,  a_1 = Φ,  a_n = He_{n−2}(−h) φ(h)/√n!,
a product of matrices for each order. Its terms beyond `ORDERS` are, at ρ = 1, what is missing to the second moment,
(h² + 1)Φ + hφ, and fall like n^{−5/2}.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t

# of Mehler's series, before the sum of the rest
ORDERS = 24
# h beyond which a rectified Gaussian is linear or 0 in double precision
LARGEST_MEAN = 38.0
_rest = np.arange(ORDERS + 1, 20_000)
_share = _rest**-2.5 / np.sum(_rest**-2.5)
_places = np.concatenate([np.linspace(-1, 0.9, 200), 1 - np.geomspace(0.1, 1e-7, 400), [1.0]])
_rest_values = np.array([(_share * np.sign(x) ** (_rest % 2) * np.abs(x) ** _rest).sum() for x in _places])


def rectified_product(h: np.ndarray, k: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """E (h + U)⁺(k + V)⁺, |ρ| < 1, in closed form; h, k ≠ 0.

    >>> float(rectified_product(np.array(1e-9), np.array(1e-9), np.array(0.0)).round(6)) == round(1 / (2 * np.pi), 6)
    True
    """
    spread = np.sqrt(1 - rho**2)
    below_k, below_h = (k - rho * h) / spread, (h - rho * k) / spread
    both = (ndtr(h) + ndtr(k)) / 2 - owens_t(h, below_k / h) - owens_t(k, below_h / k) - np.where(h * k < 0, 0.5, 0)
    joint = np.exp(-(h**2 - 2 * rho * h * k + k**2) / (2 * spread**2)) / (2 * np.pi * spread)
    edges = k * _density(h) * ndtr(below_k) + h * _density(k) * ndtr(below_h)
    return np.asarray((h * k + rho) * both + edges + spread**2 * joint)


@dataclass(frozen=True)
class RectifiedField:
    """φ(z_c) of Gaussian z_c at n places, in H channels of means (n, H) and one standard deviation at each place.

    coefficients   (ORDERS + 1, n, H) σ a_n(h); the first is Eφ(z)
    rest           (n, H) root of what they lack of Eφ(z)²
    second         (n,) ⟨Eφ(z)²⟩ over channels
    """

    coefficients: np.ndarray
    rest: np.ndarray
    second: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(n, H) Eφ(z)."""
        return np.asarray(self.coefficients[0])

    def products(self, rows: slice, correlation: np.ndarray) -> np.ndarray:
        """(m, n) ⟨Eφ(z)φ(z')⟩ over channels of m places with all n, of these correlations of z, z'."""
        total, power = np.zeros_like(correlation), np.ones_like(correlation)
        for order in self.coefficients:
            total += power * (order[rows] @ order.T)
            power *= correlation
        total += _beyond(correlation) * (self.rest[rows] @ self.rest.T)
        return np.asarray(total / self.rest.shape[1])

    def pairs(self, other: "RectifiedField", correlation: np.ndarray) -> np.ndarray:
        """(n,) the same of each place with the same place of another field."""
        total, power = np.zeros_like(correlation), np.ones_like(correlation)
        for own, others in zip(self.coefficients, other.coefficients, strict=True):
            total += power * np.einsum("nc,nc->n", own, others)
            power *= correlation
        total += _beyond(correlation) * np.einsum("nc,nc->n", self.rest, other.rest)
        return np.asarray(total / self.rest.shape[1])

    def at(self, places: np.ndarray) -> "RectifiedField":
        """The field at some of its places."""
        return RectifiedField(self.coefficients[:, places], self.rest[places], self.second[places])


def rectified_field(mean: np.ndarray, variance: np.ndarray) -> RectifiedField:
    """Of z with (n, H) means and (n,) variances; 0 is a z that does not vary."""
    deviation = np.sqrt(np.maximum(variance, np.finfo(float).tiny))[:, None]
    h = mean / deviation
    bounded = np.clip(h, -LARGEST_MEAN, LARGEST_MEAN)
    density, below = _density(bounded), ndtr(h)
    linear = np.where(h > LARGEST_MEAN, mean, np.where(h < -LARGEST_MEAN, 0.0, deviation * (bounded * below + density)))
    second = linear**2 + variance[:, None] * below
    inside = deviation**2 * ((bounded**2 + 1) * below + bounded * density)
    second = np.where(np.abs(h) < LARGEST_MEAN, inside, second)
    coefficients = [linear, deviation * below]
    hermite = [np.ones_like(h), -bounded]
    for n in range(2, ORDERS + 1):
        coefficients.append(deviation * hermite[n - 2] * density / np.sqrt(n * (n - 1)))
        hermite.append((-bounded * hermite[n - 1] - np.sqrt(n - 1) * hermite[n - 2]) / np.sqrt(n))
    stacked = np.array(coefficients)
    rest = np.sqrt(np.maximum(second - np.square(stacked).sum(0), 0))
    return RectifiedField(stacked, np.where(np.abs(h) < LARGEST_MEAN, rest, 0), second.mean(1))


def _beyond(rho: np.ndarray) -> np.ndarray:
    """Σ_{n > ORDERS} n^{−5/2} ρⁿ over its value at ρ = 1."""
    return np.asarray(np.interp(rho, _places, _rest_values))


def _density(h: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(h**2) / 2) / np.sqrt(2 * np.pi))
