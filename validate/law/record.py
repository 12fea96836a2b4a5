"""The answer as JSON."""

from dataclasses import asdict
from typing import Any

from validate.files import provenance
from validate.law.exact import CLOSED_TOLERANCE, LAYER_TOLERANCE, SLOPE_TOLERANCE
from validate.law.preference import MIDDLE, preference, slopes
from validate.law.theorem import DRAWN, SEED
from validate.law.trained import Trained, Witness
from validate.law.verdict import Answer


def as_dict(answer: Answer, made: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Everything that was asked, found and judged."""
    return {
        "verdicts": dict(answer.verdicts()),
        "tolerances": {
            "closed": CLOSED_TOLERANCE,
            "slope": SLOPE_TOLERANCE,
            "layer": LAYER_TOLERANCE,
            "preference": MIDDLE,
        },
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
                "dilation": one.layer.dilation,
                "class_weights": one.class_weights,
                "common_divisor": one.common_divisor,
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
        "random_filters": {
            "number": DRAWN,
            "seed": SEED,
            "contradicted_by": {statement.name: statement.violations for statement in answer.statements},
        },
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
        "networks": [_networks(one) for one in answer.trained],
        "provenance": provenance("cpu", seconds, made),
        "runs": made,
    }


def _networks(one: Trained) -> dict[str, Any]:
    case = one.case
    return {
        "filter_size": case.filter_size,
        "stride": case.stride,
        "task": asdict(case.task),
        "depth": case.architecture.depth,
        "training": asdict(case.training(tuple(seed_result.seed for seed_result in one.seed_results))),
        "seeds": [
            {**asdict(seed_result), "fits": bool(fits)}
            for seed_result, fits in zip(one.seed_results, one.fits, strict=True)
        ],
        "layers_judged": (one.window.nonzero()[0] + 1).tolist(),
        "A": one.homogeneous.receptive_field.tolist(),
        "D_homogeneous": one.homogeneous.D.tolist(),
        "G_homogeneous": one.homogeneous.G.tolist(),
        "defect_homogeneous": one.homogeneous_defect,
        "trained": _witness(one, one.after),
        "untrained": _witness(one, one.before),
    }


def _witness(one: Trained, witness: Witness) -> dict[str, Any]:
    """All seeds; the preference and slopes of those that count."""
    answer: dict[str, Any] = {
        "mean_filters": witness.filters.tolist(),
        "homogeneity": witness.homogeneity.tolist(),
        "defect": witness.defect.tolist(),
        "channel_defect": witness.channel_defect.tolist(),
        **{
            f"{q}{suffix}": getattr(curves, q).tolist()
            for suffix, curves in (("", witness.measured), ("_own", witness.own), ("_nearest", witness.nearest))
            for q in ("D", "G")
        },
        "slopes_D": slopes(one, witness.measured.D[one.counted(witness)]).tolist(),
    }
    if one.homogeneous_defect:
        found = preference(one, witness)
        answer["preference"] = {
            "defect": found.defect.tolist(),
            "nearer": found.nearer.tolist(),
            "sum_rule": found.sum_rule,
            "follows": found.follows,
        }
    return answer
