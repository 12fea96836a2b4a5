"""Claims falsified on purpose: the same judges, on changed evidence, turn each verdict."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from tests.validate.claims.conftest import stored
from validate.claims.claim import Finding, Verdict
from validate.claims.entries import CLAIMS, EVIDENCE

KNOWN = {claim.identifier: claim for claim in CLAIMS}
GOOD = (Verdict.HOLDS, Verdict.HOLDS_CORRECTED)
Change = Callable[[Any], None]


def judged(identifier: str, values: Any) -> Finding:
    claim = KNOWN[identifier]
    return claim.judge(EVIDENCE[claim.evidence].read(values))


def coefficient_off_by_two_percent(values: Any) -> None:
    for judgement in values["filters"]:
        judgement["kramers_moyal"][1]["measured"] = "17/50"


def gaussian_with_wrong_diffusion(values: Any) -> None:
    for judgement in values["filters"]:
        judgement["rates"] = [judgement["rivals"][1]] * 2


def rival_not_refused(values: Any) -> None:
    values["filters"][1]["steps"][0]["refused"] = False


def unaltered_in_the_plane(values: Any) -> None:
    for judgement in values["dimensions"]:
        for law in judgement["laws"]:
            law["fitted"]["value"] += 0.05


def shuffled_layers(values: Any) -> None:
    trained = values["networks"]["trained"]
    trained["D"] = [row[::-1] for row in trained["D"]]


def untrained_networks(values: Any) -> None:
    values["networks"]["trained"] = values["networks"]["untrained"]


def noise_not_rectified(values: Any) -> None:
    scatter = np.exp(0.002 * np.random.default_rng(1).standard_normal((4, len(values["unrectified"]["G"]))))
    values["networks"]["trained"]["G"] = (np.array(values["unrectified"]["G"], dtype=float) * scatter).tolist()


def exponent_of_the_other_stride(values: Any) -> None:
    values["simulated"]["D"]["value"] = values["other_stride"]["D"]


def rectified_like_linear(values: Any) -> None:
    values["unrectified"]["G"] = values["exact"]["G"]


def one_wrong_image(values: Any) -> None:
    values["networks"]["seed_results"][2]["test_error"] = 0.01


def filters_of_the_other_sign(values: Any) -> None:
    values["networks"]["filters"] = (-np.array(values["networks"]["filters"])).tolist()


def one_pixel_of_filters_doubled(values: Any) -> None:
    filters = np.array(values["networks"]["filters"])
    filters[..., 0] *= 2
    values["networks"]["filters"] = filters.tolist()


def random_filters(values: Any) -> None:
    values["networks"]["homogeneity"] = np.full_like(np.array(values["networks"]["homogeneity"]), 0.5).tolist()


def permuted_error_rates(values: Any) -> None:
    errors = [ensemble["test_error"] for ensemble in values["ensembles"]]
    for ensemble, n in zip(values["ensembles"], (3, 0, 5, 1, 4, 2), strict=True):
        ensemble["test_error"] = errors[n]


def opposite_error_rates(values: Any) -> None:
    errors = [ensemble["test_error"] for ensemble in values["ensembles"]]
    for ensemble, error in zip(values["ensembles"], reversed(errors), strict=True):
        ensemble["test_error"] = error


def R_without_relation_to_errors(values: Any) -> None:
    """R = D/G in turns 1 and 2, while D goes with the error."""
    for n, ensemble in enumerate(values["ensembles"]):
        after = ensemble["after"]
        after["G"] = [[d / (1 + n % 2) for d in layers] for layers in after["D"]]


def setting(name: str, value: Any) -> Change:
    def change(values: Any) -> None:
        values[name] = value

    return change


def contradicted_theorem(values: Any) -> None:
    first = next(iter(values["random_filters"]["contradicted_by"]))
    values["random_filters"]["contradicted_by"][first] = 1


def alpha_of_another_filter(values: Any) -> None:
    for judgement in values["shown"]:
        judgement["alpha"] = 1.3


def moved_like_lost(values: Any) -> None:
    for split in values["splits"]:
        split["slope_moved"] = split["alpha"]


FALSIFIED: list[tuple[str, Change, Verdict]] = [
    ("EQ11", coefficient_off_by_two_percent, Verdict.DOES_NOT_HOLD),
    ("PROP-A1", gaussian_with_wrong_diffusion, Verdict.DOES_NOT_HOLD),
    ("OWN-PROPOSITION", gaussian_with_wrong_diffusion, Verdict.DOES_NOT_HOLD),
    ("EQ13", rival_not_refused, Verdict.DOES_NOT_HOLD),
    ("S4-2D-D", unaltered_in_the_plane, Verdict.DOES_NOT_HOLD),
    ("FIG7-D-TASK2", shuffled_layers, Verdict.DOES_NOT_HOLD),
    ("FIG7-D-TASK2", untrained_networks, Verdict.DOES_NOT_HOLD),
    ("FIG7-G-TASK2", noise_not_rectified, Verdict.DOES_NOT_HOLD),
    ("EQ8", exponent_of_the_other_stride, Verdict.DOES_NOT_HOLD),
    ("S42-RECTIFIER-CRUCIAL", rectified_like_linear, Verdict.DOES_NOT_HOLD),
    ("TAB2-SIGN", filters_of_the_other_sign, Verdict.DOES_NOT_HOLD),
    ("TAB2-HOMOGENEOUS", one_pixel_of_filters_doubled, Verdict.DOES_NOT_HOLD),
    ("TAB2-FILTERS", random_filters, Verdict.DOES_NOT_HOLD),
    ("FIG8-D", permuted_error_rates, Verdict.UNDECIDED),
    ("FIG8-R", opposite_error_rates, Verdict.DOES_NOT_HOLD),
    ("FIG5", setting("wrong_labels", 3), Verdict.DOES_NOT_HOLD),
    ("EQ1", setting("eq1", 0.01), Verdict.DOES_NOT_HOLD),
    ("FIG2-SPATIAL", setting("spatial", [0.4, 0.5]), Verdict.DOES_NOT_HOLD),
    ("FIG6-GAUSSIAN", setting("gaussian_error", 0.1), Verdict.DOES_NOT_HOLD),
    ("FIG6-COUNT", setting("counting_error", 0.5), Verdict.DOES_NOT_HOLD),
    ("OWN-LAW-THEOREM", contradicted_theorem, Verdict.DOES_NOT_HOLD),
    ("OWN-LAW-BLUR", alpha_of_another_filter, Verdict.DOES_NOT_HOLD),
    ("OWN-MOVED", moved_like_lost, Verdict.DOES_NOT_HOLD),
]


@pytest.mark.parametrize(
    ("identifier", "change", "turned"), FALSIFIED, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_falsified_claim_turns(values: dict[str, Any], identifier: str, change: Change, turned: Verdict) -> None:
    evidence = values[KNOWN[identifier].evidence]
    assert judged(identifier, evidence).verdict in GOOD
    changed = deepcopy(evidence)
    change(changed)
    finding = judged(identifier, changed)
    assert finding.verdict == turned, finding
    assert finding.remark


def test_a_correction_turns_into_no_correction(values: dict[str, Any]) -> None:
    """Were the measured coefficients the printed ones, Eqs. 11 and 12 would hold as printed."""
    changed = deepcopy(values["appendix"])
    for judgement in changed["filters"]:
        for coefficient in judgement["kramers_moyal"][:2]:
            coefficient["measured"] = coefficient["printed"]
    assert judged("EQ11", values["appendix"]).verdict == Verdict.HOLDS_CORRECTED
    assert judged("EQ11", changed).verdict == judged("EQ12", changed).verdict == Verdict.HOLDS


def test_another_correlation_is_known_to_be_stronger(values: dict[str, Any]) -> None:
    changed = deepcopy(values["figure8"])
    assert judged("FIG8-R-STRONGEST", changed).verdict == Verdict.UNDECIDED
    R_without_relation_to_errors(changed)
    assert judged("FIG8-R-STRONGEST", changed).verdict == Verdict.DOES_NOT_HOLD


def test_rows_of_eq_10_are_those_of_the_circulant(values: dict[str, Any]) -> None:
    finding = judged("EQ10", values["appendix"])
    assert (finding.verdict, "sum to 2, 3, 4, 5" in finding.measured) == (Verdict.HOLDS_CORRECTED, True)


def test_generalisation_error_is_judged(values: dict[str, Any]) -> None:
    claim = KNOWN["APPB-ZERO-ERROR"]
    evidence = deepcopy(values["task2"])
    assert claim.judge(EVIDENCE["task2"].read(evidence)).verdict == Verdict.HOLDS
    one_wrong_image(evidence)
    assert claim.judge(EVIDENCE["task2"].read(evidence)).verdict == Verdict.DOES_NOT_HOLD


def test_statements_about_what_was_learned_are_judged_by_their_intervals() -> None:
    evidence = stored("learned/learned.json")["judgement"]
    assert judged("OWN-LEARNED-D", evidence).verdict == Verdict.HOLDS
    for statement in evidence["statements"]:
        if statement["expected"] == "holds":
            statement["value"] |= {"value": -1.0, "low": -1.1, "high": -0.9}
    turned = judged("OWN-LEARNED-D", evidence)
    assert (turned.verdict, "control" in turned.measured) == (Verdict.DOES_NOT_HOLD, True)
    for statement in evidence["statements"]:
        statement["value"] |= {"value": 2.0, "low": 1.9, "high": 2.1}  # controls as well
    assert judged("OWN-LEARNED-D", evidence).verdict == Verdict.UNDECIDED
