"""A judgement as the JSON that is written."""

from typing import Any

from theory.definitions.sensitivities import Sensitivities
from validate.asymptotics import QUANTITIES, exponent_tolerance
from validate.experiment import Experiment
from validate.files import provenance
from validate.record import as_json
from validate.scaling.comparison import Comparison
from validate.scaling.curve import LEVEL_MARGIN, SLOPE_MARGIN
from validate.scaling.judgement import MOST_LOST, Judgement


def record(judgement: Judgement, experiment: Experiment, runs: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What was compared, measured and judged, and how the runs were made."""
    comparison = judgement.comparison
    networks = comparison.networks
    margins = {"level": LEVEL_MARGIN, "slope": SLOPE_MARGIN, "lost": MOST_LOST}
    content = {
        "experiment": experiment,
        "changed": experiment.changed,
        "margins": {"exponent": exponent_tolerance(comparison.task.dim), **margins},
        "window": comparison.exact.layer[comparison.window],
        "holds": judgement.holds,
        "claimed": judgement.claimed,
        "quantities": {
            q: {
                **as_json(result),
                "claim": result.claims.strongest if result.claims else None,
                "verdict": "holds" if result.holds else "does not hold",
            }
            for q, result in judgement.quantities.items()
        },
        "rivals": judgement.rivals,
        "layers": [_layer(comparison, n) for n in range(comparison.architecture.depth)],
        "attribution": judgement.attribution,
        "seeds": networks.seed_results if networks else [],
        "imbalance": networks.imbalance if networks else [],
        "provenance": provenance("cpu", seconds, runs),
        "runs": runs,
    }
    return dict(as_json(content))


def _layer(comparison: Comparison, n: int) -> dict[str, Any]:
    exact, networks = comparison.exact, comparison.networks
    layer: dict[str, Any] = {"k": exact.layer[n], "A": exact.receptive_field[n], "exact": _values(exact, n)}
    if comparison.infinite is not None:
        layer["infinite_width"] = _values(comparison.infinite, n)
    if networks is not None:
        layer |= {"homogeneity": networks.homogeneity[:, n], "filter": networks.filters[:, n]}
        for name in ("trained", "mean_filter", "mean_output", "untrained"):
            layer[name] = _values(getattr(networks, name), n)
        layer["own_filters"] = {q: [getattr(own, q)[n] for own in networks.own_filters] for q in QUANTITIES}
        if networks.trained.G_error is not None:
            layer["trained"]["G_error"] = networks.trained.G_error[:, n]
    return layer


def _values(sensitivities: Sensitivities, n: int) -> dict[str, Any]:
    return {q: getattr(sensitivities, q)[..., n] for q in QUANTITIES}
