"""A judgement of deep networks as the JSON that is written."""

from typing import Any

from validate.deep.ensemble import Ensemble
from validate.deep.judgement import QUANTITIES, Judgement


def record(judgement: Judgement) -> dict[str, Any]:
    """All numbers, with names as JSON has them."""
    correlations = {
        name: {quantity: {**vars(rho), "verdict": rho.verdict} for quantity, rho in chosen.items()}
        for name, chosen in judgement.correlations.items()
    }
    statements = [{"holds": statement.holds, **vars(statement)} for statement in judgement.statements]
    judged = {"holds": judgement.holds, "condition": judgement.condition, "statements": statements}
    return {**judged, **correlations, "networks": [_record(e) for e in judgement.ensembles]}


def _record(ensemble: Ensemble) -> dict[str, Any]:
    sensitivities = {name: getattr(ensemble, name) for name in ("before", "after", "shuffled", "homogeneous")}
    return {
        **{name: value for name, value in vars(ensemble).items() if name not in sensitivities and name != "spectra"},
        "depth": ensemble.depth,
        **{name: s and {q: getattr(s, q) for q in QUANTITIES} for name, s in sensitivities.items()},
        "spectra": {
            name: {
                "eigenvalues": spectra.after[0].eigenvalues,
                "multiplicities": spectra.after[0].multiplicities,
                **{
                    f"{power}_{when}": [getattr(spectrum, power) for spectrum in getattr(spectra, when)]
                    for power in ("power", "mean_power")
                    for when in ("before", "after")
                },
            }
            for name, spectra in ensemble.spectra.items()
        },
    }
