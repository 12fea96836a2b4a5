"""Networks of infinite width between the paper's two limits: part of each layer is learned, the rest random.

Of each layer's filters the action on r directions v_j of the patches below is kept, and the rest is independent
Gaussian of variance s². A channel's pre-activation is then Gaussian, of mean and covariance
    m_c(a) = b_c + Σ_j u_jc μ_j(a),                      μ_j(a) = (FH)^{−1/2} Σ_{c'o} v_jc'(o) E f_c'(a + o),
    K(a, a') = s² [(1/F) Σ_o Q(a + o, a' + o) − Σ_j μ_j(a) μ_j(a')],      Q = ⟨E f_c f_c'⟩ over channels,
the subtraction because the rest has no component along the kept directions; f_c = √F φ(z_c). With s = 0 it is the
network of the kept filters, with r = 0 and b ~ N(0, 1) that before training. The amplitudes u, v, b are those of a
trained network: this explains what carries its D_k and G_k, and predicts nothing before it was trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulate.infinite_width import distinct_patches
from simulate.rectified_moments import RectifiedField, rectified_field
from theory.definitions.architecture import Architecture
from theory.definitions.perturbation import Conventions, move_outcomes
from theory.definitions.sensitivities import Sensitivities
from theory.definitions.task import ScaleDetection

# share of the second moment below which images are told apart by rounding alone
ROUNDING = 1e-12
# numbers of a matrix that are worked on at a time, and noisy images
CHUNK, NOISY_CHUNK = 2**21, 32


@dataclass(frozen=True)
class KeptLayer:
    """What is kept of one layer of H channels over H' channels below.

    directions   (F^d·H', r) orthonormal v_j, pixel by pixel, in columns      bias      (H,) b_c
    amplitudes   (r, H) u_jc, the filters' components along them              scatter   s, of the rest
    """

    directions: np.ndarray
    amplitudes: np.ndarray
    bias: np.ndarray
    scatter: float


def partial_sensitivities(
    task: ScaleDetection,
    architecture: Architecture,
    layers: Sequence[KeptLayer],
    conventions: Conventions,
    draws: tuple[np.ndarray, np.ndarray],
) -> Sensitivities:
    """Eq. 1 for k = 1 … K; D over all images and moves, G over `draws` of ((n, N) images, the same with noise)."""
    power = noise_power(architecture, layers, draws, task.dim)
    displacement, below = _distances(task, architecture, layers, conventions)
    k = np.arange(1, len(layers) + 1)
    source = "networks of infinite width, partly learned, Eq. 1, all images"
    return Sensitivities(k, np.full(len(k), np.nan), displacement / below, power / below, source)


def noise_power(
    architecture: Architecture, layers: Sequence[KeptLayer], draws: tuple[np.ndarray, np.ndarray], dim: int = 1
) -> np.ndarray:
    """(K,) ⟨‖f_k(x + η) − f_k(x)‖²⟩ per channel over (n, N) images and noisy images."""
    count = len(draws[0])
    total = np.zeros(len(layers))
    for start in range(0, count, NOISY_CHUNK):
        part = [side[start : start + NOISY_CHUNK] for side in draws]
        total += _pair_distances(architecture, layers, part[0], part[1], dim)
    return total / count


def _pair_distances(
    architecture: Architecture, layers: Sequence[KeptLayer], first: np.ndarray, second: np.ndarray, dim: int
) -> np.ndarray:
    """(K,) Σ E‖f_k(x) − f_k(x')‖² per channel over pairs of rows of the (B, N) images, at equal positions."""
    width = round(first.shape[1] ** (1 / dim))
    means, squares, product = [first[..., None], second[..., None]], [first**2, second**2], first * second
    distances = []
    for layer in layers:
        positions = architecture.patches(width, dim)
        patches = [(mean[:, positions].reshape(-1, len(layer.directions)), s[:, positions].mean(2).ravel())
                   for mean, s in zip(means, squares, strict=True)]  # fmt: skip
        (mu, fields, variances) = zip(*(_field(layer, *patch) for patch in patches), strict=True)
        between = layer.scatter**2 * (product[:, positions].mean(2).ravel() - (mu[0] * mu[1]).sum(1))
        both = fields[0].pairs(fields[1], _correlation(between, variances[0] * variances[1]))
        size, shape = architecture.filter_size**dim, (len(first), len(positions))
        product = size * both.reshape(shape)
        squares = [size * field.second.reshape(shape) for field in fields]
        means = [np.sqrt(size) * field.mean.reshape(*shape, -1) for field in fields]
        distances.append(float((squares[0] + squares[1] - 2 * product).sum()))
        width //= architecture.stride
    return np.array(distances)


def _distances(
    task: ScaleDetection, architecture: Architecture, layers: Sequence[KeptLayer], conventions: Conventions
) -> tuple[np.ndarray, np.ndarray]:
    """((K,) E‖f_k(τ(x)) − f_k(x)‖², (K,) E‖f_k(x₁) − f_k(x₂)‖²) per channel."""
    kinds, at, moves = _images_and_moves(task, conventions)
    values = task.amplitude * np.arange(kinds.max() + 1)
    mean, second, products = values[:, None], values**2, np.outer(values, values)
    width, size = task.width, architecture.filter_size**task.dim
    displacement, below = [], []
    for k, layer in enumerate(layers, start=1):
        children, kinds = distinct_patches(kinds[:, architecture.patches(width, task.dim)])
        width //= architecture.stride
        mu, field, variance = _field(
            layer, mean[children].reshape(len(children), -1), second[children].mean(1)
        )  # fmt: skip
        numbers = _Products(layer.scatter, children, products, mu, field, variance)
        displacement.append(size * _displacement(kinds, at, moves, task.weights, numbers))
        products = np.empty((len(children),) * 2 if k < len(layers) else (0, 0))
        occupancy = _occupancy(kinds[at], task.weights, len(children))
        square = float(occupancy.sum(0) @ field.second)
        step = max(1, CHUNK // len(children))
        for rows in (slice(start, start + step) for start in range(0, len(children), step)):
            part = numbers.rows(rows)
            square -= float(np.sum((occupancy[:, rows] @ part) * occupancy))
            if len(products):
                products[rows] = size * part
        defined = square > ROUNDING * float(occupancy.sum(0) @ field.second)
        below.append(2 * size * square if defined else np.nan)
        mean, second = np.sqrt(size) * field.mean, size * field.second
    distance = np.array(below)
    if conventions.denominator == "distinct":
        distance /= 1 - float(task.weights @ task.weights)
    return np.array(displacement), distance


@dataclass(frozen=True)
class _Products:
    """⟨Eφφ'⟩ over channels between any two distinct patches of a layer, given those of the layer below."""

    scatter: float
    children: np.ndarray
    below: np.ndarray
    mu: np.ndarray
    field: RectifiedField
    variance: np.ndarray

    def rows(self, rows: slice) -> np.ndarray:
        """(m, n) of some patches with all."""
        covariance = sum(self.below[np.ix_(self.children[rows, o], self.children[:, o])] for o in self._pixels)
        covariance = self.scatter**2 * (covariance / self.children.shape[1] - self.mu[rows] @ self.mu.T)
        part = self.field.products(rows, _correlation(covariance, np.outer(self.variance[rows], self.variance)))
        diagonal = np.arange(len(self.variance))[rows]
        part[np.arange(len(part)), diagonal] = self.field.second[rows]
        return part

    def pairs(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """(n,) of patches first[n], second[n]."""
        covariance = sum(self.below[self.children[first, o], self.children[second, o]] for o in self._pixels)
        covariance = covariance / self.children.shape[1] - (self.mu[first] * self.mu[second]).sum(1)
        rho = _correlation(self.scatter**2 * covariance, self.variance[first] * self.variance[second])
        return self.field.at(first).pairs(self.field.at(second), rho)

    @property
    def _pixels(self) -> range:
        return range(self.children.shape[1])


def _field(layer: KeptLayer, means: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, RectifiedField, np.ndarray]:
    """((n, r) μ, φ(z), (n,) variance of z) of n patches of (n, F^d·H') means and (n,) ⟨E f²⟩."""
    mu = means @ layer.directions / np.sqrt(means.shape[1])
    variance = np.maximum(layer.scatter**2 * (second - np.square(mu).sum(1)), 0)
    return mu, rectified_field(layer.bias + mu @ layer.amplitudes, variance), variance


def _correlation(covariance: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """cov/√(var var') within ±1; 0 where nothing varies."""
    root = np.sqrt(variances)
    return np.asarray(np.clip(np.divide(covariance, root, out=np.zeros_like(covariance), where=root > 0), -1, 1))


def _images_and_moves(
    task: ScaleDetection, conventions: Conventions
) -> tuple[np.ndarray, np.ndarray, list[tuple[float, np.ndarray]]]:
    """((n, N) numbers of active pixels of all images, moved or not, (P,) places of the images among them,
    [(probability, (P,) places of the moved images)]).
    """
    single, (i, j) = move_outcomes(task, conventions.move), task.pairs.T
    outcomes = [(p * q, moved[i], other[j]) for p, moved in single for q, other in single]
    codes = [np.minimum(x, y) * task.pixels + np.maximum(x, y) for x, y in ((i, j), *((x, y) for _, x, y in outcomes))]
    distinct, places = np.unique(np.concatenate(codes), return_inverse=True)
    at, *moved_places = places.reshape(len(codes), -1)
    kinds = task.active(np.stack(np.divmod(distinct, task.pixels), axis=1))
    return kinds, at, [(p, place) for (p, _, _), place in zip(outcomes, moved_places, strict=True)]


def _displacement(
    kinds: np.ndarray, at: np.ndarray, moves: list[tuple[float, np.ndarray]], weights: np.ndarray, numbers: _Products
) -> float:
    """Σ over moves, images and positions of E‖φ(z(τ(x))) − φ(z(x))‖², each pair of patches once."""
    count = len(numbers.variance)
    totals: dict[str, list[np.ndarray]] = {"code": [], "weight": []}
    for p, places in moves:
        differ = kinds[at] != kinds[places]
        totals["code"].append(kinds[at][differ] * count + kinds[places][differ])
        totals["weight"].append(np.broadcast_to(p * weights[:, None], differ.shape)[differ])
    codes, inverse = np.unique(np.concatenate(totals["code"]), return_inverse=True)
    weight = np.bincount(inverse, np.concatenate(totals["weight"]), len(codes))
    total = 0.0
    for part in np.array_split(np.arange(len(codes)), max(1, len(codes) // 4096)):
        first, second = np.divmod(codes[part], count)
        square = numbers.field.second[first] + numbers.field.second[second]
        total += float(weight[part] @ (square - 2 * numbers.pairs(first, second)))
    return total


def _occupancy(kinds: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """(L, n) probability of each distinct patch at each position."""
    positions = np.arange(kinds.shape[1]) * count
    cells = (positions + kinds).ravel()
    shares = np.bincount(cells, np.repeat(weights, len(positions)), len(positions) * count)
    return np.asarray(shares.reshape(len(positions), -1))
