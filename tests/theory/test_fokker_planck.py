import pytest
import sympy as sp

from theory import fokker_planck as fp


def test_gaussian_solves_the_fokker_planck_equation() -> None:
    assert fp.fokker_planck_residual(fp.gaussian_solution()) == 0


def test_wrong_diffusion_does_not() -> None:
    wrong = fp.gaussian_solution().subs(fp.D, sp.Rational(102, 100) * fp.D)
    assert fp.fokker_planck_residual(wrong) != 0


def test_solution_has_unit_mass_and_starts_at_the_pixel() -> None:
    p = fp.gaussian_solution()
    assert sp.simplify(sp.integrate(p.subs(fp.v, 0), (fp.a, -sp.oo, sp.oo))) == 1
    assert sp.limit(p.subs({fp.v: 0, fp.D: 1, fp.a: 1}), fp.k, 0, "+") == 0


def test_continuum_norms() -> None:
    assert fp.receptive_field() == sp.sqrt(2 * fp.D * fp.k)
    assert sp.simplify(fp.norm() - 1 / (2 * sp.sqrt(sp.pi) * fp.A)) == 0


@pytest.mark.parametrize("field", [1, 3])
def test_displacement_is_the_integral_of_the_squared_difference(field: int) -> None:
    p = fp.gaussian_solution().subs(fp.v, 0).subs(fp.D, fp.A**2 / (2 * fp.k)).subs(fp.A, field)
    p = sp.simplify(p)
    numeric = sp.Integral((p.subs(fp.a, fp.a - 1) - p) ** 2, (fp.a, -30, 30)).evalf()
    assert float(fp.displacement().subs(fp.A, field)) == pytest.approx(float(numeric), rel=1e-10)
