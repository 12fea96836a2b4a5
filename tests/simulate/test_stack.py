"""The operator applied, beside enumeration on a ring and beside the theory's recursion."""

import numpy as np
import pytest
import sympy as sp

from simulate import stack as operator
from simulate.operator import matrix
from simulate.sensitivity import one_pixel as ring_one_pixel
from theory import refinement, stable, stacked
from theory.architecture import Architecture
from theory.stack import Stack, box, layer

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
    found = operator.one_pixel(stack)
    assert found.D[-1] == pytest.approx(d, rel=1e-12)
    assert found.G[-1] == pytest.approx(1 / (np.pi * square * _step(stack)) + 1 - 1 / np.pi, rel=1e-12)


def _step(stack: Stack) -> int:
    return int(np.prod([one.stride for one in stack]))


@pytest.mark.parametrize(("stack", "width"), STACKS)
def test_theory_and_simulation_agree(stack: Stack, width: int) -> None:
    theory, found = stacked.sensitivities(stack), operator.one_pixel(stack)
    for name in ("D", "G", "receptive_field"):
        np.testing.assert_allclose(getattr(theory, name), getattr(found, name), rtol=1e-12)


def test_homogeneous_stacks_are_the_architectures() -> None:
    for one, filter_layer in ((Architecture(3, 3, 2), box(3, 3)), (Architecture(3, 1, 2), box(3))):
        width = 27
        applied = operator.apply((filter_layer,) * 2, np.eye(width)).T
        dense = matrix(one, width, 2)
        # stride 1 is centred there and anchored at its first pixel here
        np.testing.assert_allclose(applied, dense if one.stride > 1 else np.roll(dense, 2, axis=1), atol=1e-14)
        ring = ring_one_pixel(one, width, np.array([1, 2]))
        np.testing.assert_allclose(operator.one_pixel((filter_layer,) * 2).D, ring.D, rtol=1e-12)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (3, 3), (4, 3), (6, 3)])
def test_slopes_are_the_transfer_matrixs(size: int, stride: int) -> None:
    depth = int(np.log(2**17) / np.log(stride))
    found = operator.one_pixel((box(size, stride),) * depth)
    law = refinement.law(box(size, stride))
    slope = np.log(found.D[-1] / found.D[-2]) / np.log(stride)
    growth = np.log((found.G[-1] - 1 + 1 / np.pi) / (found.G[-2] - 1 + 1 / np.pi)) / np.log(stride)
    assert slope == pytest.approx(-law.exponents[0], abs=1e-6)
    assert growth == pytest.approx(law.exponents[1], abs=1e-6)
    neighbour = refinement.law(box(size + 1, stride)).exponents[0]
    assert abs(slope + neighbour) > 1e-4 or abs(neighbour - law.exponents[0]) < 1e-9


def test_dimension_d() -> None:
    """A product of lines: C_k(0) to the power d, D_k unaltered."""
    plane, line = (stacked.sensitivities((box(3, 2),) * 4, dim) for dim in (2, 1))
    np.testing.assert_allclose(plane.D, line.D, rtol=1e-14)
    constant = 1 - 1 / np.pi
    np.testing.assert_allclose((plane.G - constant) * np.pi, ((line.G - constant) * np.pi) ** 2, rtol=1e-12)


@pytest.mark.parametrize("filter_layer", [box(3), layer([1, 2, 1]), layer([5, 1, 1, 5]), box(3, dilation=2)])
def test_any_filter_diffuses_alike(filter_layer: object) -> None:
    """D_k → 1/(2σ_w²k) and G_k → (2/√π)σ_w√k whatever the filter, as long as some neighbours both have weight."""
    depth = 150
    found = stacked.overlaps((filter_layer,) * depth)  # type: ignore[arg-type]
    variance = float(stacked.variance((filter_layer,) * depth))  # type: ignore[arg-type]
    spread_out = 2 if filter_layer == box(3, dilation=2) else 1  # with holes: only even pixels, D = 2
    assert 1 / float(found[0]) == pytest.approx(2 * np.sqrt(np.pi * variance) / spread_out, rel=1e-2)
    d = float(2 * (1 - found[1] / found[0]))
    assert d == pytest.approx(1 / (2 * variance) if spread_out == 1 else 2, rel=2e-2)


@pytest.mark.parametrize("mu", [0.7, 1.0, 1.5])
def test_heavy_tails_keep_the_exponents(mu: float) -> None:
    """D ~ A^−2 and G ~ A with A_k ~ k^{1/μ}; the ring of 2²² pixels and the next term of ŵ leave some percent."""
    layers = np.array([50, 200]) if mu < 1 else np.array([3000, 12000])
    d, g = operator.heavy_tailed(mu, 2**22, layers)
    field = (float(stable.tail_coefficient(sp.Float(mu))) * layers) ** (1 / mu)
    predicted = {q: sp.lambdify(stable.A, stable.sensitivity(q).subs(stable.mu, mu)) for q in ("D", "G")}
    np.testing.assert_allclose(d, predicted["D"](field), rtol=0.15)
    np.testing.assert_allclose(g - 1 + 1 / np.pi, predicted["G"](field), rtol=0.05)
    slope = np.log(d[1] / d[0]) / np.log(field[1] / field[0])
    assert slope == pytest.approx(-2, abs=0.1)


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
    """Eq. 12 of docs/law.md."""
    above: Stack = (box(3, 2), box(5), box(3, 2))
    fine, coarse = operator.response((box(size, stride), *above)), operator.response(above)
    moved = np.sum(np.diff(fine, prepend=0, append=0) ** 2)
    far = size // stride
    assert moved == pytest.approx(np.sum((np.pad(coarse, (0, far)) - np.pad(coarse, (far, 0))) ** 2) / size**2)
