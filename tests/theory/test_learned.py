"""σ against the recursions it solves, order parameters against random filters."""

import math

import numpy as np
import pytest
import sympy as sp

from theory import decay, learned


def recursion(rates: np.ndarray, momenta: np.ndarray) -> float:
    """w after v ← μv − δw, w ← w + v from w = 1, v = 0."""
    w, v = 1.0, 0.0
    for rate, momentum in zip(rates, momenta, strict=True):
        v = momentum * v - rate * w
        w += v
    return w


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("rate", [1e-5, 1e-3, 0.02])
def test_the_closed_form_solves_the_recursion(momentum: float, rate: float) -> None:
    """Also where it oscillates: δ = 0.02 is beyond (1 − √μ)² at μ = 0.9."""
    for steps in (0, 1, 2, 17, 500):
        exact = recursion(np.full(steps, rate), np.full(steps, momentum))
        assert decay.heavy_ball(rate, steps, momentum) == pytest.approx(exact, abs=1e-12)
    assert decay.heavy_ball(rate, 500, 0) == pytest.approx(decay.plain(rate, 500), rel=1e-12)


def test_beyond_the_double_root_weights_oscillate() -> None:
    plus, minus = decay.heavy_ball_roots(0.02, 0.9)
    assert abs(plus) == pytest.approx(math.sqrt(0.9))
    assert plus == minus.conjugate()
    with pytest.raises(ValueError, match="one root, not two"):
        decay.heavy_ball(0.25, 3, 0.25)


def schedule(steps: int, rate: float, cooldown: float, momentum: float, plain: int) -> float:
    """As `nets.simple.epochs` takes it, an epoch a step."""
    t = np.arange(steps)
    rates = rate * np.minimum(1, (1 - t / steps) / cooldown) if cooldown else np.full(steps, rate)
    return recursion(rates, np.where(t < plain, 0, momentum))


@pytest.mark.parametrize(("cooldown", "momentum", "plain"), [(0, 0, 0), (0.8, 0, 0), (0.3, 0.95, 1000), (0.3, 0.9, 0)])
def test_the_whole_schedule(cooldown: float, momentum: float, plain: int) -> None:
    """Quick presets' rules; the error is of the size of a step's decay and falls with it."""
    errors = []
    for rate in (2e-4, 1e-4):
        exact = schedule(8000, rate, cooldown, momentum, plain)
        closed = decay.remaining_start(rate, 8000, cooldown=cooldown, momentum=momentum, plain_steps=plain)
        errors.append(abs(math.log(closed / exact)))
        naive = decay.remaining_start(rate, 8000, momentum=momentum, plain_steps=plain)
        assert not cooldown or abs(math.log(naive / exact)) > 10 * errors[-1]
    assert errors[0] <= 2 * 2e-4 / (1 - momentum)
    assert errors[1] <= 0.6 * errors[0] + 1e-9


def test_the_trials_moments() -> None:
    """App. B.2, task 1, after 5,000, 10,000 and 15,000 epochs of 6 steps."""
    values = [decay.remaining_start(decay.step_decay(0.01, 0.01, 12), 6 * n) for n in (5000, 10_000, 15_000)]
    np.testing.assert_allclose(values, [0.6065, 0.3679, 0.2231], atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"decay": 1.5, "steps": 3}, "δ = 1.5"),
        ({"decay": -0.1, "steps": 3}, "δ = -0.1"),
        ({"decay": math.nan, "steps": 3}, "δ = nan"),
        ({"decay": 0.1, "steps": -1}, "steps = -1"),
        ({"decay": 0.1, "steps": 10, "momentum": 1.0}, "momentum = 1.0"),
        ({"decay": 0.1, "steps": 10, "momentum": 0.5}, "oscillate"),
        ({"decay": 0.01, "steps": 10, "momentum": 0.5, "cooldown": 0.5, "plain_steps": 8}, "reach into the cooldown"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decay.remaining_start(**settings)  # type: ignore[arg-type]


def test_the_constant_share_of_random_and_learned_filters() -> None:
    """ρ of W = σW(0) + ΔW, to the size of the product that is left out; ρ = γ would be wrong."""
    rng = np.random.default_rng(0)
    size, width, sigma = 3, 128, 0.5
    for amplitude, smooth in ((1.0, 1.0), (3.0, 0.5), (10.0, 0.8)):
        pixels = np.array([1.0, 1, 1]) * math.sqrt(smooth) + np.array([1.0, 0, -1]) * math.sqrt(1.5 * (1 - smooth))
        u, v = rng.normal(size=(2, width))
        learned_part = amplitude * np.einsum("c,d,o->cdo", u, v, pixels) / math.sqrt(width)
        start = rng.normal(size=(width, width, size))
        w = sigma * start + learned_part
        q = (learned_part**2).sum() / (w**2).sum()
        rho = (w.sum(2) ** 2).sum() / size / (w**2).sum()
        values = {learned.SIZE: size, learned.LEARNED: q, learned.CONSTANT: smooth}
        left_out = 4 / math.sqrt(width**2 * size)
        assert rho == pytest.approx(float(learned.constant_share().subs(values)), abs=left_out)
        share = learned.learned_share(sp.Float(amplitude)).subs({learned.WIDTH: width, learned.SIGMA: sigma})
        # |u|² and |v|² fluctuate by √(2/H) each
        assert q == pytest.approx(float(share), rel=0.5)


def test_the_learned_share_falls_like_one_over_the_width() -> None:
    a = sp.Symbol("a", positive=True)
    share = learned.learned_share(a)
    assert sp.limit(share * learned.WIDTH, learned.WIDTH, sp.oo) == a**2 / learned.SIGMA**2
    ratio = 7
    wider = share.subs(learned.WIDTH, ratio * learned.WIDTH)
    assert sp.simplify(wider - share / (share + (1 - share) * ratio)) == 0
