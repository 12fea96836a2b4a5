"""The Fokker–Planck equation of App. A, its Gaussian solution and what follows for one active pixel."""

import functools

import sympy as sp

a, q, r = sp.symbols("a q r", real=True)
k, D, A = sp.symbols("k D A", positive=True)
v = sp.Symbol("v", real=True)


@functools.cache
def gaussian_solution() -> sp.Expr:
    """p(a, k) = exp(−(a+vk)²/(4Dk))/√(4πDk), the solution of Eq. 15 that starts as δ(a); cf. Eqs. 11, 12.

    In Fourier space Eq. 15 is ∂_k p̂ = (iqv − q²D) p̂ with p̂(q, 0) = 1; solved there and transformed back.
    """
    mode = sp.Function("mode")
    solved = sp.dsolve(sp.Eq(mode(k).diff(k), (sp.I * q * v - q**2 * D) * mode(k)), mode(k), ics={mode(0): 1}).rhs
    # ∫ dq/2π e^{iqa} p̂: complete the square by hand where sympy's integrator needs real exponents
    exponent = sp.expand(sp.log(solved.rewrite(sp.exp)).expand(force=True) + sp.I * q * a)
    quadratic, linear = -exponent.coeff(q, 2), exponent.coeff(q, 1)
    gauss = sp.integrate(sp.exp(-quadratic * q**2), (q, -sp.oo, sp.oo)) / (2 * sp.pi)
    return sp.simplify(gauss * sp.exp(sp.factor(linear**2 / (4 * quadratic))))


def fokker_planck_residual(p: sp.Expr) -> sp.Expr:
    """∂_k p − v ∂_a p − D ∂_a² p (Eq. 15), simplified: 0 for a solution."""
    return sp.simplify(sp.diff(p, k) - v * sp.diff(p, a) - D * sp.diff(p, a, 2))


@functools.cache
def receptive_field() -> sp.Expr:
    """A_k = √⟨(a+vk)²⟩ = √(2Dk), in pixels: the standard deviation of f_k(δ_i) (Section 4.1)."""
    p = gaussian_solution().subs(v, 0)
    return sp.sqrt(sp.simplify(sp.integrate(a**2 * p, (a, -sp.oo, sp.oo))))


@functools.cache
def overlap() -> sp.Expr:
    """∫ p(a) p(a+r) da = exp(−r²/(4A²))/(2√π A), in A = A_k: the overlap of two pixels' representations, r apart."""
    p = gaussian_solution().subs(v, 0)
    product = sp.simplify(sp.integrate(sp.expand_power_exp(p * p.subs(a, a + r)).simplify(), (a, -sp.oo, sp.oo)))
    return sp.simplify(product.subs(D, A**2 / (2 * k)))


def norm() -> sp.Expr:
    """‖f_k(δ_i)‖² = 1/(2√π A), the denominator of Eqs. 4 and 6."""
    return overlap().subs(r, 0)


def displacement() -> sp.Expr:
    """‖f_k(δ_{i+1}) − f_k(δ_i)‖² = 2(overlap at 0 − overlap at 1), the numerator of Eq. 4."""
    return sp.simplify(2 * (norm() - overlap().subs(r, 1)))
