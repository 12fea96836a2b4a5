"""What D_k and G_k of any networks could be as functions of A_k, each up to a factor."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Literal, get_args

import numpy as np
import sympy as sp

from simulate.infinite_width import infinite_width_sensitivities
from simulate.sensitivity import homogeneous_sensitivities
from theory.definitions.perturbation import Conventions
from theory.definitions.sensitivities import Sensitivities
from theory.scaling import A, Quantity, Stride, exponent, sensitivity
from validate.experiment import standard_task
from validate.exponents import power_law, window

Kind = Literal["law", "rival"]
TASK_OF: dict[Stride, Literal[1, 2]] = {"one": 1, "filter": 2}
STRIDES: dict[Stride, str] = {"one": "stride 1", "filter": "stride F"}


@cache
def power(quantity: Quantity, stride: Stride, dim: int) -> float:
    """−2, d, −2−d at stride 1; −1, d, −1−d at stride F (`theory.scaling.exponent`)."""
    return float(exponent(quantity, stride, dim=dim))


@cache
def _finite(quantity: Quantity, stride: Stride, dim: int) -> Callable[[np.ndarray], np.ndarray]:
    return sp.lambdify(A, sensitivity(quantity, stride, dim=dim), "numpy")  # type: ignore[no-any-return]


def law(quantity: Quantity, stride: Stride, dim: int, field: np.ndarray) -> np.ndarray:
    """X(A) of Eqs. 4, 7, 8, 9 (`theory.scaling.sensitivity`) with its factor and all of its terms, at these A."""
    return _finite(quantity, stride, dim)(field)


@cache
def untrained_exponent(quantity: Quantity, stride: Stride) -> float:
    """Slope of ln X in ln A over the judged layers of untrained networks of infinite width, on the task of App. B.2
    with this stride (images on a line).
    """
    untrained = _untrained(stride)
    return power_law(untrained.receptive_field, getattr(untrained, quantity)).value


@cache
def _untrained(stride: Stride) -> Sensitivities:
    """Untrained networks of the judged layers alone, which are the first."""
    task, architecture = standard_task(TASK_OF[stride], 1, None)
    fields = homogeneous_sensitivities(task, architecture, Conventions()).receptive_field
    judged = int(window(task, architecture, fields).sum())
    return infinite_width_sensitivities(task, replace(architecture, depth=judged), Conventions())


def curves(quantity: Quantity, stride: Stride, dim: int, field: np.ndarray) -> list[tuple[str, Kind, np.ndarray]]:
    """(name, law or rival, X at these A up to a factor).

    The law of the networks' stride has two forms, the power that A → ∞ leaves and the whole expression. Rivals are the
    other stride's law, in the forms that differ, what does not change from layer to layer, and untrained networks.
    """
    forms: list[tuple[str, Kind, np.ndarray]] = []
    for which in sorted(get_args(Stride), key=lambda which: which != stride):
        kind: Kind = "law" if which == stride else "rival"
        exponent_of = power(quantity, which, dim)
        if kind == "law" or exponent_of != power(quantity, stride, dim):
            forms.append((f"law of {STRIDES[which]}, A^{exponent_of:g}", kind, field**exponent_of))
        if (quantity, which) != ("D", "filter"):  # 2/A has no other terms
            forms.append((f"law of {STRIDES[which]}, all terms", kind, law(quantity, which, dim, field)))
    untrained = untrained_exponent(quantity, stride)
    forms.append(("constant", "rival", np.ones_like(field)))
    forms.append((f"untrained networks, A^{untrained:.2f}", "rival", field**untrained))
    return forms
