"""The operator applied, beside enumeration on a ring and beside the theory's recursion (L2, L3, L16, L17, L20)."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from simulate import stack as operator
from simulate.operator import matrix
from simulate.sensitivity import one_pixel_sensitivities
from theory import layer_stack, transfer_matrix
from theory import stable_laws as stable
from theory.definitions.architecture import Architecture
from theory.definitions.stack import Layer, Stack, box, layer
from theory.sum_rule import common_divisor

STACKS: list[tuple[Stack, int]] = [
    ((box(3),) * 3, 32),
    ((box(2, 2),) * 3, 32),
    ((box(3, 2),) * 3, 64),
    ((box(5), box(2, 2), box(5), box(2, 2)), 128),
    ((layer([1, 2, 1], 2), box(3, dilation=2), layer([3, 1, 4, 1], 2)), 64),
]


@pytest.mark.parametrize(("stack", "width"), STACKS)
def test_response_is_what_enumeration_finds(stack: Stack, width: int) -> None:
    d, square = operator.images_sensitivity(stack, width)
    line = operator.line_sensitivities(stack)
    assert line.D[-1] == pytest.approx(d, rel=1e-12)
    assert line.G[-1] == pytest.approx(1 / (np.pi * square * _step(stack)) + 1 - 1 / np.pi, rel=1e-12)


def _step(stack: Stack) -> int:
    return int(np.prod([member.stride for member in stack]))


@pytest.mark.parametrize(("stack", "width"), STACKS)
def test_theory_and_simulation_agree(stack: Stack, width: int) -> None:
    theory, simulated = layer_stack.stack_sensitivities(stack), operator.line_sensitivities(stack)
    for name in ("D", "G", "receptive_field"):
        np.testing.assert_allclose(getattr(theory, name), getattr(simulated, name), rtol=1e-12)


def pair_moments() -> tuple[float, float]:
    """(E φ(η)², E φ(η)) for η ~ N(0, 1), by quadrature."""
    second, first = (
        quad(lambda x, n=n: x**n * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), 0, 40, epsabs=0, epsrel=1e-13)[0]
        for n in (2, 1)
    )
    return second, first


@pytest.mark.parametrize(("stack", "width"), STACKS)
def test_rectified_noise_by_enumeration_of_pairs_of_pixels(stack: Stack, width: int) -> None:
    """L3: E‖f_k(φ(η))‖²/⟨‖f_k(δ)‖²⟩ as the sum over all pairs of pixels, noise of the power ‖δ_{i+1} − δ_i‖² = 2."""
    f = operator.apply(stack, np.eye(width))
    gram, (second, first) = f @ f.T, pair_moments()
    moments = np.where(np.eye(width, dtype=bool), second, first**2) * 2 / width
    enumerated = np.sum(gram * moments) / np.mean(np.diag(gram))
    assert layer_stack.stack_sensitivities(stack).G[-1] == pytest.approx(enumerated, rel=1e-12)
    linear = np.trace(gram) * 2 / width / np.mean(np.diag(gram))
    assert linear == pytest.approx(2)  # without rectifier G would not grow
    assert abs(layer_stack.stack_sensitivities(stack).G[-1] - linear) > 1e-3


@pytest.mark.parametrize(("stack", "width"), STACKS)
def test_rectified_noise_by_sampling(stack: Stack, width: int) -> None:
    """L3, noise drawn, rectified and passed through layer after layer: within 4 standard errors."""
    eta = np.random.default_rng(0).normal(size=(20_000, width)) * np.sqrt(2 / width)
    power = np.sum(operator.apply(stack, np.maximum(eta, 0)) ** 2, axis=1)
    square = operator.images_sensitivity(stack, width)[1]
    error = power.std() / np.sqrt(len(power)) / square
    predicted = layer_stack.stack_sensitivities(stack).G[-1]
    assert error < 0.01 * predicted
    assert predicted == pytest.approx(power.mean() / square, abs=4 * error)


def test_homogeneous_stacks_are_the_architectures() -> None:
    for architecture, filter_layer in ((Architecture(3, 3, 2), box(3, 3)), (Architecture(3, 1, 2), box(3))):
        width = 27
        applied = operator.apply((filter_layer,) * 2, np.eye(width)).T
        dense = matrix(architecture, width, 2)
        # stride 1 is centred there and anchored at its first pixel here
        np.testing.assert_allclose(applied, dense if architecture.stride > 1 else np.roll(dense, 2, axis=1), atol=1e-14)
        ring = one_pixel_sensitivities(architecture, width, np.array([1, 2]))
        np.testing.assert_allclose(operator.line_sensitivities((filter_layer,) * 2).D, ring.D, rtol=1e-12)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (3, 3), (4, 3), (6, 3)])
def test_slopes_are_the_transfer_matrixs(size: int, stride: int) -> None:
    depth = int(np.log(2**17) / np.log(stride))
    line = operator.line_sensitivities((box(size, stride),) * depth)
    law = transfer_matrix.growth_law(box(size, stride))
    slope = np.log(line.D[-1] / line.D[-2]) / np.log(stride)
    growth = np.log((line.G[-1] - 1 + 1 / np.pi) / (line.G[-2] - 1 + 1 / np.pi)) / np.log(stride)
    assert slope == pytest.approx(-law.exponents[0], abs=1e-6)
    assert growth == pytest.approx(law.exponents[1], abs=1e-6)
    neighbour = transfer_matrix.growth_law(box(size + 1, stride)).exponents[0]
    assert abs(slope + neighbour) > 1e-4 or abs(neighbour - law.exponents[0]) < 1e-9


def test_dimension_d() -> None:
    """A product of lines: C_k(0) to the power d, D_k unaltered."""
    plane, line = (layer_stack.stack_sensitivities((box(3, 2),) * 4, dim) for dim in (2, 1))
    np.testing.assert_allclose(plane.D, line.D, rtol=1e-14)
    constant = 1 - 1 / np.pi
    np.testing.assert_allclose((plane.G - constant) * np.pi, ((line.G - constant) * np.pi) ** 2, rtol=1e-12)


@pytest.mark.parametrize("filter_layer", [box(3), layer([1, 2, 1]), layer([5, 1, 1, 5]), layer([1, 0, 0, 0, 2, 3])])
def test_filters_without_a_common_divisor_diffuse_alike(filter_layer: Layer) -> None:
    """L16. What is left is O(1/k), and halved where k doubles within O(1/k²)."""
    depth, errors = 50, []
    for layers in (depth, 2 * depth):
        norm, neighbour = map(float, layer_stack.overlaps((filter_layer,) * layers))
        variance = float(layer_stack.variance((filter_layer,) * layers))
        errors.append([2 * (1 - neighbour / norm) * 2 * variance - 1, 1 / (2 * np.sqrt(np.pi * variance) * norm) - 1])
    first, second = np.abs(errors)
    assert max(first) < 1 / depth
    np.testing.assert_allclose(second, first / 2, atol=1 / depth**2)


@pytest.mark.parametrize("filter_layer", [box(2, dilation=2), box(3, dilation=2), layer([1, 0, 0, 2, 0, 0, 1])])
def test_holes_keep_neighbours_apart_without_a_stride_too(filter_layer: Layer) -> None:
    """L7 at stride 1: a filter of finite variance with D_k = 2 in every layer, and C_k(0) of a lattice of g pixels."""
    divisor = common_divisor(filter_layer)
    assert divisor > 1
    for depth in (1, 2, 30):
        assert layer_stack.overlaps((filter_layer,) * depth)[1] == 0
    variance = float(layer_stack.variance((filter_layer,) * 30))
    assert float(layer_stack.overlaps((filter_layer,) * 30)[0]) == pytest.approx(
        divisor / (2 * np.sqrt(np.pi * variance)), rel=1 / 30
    )


@pytest.mark.parametrize("mu", [0.7, 1.0, 1.5])
def test_heavy_tails_keep_the_exponents(mu: float) -> None:
    """L17, and its first correction; what is left over is of the order of the correction's square.

    The ring of W pixels cuts the tail τ = Σ_{|o|>W/2} w(o) ≈ (W/2)^−μ/(μζ(1+μ)) off: all of ŵ but ŵ(0) is 1/(1−τ) times
    as large, which G sees as e^{−2kτ}. Its images and its sums in place of integrals change D and G by some (A/W)^μ.
    """
    width, layers = 2**22, np.array([50, 200] if mu <= 1 else [3000, 12000])
    c, b = (float(of(sp.Float(mu))) for of in (stable.tail_coefficient, stable.tail_curvature))
    field = (c * layers) ** (1 / mu)
    d, g = operator.heavy_tailed(mu, width, layers)
    cut = 2 * layers * (width / 2) ** -mu / (mu * float(sp.zeta(1 + mu)))
    for quantity, simulated in (("D", d), ("G", (g - 1 + 1 / np.pi) * np.exp(cut))):
        leading, first = (
            np.array([float(term.subs({stable.mu: mu, stable.c: c, stable.b: b, stable.A: A})) for A in field])
            for term in (stable.sensitivity(quantity), stable.correction(quantity))  # type: ignore[arg-type]
        )
        tolerance = 2 * first**2 + 1e-4
        assert np.all(np.abs(simulated / leading - 1 - first) < tolerance)
        assert np.all(np.abs(simulated / leading - 1) > tolerance)  # L17 alone, off by the correction, is refused


@pytest.mark.parametrize("mu", [1.0, 1.5])
def test_lattice_term_of_the_correction(mu: float) -> None:
    """Of 2(1 − cos q) = q² − q⁴/12 + …, alone with b = c = 0: by quadrature, to the order A⁻⁴."""
    A = 10.0
    top, bottom = (
        quad(lambda q, f=f: f(q) * np.exp(-2 * (A * q) ** mu), 0, np.pi, epsabs=0, epsrel=1e-12, limit=500)[0]
        for f in (lambda q: 2 * (1 - np.cos(q)), lambda q: 1)
    )
    values = {stable.mu: mu, stable.A: A}
    first = float(stable.correction("D").subs(stable.b, 0).subs(stable.c, 0).subs(values))
    leading = float(stable.sensitivity("D").subs(values))
    assert top / bottom / leading - 1 == pytest.approx(first, abs=1 / A**4)
    assert abs(first) > 5 / A**4


def test_stable_law_at_mu_two_is_diffusion() -> None:
    d, g = (stable.sensitivity(q).subs(stable.mu, 2) for q in ("D", "G"))
    sigma_root_k = sp.sqrt(2) * stable.A
    assert sp.simplify(d - 1 / (2 * sigma_root_k**2)) == 0
    assert sp.simplify(g - 2 / sp.sqrt(sp.pi) * sigma_root_k) == 0


def test_stack_that_runs_out_of_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="layer 3 has stride 2 and 3 pixels"):
        operator.apply((box(2, 2),) * 3, np.eye(12))


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (4, 2), (8, 2), (6, 3)])
def test_a_box_hands_a_displacement_on_smaller(size: int, stride: int) -> None:
    """L20."""
    above: Stack = (box(3, 2), box(5), box(3, 2))
    fine, coarse = operator.response((box(size, stride), *above)), operator.response(above)
    moved = np.sum(np.diff(fine, prepend=0, append=0) ** 2)
    far = size // stride
    assert moved == pytest.approx(np.sum((np.pad(coarse, (0, far)) - np.pad(coarse, (far, 0))) ** 2) / size**2)
