"""The end state of training with ridge: what flows into a channel's filters flows out of them.

φ is homogeneous, so that a channel c between two layers can be scaled without changing the function: the filters w into
it and its bias b by α, the filters v out of it by 1/α. With the loss L of the data alone, d/dα at α = 1 is
    Σ w ∂L/∂w + b ∂L/∂b = Σ v ∂L/∂v        (Euler)
"""

import math

import sympy as sp

POWER_IN, POWER_OUT, BIAS, DECAY, TIME = sp.symbols("P_in P_out B delta t", nonnegative=True)
"""P_in = Σw², P_out = Σv², B = b², δ of `theory.decay` in a unit of time, time."""


def drift() -> sp.Expr:
    """d(P_in + B − P_out)/dt = −2δ (P_in − P_out) of gradient flow with ridge on w and v, none on b.

    w' = −∂L/∂w − δw and b' = −∂L/∂b: the data's part of d(Σw² + b² − Σv²)/dt vanishes by Euler. Without ridge
    P_in + B − P_out is conserved.

    >>> drift()
    -2*delta*(P_in - P_out)
    """
    data = sp.Function("E")(TIME)  # Σ v ∂L/∂v = Σ w ∂L/∂w + b ∂L/∂b
    into_and_bias = -2 * data - 2 * DECAY * POWER_IN
    out = -2 * data - 2 * DECAY * POWER_OUT
    return sp.factor(into_and_bias - out)


def stationary_power_out() -> sp.Expr:
    """P_out = P_in: where nothing moves, the power into each channel is the power out of it, whatever its bias; summed
    over channels, all layers have the same power.

    >>> stationary_power_out()
    P_in
    """
    (power,) = sp.solve(drift(), POWER_OUT)
    return power


def readout_growth() -> sp.Expr:
    """d(β_c²)/dt = d(P_in + B)/dt + 2δ P_in of the readout, which has no ridge: with P_in and B at rest it still grows.

    Training with a free readout is therefore never stationary: the filters' norm can fall for ever while the readout
    makes up for it. With the readout held fixed, as in the search for the solution of minimal norm, it is.

    >>> readout_growth()
    2*P_in*delta
    """
    data = sp.Symbol("E")
    # P_in and B at rest: 0 = −2E − 2δP_in; without ridge (β²)' = −2E
    (at_rest,) = sp.solve(-2 * data - 2 * DECAY * POWER_IN, data)
    return -2 * at_rest


def remaining_imbalance(imbalance: float, decay: float) -> float:
    """(P_in − P_out)(t) = (P_in − P_out)(0) e^{−2δt} with biases at rest, the solution of `drift`: it dies as σ² does.
    `decay` is δt = −ln σ.

    >>> round(remaining_imbalance(1.0, 1.5), 3), round(0.2231**2, 3)
    (0.05, 0.05)
    """
    return imbalance * math.exp(-2 * decay)
