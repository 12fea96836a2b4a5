"""ρ, its intervals and its judgement, on made-up networks."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from theory.definitions.sensitivities import Sensitivities
from validate.deep.correlation import (
    LEVEL,
    bootstrap,
    correlate,
    correlations,
    family,
    membership,
    normal_interval,
    permutation_test,
)
from validate.deep.ensemble import Ensemble
from validate.deep.judgement import Judgement

# those of the quick preset: families of 3, 1, 1, 4 and 1 architectures
NAMES = ("fc2", "fc4", "fc6", "lenet", "alexnet", "vgg11", "vgg11bn", "vgg13bn", "vgg16bn", "resnet18")
MEMBERS = membership(NAMES)


def made(errors: np.ndarray, values: np.ndarray, names: Sequence[str] = NAMES) -> list[Ensemble]:
    """Architectures with (A, S) errors and output sensitivities D; G = 1/D², R = D³."""
    groups = []
    for name, error, value in zip(names, errors, values, strict=False):
        D = value[:, None]
        sensitivities = Sensitivities(np.array(["output"]), np.full(1, np.nan), D, D**-2, "made up")
        seeds = tuple(range(len(error)))
        groups.append(Ensemble(name, seeds, error, ("output",), sensitivities, sensitivities))
    return groups


def untrained_with(groups: list[Ensemble], values: np.ndarray) -> list[Ensemble]:
    """The architectures with these (A, S) sensitivities before training."""
    return [
        replace(group, before=other.before)
        for group, other in zip(groups, made(np.ones_like(values), values), strict=True)
    ]


def drawn(slope: float, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(10, 1)) + 0.05 * generator.normal(size=(10, 3))
    return np.exp(slope * x + noise * generator.normal(size=(10, 1))), np.exp(x)


def sets(rho: float, shared: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 10) each: normal ln ε, ln X of variance 1 and correlation ρ, whose families share this part of both."""
    generator = np.random.default_rng(1)
    root = np.linalg.cholesky([[1, rho], [rho, 1]])
    families, own = (np.einsum("ij,bjn->ibn", root, generator.normal(size=(count, 2, n))) for n in MEMBERS.shape)
    x, y = np.sqrt(shared) * families @ MEMBERS + np.sqrt(1 - shared) * own
    return x, y


def test_families() -> None:
    assert [int(n) for n in MEMBERS.sum(1)] == [3, 1, 1, 4, 1]
    assert [family(name) for name in ("fc6", "vgg19bn", "resnet50")] == ["fully connected", "VGG", "ResNet"]
    assert family("efficientnetb0") == "efficientnetb0"


def test_rho_is_that_of_the_means_over_seeds_and_families() -> None:
    errors, values = drawn(1.0, 1.0)
    correlation = correlate(made(errors, values), "D", 1000)
    x, y = np.log(errors.mean(1)), np.log(values.mean(1))
    assert correlation.rho == pytest.approx(np.corrcoef(x, y)[0, 1])
    means = [[z[:3].mean(), z[3], z[4], z[5:9].mean(), z[9]] for z in (x, y)]
    assert correlation.family_rho == pytest.approx(np.corrcoef(np.array(means))[0, 1])
    for low, high in (correlation.architectures, correlation.families):
        assert low < correlation.rho < high
    assert correlation.family_normal[0] < correlation.family_rho < correlation.family_normal[1]
    assert (correlation.points, correlation.family_count) == (10, 5)


def test_bootstrap_draws_whole_families() -> None:
    """Errors that go with X inside every family, and against it from family to family, at all draws of two or more."""
    within, between = np.array([-1, 0, 1, 0, 0, -1, -1, 1, 1, 0]), np.array([0, 2, 4, 6, 8]) @ MEMBERS
    x, y = (np.broadcast_to(z, (500, 10)) for z in (between + 0.1 * within, 0.1 * within - between))
    for (low, high), groups in (
        (bootstrap(x, y, g, np.random.default_rng(0)), g) for g in (MEMBERS, np.eye(10, dtype=int))
    ):
        assert low < -0.99
        assert high < -0.9, groups
    fully_connected = np.zeros((1, 10), dtype=int)
    fully_connected[0, :3] = 1  # a single family: its own correlation
    assert bootstrap(x, y, fully_connected, np.random.default_rng(0)) == pytest.approx((1.0, 1.0))


def test_weights_count_a_point_so_often() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 1, 6))
    weights = np.array([[2, 0, 1, 3, 1, 0]])
    assert correlations(x, y, weights)[0] == pytest.approx(
        np.corrcoef(np.repeat(x[0], weights[0]), np.repeat(y[0], weights[0]))[0, 1]
    )


def test_one_network_before_training_is_one_point() -> None:
    """VGG11 and VGG11bn: the means of their ln ε and ln X stand for both; after training they are two."""
    names = ("fc2", "lenet", "vgg11", "vgg11bn")
    errors, values = (np.exp(np.array(z)[:, None] * np.ones(3)) for z in ([0.0, 1, 5, -1], [1.0, 3, 2, 2]))
    correlation = correlate(made(errors, values, names), "D", 10**6, trained=False)
    assert correlation.points == 3
    assert correlation.rho == pytest.approx(np.corrcoef([0, 1, 2], [1, 3, 2])[0, 1])
    assert correlate(made(errors, values, names), "D", 10**6).points == 4


