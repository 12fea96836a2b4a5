"""The comparison as JSON."""

from dataclasses import asdict
from typing import Any

from theory.definitions.sensitivities import Sensitivities
from validate.asked import Asked
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.files import provenance, without_nan
from validate.scaling.comparison import Comparison
from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN
from validate.scaling.judgement import MOST_LOST, Judgement, QuantityJudgement


def as_dict(
    comparison: Comparison, judgement: Judgement, asked: Asked, made: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    """Everything that was asked, measured and judged, and how the runs were `made`; undefined numbers are None."""
    networks = comparison.networks
    definitions = {
        "task": asdict(comparison.task),
        "architecture": asdict(comparison.architecture),
        "conventions": asdict(comparison.conventions),
        "training": asdict(asked.training) if asked.training else None,
        "margins": {
            "exponent": exponent_tolerance(comparison.task.dim),
            "level": LEVEL_MARGIN,
            "slope": SLOPE_MARGIN,
            "lost": MOST_LOST,
        },
        "window": comparison.exact.layer[comparison.window].tolist(),
    }
    record = {
        "task": comparison.task.kind,
        "preset": asked.preset,
        "scaled": asked.scaled,
        "definitions": definitions,
        "holds": judgement.holds,
        "claimed": judgement.claimed,
        "quantities": {q: _quantity(result) for q, result in judgement.quantities.items()},
        "rivals": [asdict(rival) for rival in judgement.rivals],
        "layers": [_layer(comparison, n) for n in range(comparison.architecture.depth)],
        "attribution": {
            q: {name: values.tolist() for name, values in vars(steps).items()}
            for q, steps in judgement.attribution.items()
        },
        "seeds": [asdict(seed_result) for seed_result in networks.seed_results] if networks else [],
        "provenance": provenance("cpu", seconds, made),
        "runs": made,
    }
    return without_nan(record)  # type: ignore[no-any-return]


def _quantity(result: QuantityJudgement) -> dict[str, Any]:
    return {
        **asdict(result),
        "claim": result.claims.strongest if result.claims else None,
        "verdict": "holds" if result.holds else "does not hold",
    }


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
            measured: Sensitivities = getattr(networks, name)
            answer[name] = {q: getattr(measured, q)[:, n].tolist() for q in QUANTITIES}
        answer["own_filters"] = {q: [float(getattr(own, q)[n]) for own in networks.own_filters] for q in QUANTITIES}
        assert networks.trained.G_error is not None
        answer["trained"]["G_error"] = networks.trained.G_error[:, n].tolist()
    return answer
