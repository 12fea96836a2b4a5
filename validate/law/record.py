"""The answer as JSON."""

from typing import Any

from validate.files import provenance
from validate.law.exact import CLOSED_TOLERANCE, LAYER_TOLERANCE, SLOPE_TOLERANCE
from validate.law.verdict import Answer


def as_dict(answer: Answer, seconds: float) -> dict[str, Any]:
    """Everything that was asked, found and judged."""
    return {
        "verdicts": dict(answer.verdicts()),
        "tolerances": {"closed": CLOSED_TOLERANCE, "slope": SLOPE_TOLERANCE, "layer": LAYER_TOLERANCE},
        "homogeneous": [
            {
                "filter_size": point.filter_size,
                "stride": point.stride,
                "alpha": point.law.exponents[0],
                "beta": point.law.exponents[1],
                "closed_alpha": point.closed,
                "prefactor_D": point.law.prefactors[0],
                "prefactor_G": point.law.prefactors[1],
                "lambda_1": str(point.law.norm.root),
                "lambda_D": str(point.law.moved.root),
            }
            for point in answer.points
        ],
        "filters": [
            {
                "name": one.name,
                "weights": [float(weight) for weight in one.layer.weights],
                "stride": one.layer.stride,
                "class_weights": one.class_weights,
                "alpha": one.law.exponents[0],
                "beta": one.law.exponents[1],
                "simulated_alpha": one.alpha,
                "simulated_beta": one.beta,
                "A": one.simulated.receptive_field.tolist(),
                "D": one.simulated.D.tolist(),
                "G": one.simulated.G.tolist(),
                "follows": one.follows,
            }
            for one in (*answer.checked, *answer.own, *(broken for broken, _ in answer.broken))
        ],
        "stacks": [
            {
                "name": one.name,
                "layers": one.labels,
                "sum_rule_defects": one.defects,
                "A": one.sensitivities.receptive_field.tolist(),
                "D": one.sensitivities.D.tolist(),
                "G": one.sensitivities.G.tolist(),
                "D_mended": one.mended.D.tolist(),
            }
            for one in answer.stacks
        ],
        "provenance": provenance("cpu", seconds),
    }