def test_permutation_test_counts_pairings() -> None:
    rising = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert permutation_test(rising, rising) == pytest.approx((1, 1 / 120))
    assert permutation_test(rising, -rising) == pytest.approx((-1, 1 / 120))
    swapped = rising[[0, 1, 2, 4, 3]]
    rho, p = permutation_test(rising, swapped)
    every = [np.corrcoef(rising[list(order)], swapped)[0, 1] for order in permutations(range(5))]
    assert p == pytest.approx(np.mean([other >= rho - 1e-9 for other in every]))
    # with four families no sign can be decided
    assert permutation_test(rising[:4], rising[:4])[1] == pytest.approx(1 / 24)
    assert 1 / 24 > LEVEL > 1 / 120


@pytest.mark.parametrize("rho", [0.0, 0.9])
@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_intervals_and_size_by_simulation(rho: float, shared: float) -> None:
    """Of 400 sets: the normal interval covers 95 %; bootstraps of so few points do not, that of architectures least,
    where families are alike. p <= 2.5 % of either sign, of 120 pairings, has a size of 6/120; three standard errors,
    and 1 % since families of unequal numbers are not quite exchangeable.
    """
    count, draws = 400, 200
    generator = np.random.default_rng(0)
    covered = {"architectures": 0, "families": 0, "normal": 0}
    decided = 0
    for x, y in zip(*sets(rho, shared, count), strict=True):
        family_rho, p = permutation_test(MEMBERS @ x / MEMBERS.sum(1), MEMBERS @ y / MEMBERS.sum(1))
        many_x, many_y = (np.broadcast_to(z, (draws, 10)) for z in (x, y))
        intervals = {
            "architectures": bootstrap(many_x, many_y, np.eye(10, dtype=int), generator),
            "families": bootstrap(many_x, many_y, MEMBERS, generator),
            "normal": normal_interval(family_rho, 5),
        }
        for name, (low, high) in intervals.items():
            covered[name] += low <= rho <= high
        decided += p <= LEVEL
    share = {name: n / count for name, n in covered.items()}

    def error(p: float) -> float:
        return float(3 * np.sqrt(p * (1 - p) / count))

    assert share["normal"] == pytest.approx(0.95, abs=0.01 + error(0.95))
    assert 0.82 - error(0.82) < share["families"] < 0.90 + error(0.90)
    if shared:
        assert share["architectures"] == pytest.approx(0.71, abs=error(0.71))
    if rho:
        assert decided / count == pytest.approx(0.53, abs=error(0.53))
    else:
        assert decided / count < 0.05 + 0.01 + error(0.05)


def test_signs_are_judged() -> None:
    """D goes with the error, and so R; G goes against it, as the paper has it. Turned around all three contradict."""
    errors, values = drawn(1.0, 0.1)
    right, wrong = made(errors, values), made(1 / errors, values)
    assert [correlate(right, q, 1000).verdict for q in "DGR"] == ["agrees"] * 3
    assert [correlate(wrong, q, 1000).verdict for q in "DGR"] == ["contradicts"] * 3


def test_eight_architectures_of_three_families_decide_nothing() -> None:
    """Families whose means lie on a line, and members of each that go against it: a bootstrap of architectures has no
    doubt of the sign; of families, 2 of 27 draws have one family alone.
    """
    names = ("fc2", "fc4", "fc6", "vgg11", "vgg11bn", "vgg13bn", "vgg16bn", "resnet18")
    between, within = np.array([0.0, 4.0, 8.0]) @ membership(names), np.array([-1, 0, 1, -1, 1, -1, 1, 0])
    errors, values = np.exp(between + 0.1 * within), np.exp(between - 0.1 * within)
    correlation = correlate(made(errors[:, None], values[:, None], names), "D", 1000)
    assert correlation.architectures[0] > 0.9
    assert correlation.families[0] < -0.9
    assert correlation.p == pytest.approx(1 / 6)
    assert correlation.verdict == "undecided"
    assert correlation.family_normal == (-1, 1)


def test_errors_of_zero_count_as_half_an_image() -> None:
    errors, values = drawn(1.0, 0.3)
    errors[0] = 0
    correlation = correlate(made(errors, values), "D", 1000)
    means = errors.mean(1)
    means[0] = 1 / (2 * 1000 * 3)
    assert correlation.rho == pytest.approx(np.corrcoef(np.log(means), np.log(values.mean(1)))[0, 1])


def test_two_architectures_are_too_few() -> None:
    errors, values = drawn(1.0, 0.3)
    with pytest.raises(ValueError, match="2 architectures have no correlation"):
        correlate(made(errors[:2], values[:2]), "D", 1000)


def test_all_errors_alike_are_undecided() -> None:
    """Networks that all reach no error carry no correlation."""
    errors, values = drawn(1.0, 0.3)
    assert correlate(made(0 * errors, values), "D", 1000).verdict == "undecided"


def test_a_figure_holds_where_its_three_signs_are_the_papers_after_training_alone() -> None:
    errors, values = drawn(1.0, 0.1)
    _, others = drawn(1.0, 0.1, seed=1)
    right, wrong = (Judgement("8", tuple(untrained_with(made(e, values), others)), 1000) for e in (errors, 1 / errors))
    assert right.holds
    assert not wrong.holds
    assert not Judgement("8", tuple(made(errors, values)), 1000).holds  # the control has the signs as well
    assert Judgement("9", wrong.ensembles, 1000).holds  # judges no sign
    assert list(right.correlations) == ["correlation", "X before training"]
    assert {q: right.correlations["X before training"][q].verdict for q in "DGR"} == dict.fromkeys("DGR", "undecided")
    few = Judgement("8", right.ensembles[:2], 1000)  # two architectures that learned
    assert not few.drawable
    assert not few.holds
    assert few.correlations == {}
    nothing = replace(right.ensembles[0], seeds=())
    assert not Judgement("9", (nothing,), 1000).holds
