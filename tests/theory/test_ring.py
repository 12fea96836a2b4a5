import numpy as np
import pytest
import sympy as sp

from theory import fokker_planck, ring

u = ring.u


@pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
def test_images_and_modes_are_one_function(share: float) -> None:
    a = np.linspace(-10, 10, 21)
    by_images, by_modes = (
        sp.lambdify((fokker_planck.a, fokker_planck.A, ring.L), p)(a, share * 20, 20)
        for p in (ring.by_images(6), ring.by_modes(14))
    )
    # left out: images beyond 6.5 L, modes beyond 14
    np.testing.assert_allclose(by_images, by_modes, rtol=0, atol=1e-15)


def test_wrapped_gaussian_solves_the_fokker_planck_equation_and_becomes_flat() -> None:
    wrapped = ring.by_modes(3).subs(fokker_planck.A, sp.sqrt(2 * fokker_planck.D * fokker_planck.k))
    assert fokker_planck.fokker_planck_residual(wrapped).subs(fokker_planck.v, 0).simplify() == 0
    assert sp.limit(ring.by_modes(2), fokker_planck.A, sp.oo) == 1 / ring.L


@pytest.mark.parametrize(
    ("quantity", "leading"),
    [
        ("kernel", sp.exp(-1 / (8 * u**2))),
        ("D", -sp.exp(-1 / (4 * u**2)) / u**2),
        ("G", -2 * sp.exp(-1 / (4 * u**2))),
    ],
)
def test_leading_errors_are_those_of_the_docstring(quantity: str, leading: sp.Expr) -> None:
    for value in (sp.Rational(1, 10), sp.Rational(1, 7)):
        error, said = (float(sp.N(e.subs(u, value), 40)) for e in (ring.relative_error(quantity), leading))
        assert error == pytest.approx(said, rel=1e-3)  # e^{−1/(4u²)} ≤ 5e-6 beyond it


def test_largest_field() -> None:
    for tolerance in (0.1, 0.01, 1e-4):
        field = ring.largest_field("kernel", tolerance)
        # the next image adds e^{−9/(8u²)}
        assert field == pytest.approx(1 / np.sqrt(8 * np.log(1 / tolerance)), rel=2e-2 * tolerance)
    assert ring.largest_field("G", 0.01) > ring.largest_field("D", 0.01) > ring.largest_field("kernel", 0.01)
