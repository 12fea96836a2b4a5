"""The comparison as JSON."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from nets.simple_sensitivity import Measured
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.attribution import attribute
from validate.comparison import Comparison
from validate.exponents import interval
from validate.files import provenance, without_nan
from validate.verdict import DISTANCE_TOLERANCE


def as_dict(comparison: Comparison, asked: Asked, made: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Everything that was asked, measured and judged, and how the runs were `made`; undefined numbers are None."""
    networks = comparison.networks
    definitions = {
        "task": asdict(comparison.task),
        "architecture": asdict(comparison.architecture),
        "conventions": asdict(comparison.conventions),
        "training": asdict(asked.training) if asked.training else None,
        "tolerances": {"exponent": exponent_tolerance(comparison.task.dim), "distance": DISTANCE_TOLERANCE},
        "window": comparison.exact.layer[comparison.window].tolist(),
    }
    answer = {
        "task": comparison.task.kind,
        "preset": asked.preset,
        "scaled": asked.scaled,
        "definitions": definitions,
        "exponents": {q: _exponents(comparison, q) for q in QUANTITIES},
        "controls": [
            dict(zip(("rival", "quantity", "off", "accepted"), row, strict=True)) for row in comparison.controls()
        ],
        "layers": [_layer(comparison, n) for n in range(comparison.architecture.depth)],
        "attribution": {q: _attribution(comparison, q) for q in QUANTITIES} if networks else None,
        "seeds": [asdict(fate) for fate in networks.fates] if networks else [],
        "provenance": provenance("cpu", seconds, made),
        "runs": made,
    }
    return without_nan(answer)  # type: ignore[no-any-return]


def _exponents(comparison: Comparison, quantity: Any) -> dict[str, Any]:
    fitted = comparison.simulated[quantity]
    answer: dict[str, Any] = {
        "predicted": comparison.predicted[quantity],
        "simulated": asdict(fitted),
        "exact_at_size": {"value": comparison.exact_slope(quantity)},
        "trained": None,
        "untrained": None,
        "distance": None,
        "distance_from_own_filters": None,
        "verdict": "agree" if comparison.agrees(quantity) else "disagree",
    }
    if comparison.networks is not None:
        slopes = comparison.slopes(quantity, comparison.networks.trained)
        untrained = comparison.slopes(quantity, comparison.networks.untrained)
        answer["trained"] = {"value": _mean(slopes), "ci95": list(interval(slopes)), "per_seed": slopes.tolist()}
        answer["untrained"] = {"value": _mean(untrained)}
        answer["distance"] = asdict(comparison.distance_of(quantity, comparison.networks.trained))
        answer["distance_from_own_filters"] = asdict(comparison.distance_of_own_filters(quantity))
    return answer


def _attribution(comparison: Comparison, quantity: Any) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in vars(attribute(comparison, quantity)).items()}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else math.nan


def _layer(comparison: Comparison, n: int) -> dict[str, Any]:
    exact, networks = comparison.exact, comparison.networks
    answer: dict[str, Any] = {
        "k": int(exact.layer[n]),
        "A": float(exact.receptive_field[n]),
        "exact": {q: float(getattr(exact, q)[n]) for q in QUANTITIES},
    }
    if comparison.infinite is not None:
        answer["infinite_width"] = {q: float(getattr(comparison.infinite, q)[n]) for q in QUANTITIES}
    if networks is not None:
        answer["homogeneity"] = networks.homogeneity[:, n].tolist()
        answer["filter"] = networks.filters[:, n].tolist()
        for name in ("trained", "mean_filter", "mean_output", "untrained"):
            measured: Measured = getattr(networks, name)
            answer[name] = {q: getattr(measured, q)[:, n].tolist() for q in QUANTITIES}
        answer["own_filters"] = {q: [float(getattr(own, q)[n]) for own in networks.own_filters] for q in QUANTITIES}
        answer["trained"]["G_error"] = networks.trained.G_error[:, n].tolist()
    return answer
