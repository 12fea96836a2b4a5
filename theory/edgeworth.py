"""How fast the kernel of k homogeneous layers tends to the Gaussian of Eq. 11: its expansion in powers of 1/k."""

import functools

import sympy as sp

from theory.random_walk import F, Parity, cumulants, parity_of

x = sp.Symbol("x", real=True)
"""Distance from the centre in units of A_k: x = (a + vk)/A_k."""

it = sp.Symbol("it")
"""i times the wave number in units of 1/A_k: t = qA_k."""


@functools.cache
def reduced_cumulants(parity: Parity, orders: int) -> tuple[sp.Expr, ...]:
    """(λ₄, λ₆, …): λ_2n = κ_2n/κ₂ⁿ of one step; λ₄ = −(6/5)(F²+1)/(F²−1). Odd cumulants above κ₁ vanish."""
    kappa = cumulants(parity, orders)
    return tuple(sp.factor(kappa[n - 1] / kappa[1] ** (n // 2)) for n in range(4, orders + 1, 2))


@functools.cache
def mode_corrections(order: int, parity: Parity) -> tuple[sp.Expr, ...]:
    """(c_0 = 1, …, c_order) in it: ŵ(q)^k e^{−iqκ₁k} = e^{−t²/2} Σ_j c_j/k^j at q = t/A_k.

    ln of the left side is Σ_n kκ_n(iq)ⁿ/n!, of which the n = 2 term is −t²/2.
    """
    small = sp.Symbol("small", positive=True)  # 1/k
    lambdas = reduced_cumulants(parity, 2 * order + 2)
    log = sum(
        (lam * it ** (2 * n) / sp.factorial(2 * n) * small ** (n - 1) for n, lam in enumerate(lambdas, start=2)),
        sp.Integer(0),
    )
    whole = sp.expand(sum((log**j / sp.factorial(j) for j in range(order + 1)), sp.Integer(0)))
    return tuple(whole.coeff(small, j) for j in range(order + 1))


@functools.cache
def polynomial(order: int, parity: Parity) -> sp.Expr:
    """P_j(x) of the Edgeworth expansion A_k h_k(a) = φ(x)(1 + Σ_j P_j(x)/k^j), φ(x) = e^{−x²/2}/√(2π).

    P_1 = λ₄ He₄(x)/24: (it)ᵐ e^{−t²/2} is the Fourier transform of He_m(x) φ(x).
    """
    terms = sp.Poly(mode_corrections(order, parity)[order], it)
    return sum((sp.factor(c) * sp.hermite_prob(m, x) for (m,), c in terms.terms()), sp.Integer(0))


def kernel(order: int, parity: Parity) -> sp.Expr:
    """A_k h_k(a) to relative order k^−order, in x and k; the Gaussian of Eqs. 11, 12 for order 0."""
    k = sp.Symbol("k", positive=True)
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    return density * (1 + sum((polynomial(j, parity) / k**j for j in range(1, order + 1)), sp.Integer(0)))


def error_exponent(order: int) -> int:
    """Power of k in sup|h_k − expansion to this order| over the peak of h_k: −1 for the Gaussian, −2 beyond it.

    The sup-norm error itself falls by √k faster, as the peak does: k^{−3/2} for the Gaussian.
    """
    return -(order + 1)


def error_constant(order: int, size: int) -> float:
    """lim k^{order+1} sup|h_k − expansion|/peak: the largest |P_{order+1}(x)| e^{−x²/2} over x, at this F.

    For the Gaussian it lies at x = 0, where it is |λ₄|/8 = (3/20)(F²+1)/(F²−1).
    """
    bare = polynomial(order + 1, parity_of(size)).subs(F, size)
    stationary = sp.Poly(sp.diff(bare, x) - x * bare, x).nroots(n=20)
    return max(abs(float((bare * sp.exp(-(x**2) / 2)).subs(x, sp.re(root)))) for root in stationary if not sp.im(root))
