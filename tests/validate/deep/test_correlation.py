"""ρ, its interval and its judgement, on made-up networks."""

from dataclasses import replace

import numpy as np
import pytest

from validate.deep.correlation import MOST_ACCEPTED, correlate
from validate.deep.networks import Curves, Networks


def made(errors: np.ndarray, values: np.ndarray) -> list[Networks]:
    """Architectures with (A, S) errors and output sensitivities D; G = 1/D², R = D³."""
    groups = []
    for n, (error, value) in enumerate(zip(errors, values, strict=True)):
        curves = Curves(value[:, None], value[:, None] ** -2)
        seeds = tuple(range(len(error)))
        groups.append(Networks(f"a{n}", seeds, error, ("output",), curves, curves, None, None, {}, ()))
    return groups


def drawn(slope: float, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(10, 1)) + 0.05 * generator.normal(size=(10, 3))
    return np.exp(slope * x + noise * generator.normal(size=(10, 1))), np.exp(x)


def test_rho_is_that_of_the_means_over_seeds() -> None:
    errors, values = drawn(1.0, 1.0)
    found = correlate(made(errors, values), "D", 1000)
    expected = np.corrcoef(np.log(errors.mean(1)), np.log(values.mean(1)))[0, 1]
    assert found.rho == pytest.approx(expected)
    assert found.low < found.rho < found.high
    assert found.points == 10


def test_signs_are_judged() -> None:
    """D goes with the error, and so R; G goes against it, as the paper has it. Turned around all three contradict."""
    errors, values = drawn(1.0, 0.3)
    right, wrong = made(errors, values), made(1 / errors, values)
    assert [correlate(right, q, 1000).verdict for q in "DGR"] == ["agrees"] * 3
    assert [correlate(wrong, q, 1000).verdict for q in "DGR"] == ["contradicts"] * 3


def test_what_has_no_correlation_is_mostly_undecided() -> None:
    """Of 40 independent sets ten points each; a bootstrap of ten points is wrong in more than 5 % of them."""
    verdicts = [correlate(made(*drawn(0.0, 1.0, seed)), "D", 1000).verdict for seed in range(40)]
    assert verdicts.count("undecided") >= 30
    assert correlate(made(*drawn(1.0, 0.3)), "D", 1000).accepted <= MOST_ACCEPTED


def test_a_judgement_that_accepts_random_assignments_decides_nothing() -> None:
    found = correlate(made(*drawn(1.0, 0.3)), "D", 1000)
    assert replace(found, accepted=0.2).verdict == "undecided"


def test_errors_of_zero_count_as_half_an_image() -> None:
    errors, values = drawn(1.0, 0.3)
    errors[0] = 0
    found = correlate(made(errors, values), "D", 1000)
    means = errors.mean(1)
    means[0] = 1 / (2 * 1000 * 3)
    assert found.rho == pytest.approx(np.corrcoef(np.log(means), np.log(values.mean(1)))[0, 1])


def test_two_architectures_are_too_few() -> None:
    errors, values = drawn(1.0, 0.3)
    with pytest.raises(ValueError, match="2 architectures have no correlation"):
        correlate(made(errors[:2], values[:2]), "D", 1000)


def test_all_errors_alike_are_undecided() -> None:
    """Networks that all reach no error carry no correlation."""
    errors, values = drawn(1.0, 0.3)
    assert correlate(made(0 * errors, values), "D", 1000).verdict == "undecided"
