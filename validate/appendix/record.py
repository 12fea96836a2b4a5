"""The proof as JSON."""

from dataclasses import asdict
from typing import Any

import numpy as np

from validate.appendix import conditions, convergence, corrections
from validate.appendix.chain import lattice_coefficients
from validate.appendix.convergence import Rate
from validate.appendix.proof import Filter, Proof
from validate.asymptotics import TORUS_TOLERANCE
from validate.files import provenance, without_nan


def as_dict(proof: Proof, seconds: float) -> dict[str, Any]:
    """Everything that was asked, measured and judged; undefined numbers are None."""
    start = proof.initialization
    answer = {
        "question": asdict(proof.question),
        "verdicts": dict(proof.verdicts()),
        "tolerances": {
            "rate": convergence.RATE_TOLERANCE,
            "term": corrections.INTERCEPT_TOLERANCE,
            "collapse": conditions.COLLAPSE_TOLERANCE,
            "exponent_in_dimension_d": TORUS_TOLERANCE,
            "conditions": conditions.TOLERANCE,
        },
        "filters": [_filter(one) for one in proof.filters],
        "crossover": [asdict(one) for one in proof.crossover],
        "collapse": proof.collapse,
        "dimensions": [{**asdict(law), "holds": law.holds} for law in proof.laws],
        "initialization": {
            "infinite": {q: getattr(start.infinite, q) for q in ("D", "G")},
            "G_error": start.infinite.G_error,
            "G_of_the_networks_noises": start.G_same_noises,
            "networks": {str(width): found for width, found in start.networks.items()},
            "to_infinite": [{**asdict(one), "holds": one.holds} for one in start.to_infinite],
            "to_constant": [{**asdict(one), "holds": one.holds} for one in start.to_constant],
        },
        "provenance": provenance("cpu", seconds),
    }
    return without_nan(_plain(answer))  # type: ignore[no-any-return]


def _filter(one: Filter) -> dict[str, Any]:
    return {
        "filter_size": one.size,
        "kramers_moyal": [str(c) for c in lattice_coefficients(one.size)],
        "steps": [asdict(step) for step in one.steps],
        "rates": [_rate(rate) for rate in one.rates],
        "rivals": [_rate(rate) for rate in one.rivals],
        "terms": [{**asdict(term), "holds": term.holds} for term in one.coefficients],
        "slopes": asdict(one.slopes),
        "naive_fits": [asdict(fit) for fit in one.naive_fits],
        "conditions": [asdict(found) for found in one.ranges],
        "network": [asdict(layer) for layer in one.network],
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {**asdict(rate), "layers": convergence.LAYERS, "holds": rate.holds}


def _plain(value: Any) -> Any:
    """The same structure with lists for arrays and Python's numbers for NumPy's."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
