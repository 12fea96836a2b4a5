"""D_k in two parts: the weights of L21, the sums L22, and the exponents that follow, beside the transfer matrix's."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from theory import moved_lost as law
from theory.definitions.stack import Layer, Stack, box, layer, strides
from theory.layer_stack import stack_sensitivities
from theory.sum_rule import common_divisor
from theory.transfer_matrix import growth_law

FILTERS = {
    "2/2": box(2, 2),
    "3/2": box(3, 2),
    "4/2": box(4, 2),
    "6/3": box(6, 3),
    "6/2": box(6, 2),
    "[1, 2, 1], s = 2": layer([1, 2, 1], 2),
    "[1, 3, 3, 1], s = 2": layer([1, 3, 3, 1], 2),
}


def random_layers() -> st.SearchStrategy[Layer]:
    """Filters of up to seven taps and stride 1 to 4, with zeros."""
    weights = st.lists(st.integers(0, 3), min_size=1, max_size=7).filter(any)
    return st.builds(lambda w, s: layer(w, s, skips=True), weights, st.integers(1, 4))


def test_the_parts_of_every_mode_add_up() -> None:
    cross = law.weight("D") - law.weight("moved") - law.weight("lost")
    assert sp.simplify((cross - law.weight("cross")).rewrite(sp.exp).expand()) == 0
    assert law.weight("lost").subs(law.alias, 0) == 0
    assert sp.simplify(law.weight("D").subs(law.alias, 0) - law.weight("moved")) == 0


def test_transport_interpolates_with_a_sinc() -> None:
    """∫ dθ/2π e^{−iθ/S} e^{−iθr} = sinc(r + 1/S)."""
    x = sp.Symbol("x", positive=True)
    integral = sp.integrate(sp.cos(law.theta * x), (law.theta, -sp.pi, sp.pi)) / (2 * sp.pi)
    assert sp.simplify(integral - sp.sin(sp.pi * x) / (sp.pi * x)) == 0


def modes(stack: Stack, part: law.Part) -> float:
    """L21 by quadrature over θ and a sum over the aliases, |H(q)|² = Π |m_k(S_{k−1} q)|²."""
    size = strides(stack)[-1]
    of_mode = sp.lambdify((law.theta, law.alias), law.weight(part).subs(law.step, size))

    def power(q: float) -> float:
        masks = (
            sum(float(w) * np.exp(1j * q * step * o) for o, w in member.taps.items())
            for member, step in zip(stack, strides(stack), strict=False)
        )
        return float(abs(np.prod(list(masks))) ** 2)

    def density(angle: float, weighted: bool) -> float:
        numbers = range(-((size - 1) // 2), size // 2 + 1)
        return sum(
            power((angle + 2 * np.pi * j) / size) * (float(of_mode(angle, j)) if weighted else 1) for j in numbers
        )

    top, bottom = (quad(density, -np.pi, np.pi, args=(w,), epsabs=1e-13, limit=200)[0] for w in (True, False))
    return float(top / bottom)


@pytest.mark.parametrize("stack", [(box(3, 2),) * 3, (layer([1, 3, 1], 2), box(4, 3)), (box(5), box(2, 2)), (box(3),)])
def test_sums_over_lags_are_integrals_over_modes(stack: Stack) -> None:
    """L22."""
    parts = law.moved_lost(stack)
    for part in ("D", "moved", "lost", "cross"):
        assert getattr(parts, part)[-1] == pytest.approx(modes(stack, part), abs=1e-11)
    assert pytest.approx(stack_sensitivities(stack).D, rel=1e-13) == parts.D


def test_a_ring_tends_to_the_line() -> None:
    """The sum over n modes instead of the integral: n⁻², halved spacing a quarter of the error."""
    stack = (box(2, 2),) * 5
    line = law.moved_lost(stack).moved[-1]
    errors = [law.moved_lost(stack, n).moved[-1] - line for n in (101, 203)]
    assert errors[0] / errors[1] == pytest.approx(203**2 / 101**2, rel=1e-3)
    with pytest.raises(ValueError, match="ring of 64 neurons"):
        law.moved_lost(stack, 64)


@given(st.lists(random_layers(), min_size=1, max_size=4))
def test_bounds_of_every_stack(layers: list[Layer]) -> None:
    """L23, and L25: ‖f(τx) − f(x)‖, ‖τf(x) − f(x)‖, ‖f(τx) − τf(x)‖ are the sides of a triangle."""
    parts = law.moved_lost(tuple(layers))
    for k in range(1, len(layers) + 1):
        low, high = law.moved_bounds(tuple(layers[:k]))
        assert low * (1 - 1e-12) <= parts.moved[k - 1] <= high * (1 + 1e-12)
    d, moved, lost = (np.sqrt(np.maximum(x, 0)) for x in (parts.D, parts.moved, parts.lost))
    assert np.all(np.abs(d - lost) <= moved + 1e-12)
    if all(member.stride == 1 for member in layers):
        assert parts.lost == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("identical", FILTERS.values(), ids=FILTERS)
def test_exponents(identical: Layer) -> None:
    """moved ~ S⁻² for every filter; lost ~ S^−α, with the prefactor of D where α < 2 (L25)."""
    alpha, stride = growth_law(identical).exponents[0], identical.stride
    parts = law.moved_lost((identical,) * int(24 / np.log2(stride)))
    slopes = {
        name: np.log(x[-1] / x[-2]) / np.log(stride) for name, x in vars(parts).items() if name in ("moved", "lost")
    }
    assert slopes["moved"] == pytest.approx(-2, abs=1e-5)
    size = float(stride) ** len(parts.D)
    # lost/D − 1 is at most of the order (moved/D)^½ ~ S^−(1 − α/2), and changes from layer to layer by less
    rest = np.sqrt(parts.moved[-1] / parts.D[-1]) if alpha < 2 else 1e-6
    assert slopes["lost"] == pytest.approx(-alpha, abs=min(2 * (1 - alpha / 2) * rest + 1e-6, 0.05))
    if alpha < 1.9:
        assert parts.lost[-1] / parts.D[-1] == pytest.approx(1, abs=3 * rest)
    else:
        assert size**2 * parts.lost[-1] > 0.1


def test_stride_filter_is_section_4_2() -> None:
    """D_k = 2/S = 2 F^−k is lost, but for O(S⁻²); what moves is π²/(3S²)."""
    parts = law.moved_lost((box(3, 3),) * 4)
    inverse = sp.Symbol("e", positive=True)
    for part in ("D", "moved", "lost", "cross"):
        closed = law.stride_filter(part)
        for n, size in enumerate((3, 9, 27, 81)):
            assert getattr(parts, part)[n] == pytest.approx(float(closed.subs(law.step, size)), abs=1e-14)
        series = sp.series(closed.subs(law.step, 1 / inverse), inverse, 0, 3).removeO()
        expected = {
            "D": 2 * inverse,
            "moved": sp.pi**2 / 3 * inverse**2,
            "lost": 2 * inverse + (sp.pi**2 / 3 - 2) * inverse**2,
            "cross": (2 - 2 * sp.pi**2 / 3) * inverse**2,
        }[part]
        assert sp.simplify(series - expected) == 0


@pytest.mark.parametrize("name", FILTERS)
def test_limits(name: str) -> None:
    """L24, L27: S² moved and S² cross tend to a rational number plus π²/3, and less 2π²/3."""
    identical, depth = FILTERS[name], int(20 / np.log2(FILTERS[name].stride))
    parts, size = law.moved_lost((identical,) * depth), float(identical.stride) ** depth
    moved = law.moved_limit(identical)
    assert size**2 * parts.moved[-1] == pytest.approx(float(moved), rel=1e-6)
    if name == "3/2":
        with pytest.raises(ValueError, match="filters that pool"):
            law.cross_limit(identical)
        return
    cross = law.cross_limit(identical)
    assert size**2 * parts.cross[-1] == pytest.approx(float(cross), rel=1e-5)
    assert (moved - sp.pi**2 / 3).is_Rational
    assert sp.expand(cross + 2 * sp.pi**2 / 3).is_Rational


def test_limits_in_closed_form() -> None:
    assert law.moved_limit(box(2, 2)) == sp.pi**2 / 3
    assert sp.expand(law.moved_limit(layer([1, 2, 1], 2)) - sp.pi**2 / 3) == -1
    assert sp.expand(law.cross_limit(layer([1, 2, 1], 2)) + 2 * sp.pi**2 / 3) == 5


def test_the_cross_term_may_fall_more_slowly() -> None:
    """An odd eigenvalue above 1/s²: L26, and never more slowly than (moved · lost)^½."""
    weights = [Fraction(n, 18) for n in (3, 2, 0, 3, 4, 0, 0, 0, 6)]
    identical = layer(weights, 3)
    exponent, alpha = law.cross_exponent(identical), growth_law(identical).exponents[0]
    assert common_divisor(identical) == 1
    assert 1 + alpha / 2 < exponent < 1.7
    cross = law.moved_lost((identical,) * 14).cross
    assert np.log(abs(cross[-1] / cross[-2])) / np.log(3) == pytest.approx(-exponent, abs=3e-3)
    with pytest.raises(ValueError, match="odd eigenvalue"):
        law.cross_limit(identical)
    assert law.cross_exponent(box(2, 2)) == law.cross_exponent(layer([1, 2, 1], 2)) == 2
