"""How much of its start a weight keeps under ridge alone: σ of W(t) = σ W(0) + ΔW, in closed form.

A step of descent on the loss plus ridge·w²/(H·K) takes δ·w off every weight that the data leave alone,
δ = 2·learning rate·ridge/K with the mean-field step (App. B.2); with weight decay λ/2·w² of PyTorch's it is δ = η λ.
"""

import math

from theory.definitions.ranges import real, whole


def step_decay(learning_rate: float, ridge: float, depth: int) -> float:
    """δ = 2·learning rate·ridge/K, the part that a step of plain descent takes off each weight, whatever the width.

    >>> step_decay(0.01, 0.01, 12)
    1.6666666666666667e-05
    """
    return 2 * learning_rate * ridge / depth


def plain(decay: float, steps: int) -> float:
    """σ = (1 − δ)ⁿ ≈ e^{−2·learning rate·ridge·n/K} after n steps of plain descent.

    App. B.2's task 1 after 15,000 epochs of 6 steps:

    >>> round(plain(step_decay(0.01, 0.01, 12), 90_000), 3)
    0.223

    Raises ValueError, one sentence, where δ is outside 0 … 1.
    """
    return float((1 - _checked(decay, steps)) ** steps)


def heavy_ball_roots(decay: float, momentum: float) -> tuple[complex, complex]:
    """r± = [1 + μ − δ ± √((1 + μ − δ)² − 4μ)]/2: w_{t+1} = (1 + μ − δ) w_t − μ w_{t−1} has the solutions r₊ᵗ, r₋ᵗ.

    The recursion is that of v ← μv − δw, w ← w + v, without v. They are real up to δ = (1 − √μ)²; beyond, the weight
    oscillates and both are of modulus √μ.
    """
    half, root = (1 + momentum - decay) / 2, complex((1 + momentum - decay) ** 2 - 4 * momentum) ** 0.5 / 2
    return half + root, half - root


def heavy_ball(decay: float, steps: int, momentum: float) -> float:
    """σ = [(1 − δ − r₋) r₊ⁿ − (1 − δ − r₊) r₋ⁿ]/(r₊ − r₋) after n steps of heavy ball from rest; r± as above.

    To first order in δ it is e^{−δn/(1−μ)}: momentum multiplies the learning rate by 1/(1 − μ).

    >>> round(heavy_ball(1e-4, 1000, 0.9), 3), round(math.exp(-1), 3)
    (0.368, 0.368)

    Raises ValueError, one sentence, for momentum outside 0 … 1 and where δ = (1 − √μ)² makes r± the same.
    """
    _checked(decay, steps)
    momentum = real("momentum", momentum, 0, 0.999999)
    plus, minus = heavy_ball_roots(decay, momentum)
    if plus == minus:
        raise ValueError(f"δ = {decay:g} = (1 − √μ)² has one root, not two: use another learning rate")
    first = 1 - decay
    return float((((first - minus) * plus**steps - (first - plus) * minus**steps) / (plus - minus)).real)


def remaining_start(
    decay: float, steps: int, *, cooldown: float = 0.0, momentum: float = 0.0, plain_steps: int = 0
) -> float:
    """ln σ = n₀ ln(1 − δ) + (m − cn) ln r₊ + (cn/δ)[g(r₊) − g(1)] + ln a, g(r) = r(1 − ln r) − μ(1 + ln r)/r: of n
    steps n₀ are plain, in the other m momentum is μ, and over the last share c of all n the learning rate falls
    linearly to 0.

    δ = 1 + μ − r₊ − μ/r₊ makes g the integral of ln r₊ over δ. The velocity starts at 0 and lags behind the falling
    rate: a = (1 − δ − r₋)/(r₊ − r₋)·√((1 − μ/r₊²)/(1 − μ)), the root where c > 0. The error is of the size of
    a step's decay.

    >>> round(remaining_start(1e-4, 1000, momentum=0.9), 6) == round(heavy_ball(1e-4, 1000, 0.9), 6)
    True

    Raises ValueError, one sentence, where the plain steps reach into the cooldown, where momentum makes weights
    oscillate, δ >= (1 − √μ)², and for what is out of range.
    """
    _checked(decay, steps)
    momentum, cooldown = real("momentum", momentum, 0, 0.999999), real("cooldown", cooldown, 0, 1)
    initial = min(whole("plain_steps", plain_steps, 0), steps) if momentum else 0
    falling, moving = cooldown * steps, steps - initial
    if falling > moving:
        raise ValueError(
            f"{initial} plain steps of {steps} reach into the cooldown: use at most {steps - math.ceil(falling)}"
        )
    if decay >= (limit := (1 - math.sqrt(momentum)) ** 2):
        raise ValueError(f"δ = {decay:g} makes weights oscillate: use a learning rate with δ < (1 − √μ)² = {limit:g}")
    plus, minus = (root.real for root in heavy_ball_roots(decay, momentum))
    log = initial * math.log1p(-decay) + (moving - falling) * math.log(plus)
    if falling and decay:
        integral = plus * (1 - math.log(plus)) - momentum * (1 + math.log(plus)) / plus - (1 - momentum)
        log += falling / decay * integral + math.log((1 - momentum / plus**2) / (1 - momentum)) / 2
    if moving:
        log += math.log((1 - decay - minus) / (plus - minus))
    return math.exp(log)


def _checked(decay: float, steps: int) -> float:
    whole("steps", steps, 0)
    if not 0 <= decay < 1:
        raise ValueError(f"δ = {decay:g} makes weights change sign or grow: use a learning rate with 0 <= δ < 1")
    return decay
