"""What of a layer's filters was learned, W = σ W(0) + ΔW, and what shares of the constant mode say of it.

Powers are squared norms over all filters of a layer, |W|² = Σ w²; P₀ projects each filter on its constant mode.
    q = |ΔW|²/|W|²    the learned share            γ = |P₀ΔW|²/|ΔW|²    how constant the learned part is
    ρ = |P₀W|²/|W|²   how constant the filters are: Eq. 3's order parameter, and that of Fig. 4
"""

import sympy as sp

SIZE, SIGMA, WIDTH = sp.symbols("F sigma H", positive=True)
LEARNED, CONSTANT = sp.symbols("q gamma", nonnegative=True)
"""F pixels of a filter, σ, H channels; q and γ."""


def constant_share() -> sp.Expr:
    """ρ = (1 − q)/F + qγ: the random part has 1/F of its power in the constant mode, the learned part γ.

    From |P₀W|² = σ²|P₀W(0)|² + 2σ⟨P₀W(0), ΔW⟩ + |P₀ΔW|², where independent entries of variance 1 have E|P₀W(0)|² =
    E|W(0)|²/F. The product, left out, is smaller by √(number of weights) if ΔW does not know W(0); a ΔW that grew out
    of its start has some of it, and ρ is a little larger.

    >>> constant_share()
    gamma*q + (1 - q)/F
    """
    return (1 - LEARNED) / SIZE + LEARNED * CONSTANT


def learned_power(amplitude: sp.Expr) -> sp.Expr:
    """|ΔW|² = F H a² of ΔW_{cc'}(o) = a u_c v_{c'} √(1/H), |u|² = |v|² = H, the same in all F pixels.

    With z_c = (FH)^{−1/2} Σ_{c'o} w_{cc'}(o) f_{c'}(o) (Eq. 2) and f_{c'} ~ v_{c'} it adds a √F u_c to z_c, at any
    width: a function that does not depend on H has a ΔW of power ~ H, where W(0) has F H².

    >>> learned_power(sp.Symbol("a"))
    F*H*a**2
    """
    return SIZE * WIDTH**2 * amplitude**2 / WIDTH


def learned_share(amplitude: sp.Expr) -> sp.Expr:
    """q = a²/(a² + σ²H): falls like 1/H at unchanged function, and rises as σ² decays.

    >>> learned_share(sp.Symbol("a"))
    a**2/(H*sigma**2 + a**2)
    """
    power = learned_power(amplitude)
    return sp.cancel(power / (power + SIGMA**2 * SIZE * WIDTH**2))


def share_at_width(share: float, ratio: float) -> float:
    """q' = q/(q + (1 − q) r) of a layer r times as wide that does the same, at the same σ: q/(1 − q) ~ 1/H.

    >>> [round(share_at_width(0.003, ratio), 5) for ratio in (1, 2, 4)]
    [0.003, 0.0015, 0.00075]
    """
    return share / (share + (1 - share) * ratio)


def constant_share_at_width(size: int, share: float, constant: float, ratio: float) -> float:
    """ρ = (1 − q')/F + q'γ at r times the width, q' as above: to 1/F, as before training, while the function stays.

    >>> [round(constant_share_at_width(3, 0.03, 0.9, ratio), 4) for ratio in (1, 10, 1000)]
    [0.3503, 0.3351, 0.3334]
    """
    values = {SIZE: size, LEARNED: share_at_width(share, ratio), CONSTANT: constant}
    return float(constant_share().subs(values))
