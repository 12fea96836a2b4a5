"""Judgements of made-up measurements: what is true is accepted, and what is not is refused by the same code."""

from typing import Literal

import numpy as np
import pytest

from validate.learned.judgement import judge
from validate.learned.measurements import Measurements, joined
from validate.learned.partial import PartialCurves

# mean ln D, ln G after each intervention, as in a network whose constant mode pools
POOLING = {
    "without mode 0": (2.0, -1.0), "without mode 1": (-0.1, 0.2), "without mode 2": (0.0, 0.0),
    "only mode 0": (0.05, 0.1), "only mode 1": (2.0, -1.0), "only mode 2": (2.0, -1.0),
    "averaged over channels": (1.5, -0.4), "start alone": (2.0, -0.5), "learned alone": (0.0, 0.1),
    "start redrawn": (0.005, 0.005), "without a random constant mode": (0.01, 0.0),
    "constant mode, channels permuted": (1.0, -0.4),
}  # fmt: skip


Changes = dict[str, tuple[float, float]]
Kind = Literal["simple", "control", "deep"]


def measurements(
    changes: Changes | None = None, scatter: float = 0.002, kind: Kind = "simple", carrier: int = 0
) -> Measurements:
    rng = np.random.default_rng(0)
    seeds, layers = 4, 6
    trained = {q: np.exp(rng.normal(size=(seeds, layers))) for q in ("D", "G")}
    effects = POOLING | (changes or {})

    def changed_by(effect: float, values: np.ndarray) -> np.ndarray:
        return np.asarray(values * np.exp(effect + scatter * rng.normal(size=values.shape)))

    changed = {
        change: {q: changed_by(effect, trained[q]) for q, effect in zip("DG", both, strict=True)}
        for change, both in effects.items()
    }
    shape = (seeds, layers)
    splits = {n: np.full(shape, value) for n, value in
              {"sigma": 0.22, "sigma_error": 1e-3, "learned_share": 0.03, "pixels": 3.0}.items()}  # fmt: skip
    shares = np.broadcast_to([0.9, 0.07, 0.03], (*shape, 3))
    return Measurements(
        "a network", "end", tuple(range(seeds)), (), tuple(f"layer {k}" for k in range(1, layers + 1)),
        np.array([0.0, 1.0, 3.0]), {**splits, "shares": shares, "end_shares": shares}, trained, changed, 0.2231,
        kind, carrier,
    )  # fmt: skip


def verdicts(measured: Measurements) -> dict[str, str]:
    return {statement.text: statement.verdict for statement in judge([measured]).statements}


def test_a_network_whose_constant_mode_pools() -> None:
    judgement = judge([measurements()])
    assert judgement.holds
    assert len(judgement.statements) == 10
    assert all(s.verdict == ("holds" if s.expected == "holds" else "fails") for s in judgement.statements)


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"without mode 1": (2.0, 0.2)}, "the constant mode of ΔW carries the fall of D"),
        ({"without mode 0": (2.0, 0.5)}, "the constant mode of ΔW carries the rise of G"),
        ({"averaged over channels": (0.1, 0.0)}, "averages of ΔW over channels do not pool"),
        ({"only mode 0": (0.5, 0.1)}, "the constant mode of ΔW alone gives D"),
        ({"start redrawn": (0.05, 0.0)}, "redrawing σW(0), σ = 0.22, leaves D"),
    ],
)
def test_each_statement_can_fail(changes: Changes, broken: str) -> None:
    measured = measurements(changes)
    failed = [text for text, verdict in verdicts(measured).items() if text.startswith(broken)]
    assert len(failed) == 1
    assert verdicts(measured)[failed[0]] == "fails"
    assert not judge([measured]).holds


@pytest.mark.parametrize(
    "changes",
    [{"without a random constant mode": (2.0, 0.0)}, {"constant mode, channels permuted": (0.0, 0.0)}],
)
def test_a_control_that_holds_spoils_the_judgement(changes: dict[str, tuple[float, float]]) -> None:
    assert not judge([measurements(changes)]).holds


def test_scatter_leaves_it_undecided() -> None:
    assert "undecided" in verdicts(measurements(scatter=5.0)).values()


def test_the_parity_task_must_not_pool() -> None:
    assert not judge([measurements(kind="control")]).holds
    assert judge([measurements({"without mode 0": (-0.1, -1.7)}, kind="control")]).holds


def test_alexnet_falls_through_gradients() -> None:
    assert not judge([measurements(kind="deep", carrier=1)]).holds
    assert judge(
        [measurements({"without mode 0": (-0.3, -1.0), "without mode 1": (0.7, 0.1)}, kind="deep", carrier=1)]
    ).holds


def test_layers_that_tell_no_images_apart_are_left_out() -> None:
    measured = measurements()
    measured.changed["start alone"]["D"][1, 4:] = np.nan
    assert measured.judged.sum(1).tolist() == [5, 3, 5, 5]
    assert judge([measured]).holds


def test_seeds_that_did_not_learn_are_named() -> None:
    part = {"sigma": 1.0, "shares": [1.0]}
    values = {q: [[0.5, 0.4], [0.3, 0.2]] for q in ("D", "G")}
    result = {
        "seeds": [{"seed": 3, "status": "collapsed"}, {"seed": 4, "status": "interpolated"}],
        "layers": ["layer 1", "layer 2"], "eigenvalues": [0.0], "splits": [[part], [part]],
        "trained": values, "changed": {"start alone": values},
    }  # fmt: skip
    diverged = {"seeds": [{"seed": 5, "status": "diverged"}]}
    measured = joined("lenet", "end", [result, diverged])
    assert measured.seeds == (4,)
    np.testing.assert_array_equal(measured.trained["D"], [[0.3, 0.2]])
    assert measured.excluded == (
        "lenet, end: seed 3 is collapsed, left out", "lenet, end: seed 5 is diverged, left out",
    )  # fmt: skip
    assert joined("lenet", "end", [diverged]).seeds == ()


def curves(largest: float, sigma: float = 0.22, gaussian: float = 0.2) -> PartialCurves:
    rng = np.random.default_rng(0)
    measured = {q: np.exp(rng.normal(size=(4, 6))) for q in ("D", "G")}
    offsets = {"learned": largest, "random directions": 1.5, "gaussian amplitudes": gaussian}
    predicted = {
        kept: {q: values * np.exp(offset * np.linspace(0, 1, 6)) for q, values in measured.items()}
        for kept, offset in offsets.items()
    }
    return PartialCurves("task 1", "end", sigma, (0, 1, 2, 3), measured, predicted)


def test_partly_learned_networks_are_judged_by_their_worst_layer() -> None:
    assert judge([], [curves(0.05)]).holds
    refused = judge([], [curves(0.08)])
    assert not refused.holds
    assert [s.verdict for s in refused.statements if s.expected == "holds"] == ["fails", "fails"]
    # layers in which one of them tells no images apart
    undefined = curves(0.05)
    undefined.predicted["random directions"]["D"][:, 4:] = np.nan
    undefined.predicted["learned"]["G"][2, 1:] = np.nan
    np.testing.assert_allclose(undefined.largest("random directions", "D"), 1.5 * 3 / 5)
    assert np.isnan(undefined.largest("learned", "G")).tolist() == [False, False, True, False]
    assert not judge([], [undefined]).holds
    # a control that is as good spoils the judgement
    assert not judge([], [curves(0.05, gaussian=0.01)]).holds
    # nothing is claimed early in training
    assert judge([], [curves(0.05, sigma=0.6)]).statements == ()
